//! A receiver on a raw socket that does what a test tells it, well or badly.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use buildhook::receive::{Received, Scheme, verify};

/// What the receiver does with a request.
#[derive(Debug, Clone)]
pub enum Reply {
    /// Answers with this status.
    Status(u16),
    /// Answers with this status and these headers.
    Headers(u16, &'static str),
    /// Answers with this status and this body.
    Body(u16, String),
    /// Sends these bytes, whatever they are.
    Raw(String),
    /// Begins to answer and does not end.
    EndlessHeaders,
    /// Speaks first, and no TLS.
    Greeting,
    /// Reads the request and never answers.
    Never,
    /// Reads the request and closes the connection.
    Close,
    /// Resets the connection before the request is read.
    ResetAtOnce,
    /// Reads the request, sends this much of an answer, and resets the connection.
    Reset(&'static str),
    /// Sends these bytes, one each second.
    Slow(&'static str),
    /// Sends these bytes and keeps the connection open.
    Hang(&'static str),
    /// A body that does not end.
    EndlessBody,
    /// Answers with this status before it has read the request's body, and closes.
    Early(u16),
    /// Reads nothing and says nothing.
    Silent,
}

/// A receiver on a free loopback port. It follows its script, a reply for each request; the last one repeats.
#[derive(Debug, Clone)]
pub struct Receiver {
    port: u16,
    requests: Arc<Mutex<Vec<Request>>>,
}

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Request {
    /// `POST /hooks HTTP/1.1`.
    pub line: String,
    /// Names in lower case, with values.
    pub headers: Vec<(String, String)>,
    /// The body to the byte.
    pub body: String,
    /// When it was there in full.
    pub at: Instant,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).expect("the body is JSON")
    }

    /// Checks every signature the request carries and returns the names of their headers.
    pub fn signatures(&self, secret: &str) -> Vec<&'static str> {
        let received = Received { headers: self.headers.clone(), body: self.body.clone().into_bytes() };
        let mut good = Vec::new();
        for scheme in Scheme::ALL {
            match verify(&received, scheme, secret) {
                Some(true) => good.push(scheme.header()),
                Some(false) => panic!("the signature in {} does not hold", scheme.header()),
                None => {}
            }
        }
        good
    }
}

impl Receiver {
    pub fn start(script: &[Reply]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (shared, script) = (Arc::clone(&requests), script.to_vec());
        std::thread::spawn(move || {
            for (number, stream) in listener.incoming().map_while(Result::ok).enumerate() {
                serve(stream, &script[number.min(script.len() - 1)], &shared);
            }
        });
        Self { port, requests }
    }

    /// The address of a port that nobody listens at.
    pub fn nobody() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        format!("http://{}/hooks", listener.local_addr().expect("an address"))
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/hooks", self.port)
    }

    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().expect("no panic").clone()
    }

    /// Waits until this many requests are there.
    pub fn wait_for(&self, count: usize) -> Vec<Request> {
        let start = Instant::now();
        while self.requests().len() < count {
            assert!(start.elapsed() < Duration::from_secs(20), "{count} requests did not come");
            std::thread::sleep(Duration::from_millis(5));
        }
        self.requests()
    }
}

fn serve(mut stream: TcpStream, reply: &Reply, requests: &Mutex<Vec<Request>>) {
    if let Reply::Greeting = reply {
        // The client may be gone by then.
        let _ = stream.write_all(b"220 mail.example ESMTP\r\n");
    }
    match reply {
        Reply::ResetAtOnce => return reset(stream),
        Reply::Silent => return std::mem::forget(stream),
        Reply::Early(code) => {
            let mut first = [0; 64];
            let read = stream.read(&mut first);
            let answer =
                write!(stream, "HTTP/1.1 {code} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            return assert!(read.is_ok() && answer.is_ok());
        }
        _ => {}
    }
    let Some(request) = read(&mut stream) else { return };
    requests.lock().expect("no panic").push(request);
    // What the client makes of an answer is the client's test.
    let _ = match reply {
        Reply::Status(code) => write!(stream, "HTTP/1.1 {code} X\r\ncontent-length: 0\r\n\r\n"),
        Reply::Headers(code, headers) => {
            write!(stream, "HTTP/1.1 {code} X\r\ncontent-length: 0\r\n{headers}\r\n\r\n")
        }
        Reply::Body(code, body) => {
            write!(stream, "HTTP/1.1 {code} X\r\ncontent-length: {}\r\n\r\n{body}", body.len())
        }
        Reply::Raw(text) => stream.write_all(text.as_bytes()),
        Reply::EndlessHeaders => {
            let header = format!("x-more: {}\r\n", "x".repeat(1000));
            let mut written = stream.write_all(b"HTTP/1.1 200 OK\r\n");
            while written.is_ok() {
                written = stream.write_all(header.as_bytes());
            }
            written
        }
        Reply::EndlessBody => {
            let mut written = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
            while written.is_ok() {
                written = stream.write_all(&[b'x'; 8192]);
            }
            written
        }
        Reply::Slow(text) => {
            let text = text.as_bytes();
            std::thread::spawn(move || {
                for byte in text {
                    if stream.write_all(&[*byte]).is_err() {
                        break;
                    }
                    std::thread::sleep(Duration::from_secs(1));
                }
            });
            return;
        }
        Reply::Reset(text) => {
            // What is not taken is lost, as it should be.
            let _ = stream.write_all(text.as_bytes());
            return reset(stream);
        }
        Reply::Hang(text) => {
            let _ = stream.write_all(text.as_bytes());
            return std::mem::forget(stream);
        }
        Reply::ResetAtOnce | Reply::Silent | Reply::Early(_) | Reply::Greeting => Ok(()),
        Reply::Never => {
            std::mem::forget(stream);
            return;
        }
        Reply::Close => return,
    };
}

/// Closes a connection so that the other side gets a reset.
fn reset(stream: TcpStream) {
    rustix::net::sockopt::set_socket_linger(&stream, Some(Duration::ZERO)).expect("a socket");
}

fn read(stream: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 8192];
    loop {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
        if let Some(end) = end {
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let mut lines = head.lines();
            let line = lines.next()?.to_owned();
            let headers: Vec<(String, String)> = lines
                .filter_map(|line| line.split_once(':'))
                .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
                .collect();
            let length =
                headers.iter().find(|(name, _)| name == "content-length").map_or("0", |(_, value)| value);
            let whole = end + 4 + length.parse::<usize>().ok()?;
            while bytes.len() < whole {
                match stream.read(&mut chunk).ok()? {
                    0 => return None,
                    count => bytes.extend_from_slice(&chunk[..count]),
                }
            }
            let body = String::from_utf8(bytes[end + 4..whole].to_vec()).ok()?;
            return Some(Request { line, headers, body, at: Instant::now() });
        }
        match stream.read(&mut chunk).ok()? {
            0 => return None,
            count => bytes.extend_from_slice(&chunk[..count]),
        }
    }
}
