//! A small receiver on a loopback port.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc;
use std::time::Duration;

/// The most bytes that a request may have, headers and body.
const REQUEST_LIMIT: usize = 16 << 20;
/// The most headers that it may have.
const HEADER_LIMIT: usize = 100;
/// How long a sender may be silent.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Takes every request, answers 200 and hands it on.
#[derive(Debug)]
pub struct Receiver {
    address: SocketAddr,
    requests: mpsc::Receiver<Received>,
}

/// A request that came.
#[derive(Debug)]
pub struct Received {
    /// Names in lower case, with values.
    pub headers: Vec<(String, String)>,
    /// The body to the byte.
    pub body: Vec<u8>,
}

impl Received {
    /// The value of a header by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl Receiver {
    /// Listens on a free port of `127.0.0.1` until the process ends.
    pub fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let (sender, requests) = mpsc::channel();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A sender that is gone, or sends no HTTP, costs nobody but itself.
                if let Ok(request) = receive(stream)
                    && sender.send(request).is_err()
                {
                    break;
                }
            }
        });
        Ok(Self { address, requests })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The next request, if one comes in time.
    pub fn next(&self, patience: Duration) -> Option<Received> {
        self.requests.recv_timeout(patience).ok()
    }
}

/// Reads one request and answers it.
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
            None if bytes.len() > REQUEST_LIMIT => return Err(io::ErrorKind::FileTooLarge.into()),
            None => {}
        }
    };
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")?;
    Ok(request)
}

/// The request, once all of it is there.
fn parse(bytes: &[u8]) -> io::Result<Option<Received>> {
    let mut headers = [httparse::EMPTY_HEADER; HEADER_LIMIT];
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

    fn sent(bytes: &[u8]) -> (Receiver, String) {
        let receiver = Receiver::start().unwrap();
        let mut stream = TcpStream::connect(receiver.address()).unwrap();
        stream.write_all(bytes).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = String::new();
        // A connection that is closed on a sender of garbage may be reset.
        let _ = stream.read_to_string(&mut answer);
        (receiver, answer)
    }

    #[test]
    fn a_request_is_handed_on_and_answered() {
        let (receiver, answer) =
            sent(b"POST /hooks HTTP/1.1\r\nHost: x\r\nX-Test: Yes\r\nContent-Length: 3\r\n\r\nabc");
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        let received = receiver.next(TIMEOUT).unwrap();
        assert_eq!(received.header("x-test"), Some("Yes"));
        assert_eq!(received.body, b"abc");
    }

    #[test]
    fn what_is_no_request_is_not_handed_on() {
        for bytes in [
            &b"garbage\r\n\r\n"[..],
            b"POST / HTTP/1.1\r\nContent-Length: many\r\n\r\n",
            b"POST / HTTP/1.1\r\nContent-Length: 18446744073709551615\r\n\r\nabc",
            b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc",
            b"",
        ] {
            let (receiver, answer) = sent(bytes);
            assert_eq!(answer, "");
            assert!(receiver.next(Duration::from_millis(20)).is_none());
        }
    }
}
