//! A small HTTP receiver on a loopback port.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc;
use std::time::Duration;

/// Largest request with headers and body, in bytes.
const MAX_REQUEST_BYTES: usize = 16 << 20;
/// Largest number of headers.
const MAX_HEADERS: usize = 100;
/// How long to wait for more bytes from the sender.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Accepts every request, responds with 200 and queues it for [`Receiver::next`].
#[derive(Debug)]
pub struct Receiver {
    address: SocketAddr,
    requests: mpsc::Receiver<Received>,
}

/// A received request.
#[derive(Debug)]
pub struct Received {
    /// Lower-case names and values.
    pub headers: Vec<(String, String)>,
    /// The exact body.
    pub body: Vec<u8>,
}

impl Received {
    /// The value of a header, given its lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl Receiver {
    /// Listens on a free port of `127.0.0.1` until the process ends. Fails if no port can be opened.
    pub fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let (sender, requests) = mpsc::channel();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // Ignore senders that disconnect or do not send valid HTTP.
                if let Ok(request) = receive(stream)
                    && sender.send(request).is_err()
                {
                    break;
                }
            }
        });
        Ok(Self { address, requests })
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits for the next request. `None` if there is none within `timeout`.
    pub fn next(&self, timeout: Duration) -> Option<Received> {
        self.requests.recv_timeout(timeout).ok()
    }
}

/// Reads one request and responds to it.
fn receive(mut stream: TcpStream) -> io::Result<Received> {
    stream.set_read_timeout(Some(TIMEOUT))?;
    let mut bytes = Vec::new();
    let mut chunk = [0; 8192];
    let request = loop {
        match stream.read(&mut chunk)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => bytes.extend_from_slice(&chunk[..count]),
        }
        match parse(&bytes)? {
            Some(request) => break request,
            None if bytes.len() > MAX_REQUEST_BYTES => return Err(io::ErrorKind::FileTooLarge.into()),
            None => {}
        }
    };
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")?;
    Ok(request)
}

/// Parses a request. `None` if it is incomplete.
fn parse(bytes: &[u8]) -> io::Result<Option<Received>> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut head = httparse::Request::new(&mut headers);
    let httparse::Status::Complete(start) = head.parse(bytes).map_err(io::Error::other)? else {
        return Ok(None);
    };
    let headers: Vec<(String, String)> = head
        .headers
        .iter()
        .map(|header| (header.name.to_ascii_lowercase(), String::from_utf8_lossy(header.value).into_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length").map_or("0", |(_, value)| value);
    let length: usize = length.trim().parse().map_err(io::Error::other)?;
    let body = start.checked_add(length).and_then(|end| bytes.get(start..end));
    Ok(body.map(|body| Received { headers, body: body.to_vec() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sends bytes to a new receiver and returns it with its response.
    fn send(bytes: &[u8]) -> (Receiver, String) {
        let receiver = Receiver::start().unwrap();
        let mut stream = TcpStream::connect(receiver.address()).unwrap();
        stream.write_all(bytes).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut response = String::new();
        // The receiver may reset the connection after an invalid request.
        let _ = stream.read_to_string(&mut response);
        (receiver, response)
    }

    #[test]
    fn a_request_is_queued_and_answered() {
        let (receiver, response) =
            send(b"POST /hooks HTTP/1.1\r\nHost: x\r\nX-Test: Yes\r\nContent-Length: 3\r\n\r\nabc");
        assert!(response.starts_with("HTTP/1.1 200 OK\r\n"), "{response}");
        let received = receiver.next(TIMEOUT).unwrap();
        assert_eq!(received.header("x-test"), Some("Yes"));
        assert_eq!(received.body, b"abc");
    }

    #[test]
    fn an_invalid_request_is_dropped() {
        let cases = [
            &b"garbage\r\n\r\n"[..],
            b"POST / HTTP/1.1\r\nContent-Length: many\r\n\r\n",
            b"POST / HTTP/1.1\r\nContent-Length: 18446744073709551615\r\n\r\nabc",
            b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc",
            b"",
        ];
        let failed: Vec<_> = cases
            .into_iter()
            .map(|bytes| (String::from_utf8_lossy(bytes), send(bytes)))
            .filter(|(_, (receiver, response))| {
                !response.is_empty() || receiver.next(Duration::from_millis(20)).is_some()
            })
            .collect();
        assert!(failed.is_empty(), "(request, (receiver, response)): {failed:?}");
    }
}
