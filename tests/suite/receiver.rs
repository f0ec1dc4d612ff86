//! A receiver on a raw socket that follows a script, well-behaved or not.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use buildhook::receive::{Received, Scheme, verify};

/// How the receiver reacts to a connection.
#[derive(Debug, Clone)]
pub enum Reply {
    /// Responds with this status.
    Status(u16),
    /// Responds with this status and these headers.
    Headers(u16, &'static str),
    /// Responds with this status and this body.
    Body(u16, String),
    /// Responds with 200 if this secret has signed the request, else with 401.
    Verify(&'static str),
    /// Sends these bytes, whatever they are.
    Raw(String),
    /// Sends headers that never end.
    EndlessHeaders,
    /// Speaks first, in a protocol other than HTTP or TLS.
    Greeting,
    /// Reads the request and never responds.
    Never,
    /// Reads the request and closes the connection.
    Close,
    /// Resets the connection without reading the request.
    ResetAtOnce,
    /// Reads the request, sends the start of a response and resets the connection.
    Reset(&'static str),
    /// Sends these bytes, one per second.
    Slow(&'static str),
    /// Sends these bytes and keeps the connection open.
    Hang(&'static str),
    /// Sends a body that never ends.
    EndlessBody,
    /// Responds with this status and closes the connection without reading the body.
    Early(u16),
    /// Reads nothing and sends nothing.
    Silent,
}

/// A receiver on a free loopback port. The script has one reply per connection; the last one repeats.
#[derive(Debug, Clone)]
pub struct Receiver {
    port: u16,
    requests: Arc<Mutex<Vec<Request>>>,
    connections: Arc<AtomicUsize>,
}

/// A request as it was received.
#[derive(Debug, Clone)]
pub struct Request {
    /// `POST /hooks HTTP/1.1`.
    pub line: String,
    /// Lower-case names and values.
    pub headers: Vec<(String, String)>,
    pub body: String,
    /// When the last byte was read.
    pub at: Instant,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).expect("the body is JSON")
    }

    /// Verifies every signature of the request and returns the names of the headers.
    pub fn signatures(&self, secret: &str) -> Vec<&'static str> {
        let received = Received::new(self.headers.clone(), self.body.clone().into_bytes());
        let mut valid = Vec::new();
        for scheme in Scheme::ALL {
            match verify(&received, scheme, secret) {
                Some(true) => valid.push(scheme.header()),
                Some(false) => panic!("invalid signature in {}", scheme.header()),
                None => {}
            }
        }
        valid
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
        Self { port, requests, connections: Arc::default() }
    }

    /// Accepts every event, `count` of them on each connection, which it then closes without a word.
    pub fn keeping_connections_for(count: usize) -> Self {
        Self::keeping_connections(count, Duration::ZERO)
    }

    /// The same, with each response after this time.
    pub fn keeping_connections(count: usize, latency: Duration) -> Self {
        Self::concurrent(0, count, latency)
    }

    /// Never answers on the first connections, and on others after this time.
    pub fn hanging_at_first(hanging: usize, latency: Duration) -> Self {
        Self::concurrent(hanging, usize::MAX, latency)
    }

    fn concurrent(hanging: usize, count: usize, latency: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let receiver = Self { port, requests: Arc::default(), connections: Arc::default() };
        let shared = receiver.clone();
        std::thread::spawn(move || {
            for mut stream in listener.incoming().map_while(Result::ok) {
                let number = shared.connections.fetch_add(1, Ordering::SeqCst);
                if number < hanging {
                    std::mem::forget(stream);
                    continue;
                }
                let requests = Arc::clone(&shared.requests);
                std::thread::spawn(move || {
                    for _ in 0..count {
                        let Some(request) = read(&mut stream) else { return };
                        requests.lock().expect("no panic").push(request);
                        std::thread::sleep(latency);
                        // The client may have ended.
                        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
                    }
                });
            }
        });
        receiver
    }

    /// The number of connections that [`Receiver::keeping_connections_for`] has accepted.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// A URL whose port refuses connections. It stays taken, so that no receiver of another test gets it.
    pub fn refusing() -> String {
        format!("http://{}/hooks", port_without_listener())
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/hooks", self.port)
    }

    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().expect("no panic").clone()
    }

    /// Waits until this many requests have arrived.
    pub fn wait_for(&self, count: usize) -> Vec<Request> {
        let start = Instant::now();
        while self.requests().len() < count {
            assert!(start.elapsed() < Duration::from_secs(20), "fewer than {count} requests arrived");
            std::thread::sleep(Duration::from_millis(5));
        }
        self.requests()
    }
}

#[cfg(unix)]
fn port_without_listener() -> SocketAddr {
    use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, getsockname, socket_with};

    let socket = socket_with(AddressFamily::INET, SocketType::STREAM, SocketFlags::CLOEXEC, None);
    let socket = socket.expect("a socket");
    bind(&socket, &SocketAddr::from(([127, 0, 0, 1], 0))).expect("a free port");
    let address = SocketAddr::try_from(getsockname(&socket).expect("an address")).expect("an IP address");
    std::mem::forget(socket);
    address
}

#[cfg(not(unix))]
fn port_without_listener() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address")
}

fn serve(mut stream: TcpStream, reply: &Reply, requests: &Mutex<Vec<Request>>) {
    if let Reply::Greeting = reply {
        // The client may have disconnected already.
        let _ = stream.write_all(b"220 mail.example ESMTP\r\n");
    }
    match reply {
        Reply::ResetAtOnce => return reset(stream),
        Reply::Silent => return std::mem::forget(stream),
        Reply::Early(code) => {
            let mut first = [0; 64];
            let read = stream.read(&mut first);
            // NOTE: in one write. The kernel holds back a second small packet until the first is acknowledged, and
            // drops it when the connection is closed with unread input.
            let response = format!("HTTP/1.1 {code} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            let response = stream.write_all(response.as_bytes());
            return assert!(read.is_ok() && response.is_ok());
        }
        _ => {}
    }
    let Some(request) = read(&mut stream) else { return };
    let is_signed_by = |secret: &str| {
        let received = Received::new(request.headers.clone(), request.body.clone().into_bytes());
        let verified = |scheme| verify(&received, scheme, secret);
        verified(Scheme::StandardWebhooks).or_else(|| verified(Scheme::Buildstash)).unwrap_or(false)
    };
    let reply = match reply {
        Reply::Verify(secret) => &Reply::Status(if is_signed_by(secret) { 200 } else { 401 }),
        other => other,
    };
    requests.lock().expect("no panic").push(request);
    let response = match reply {
        Reply::Status(code) => format!("HTTP/1.1 {code} X\r\ncontent-length: 0\r\n\r\n"),
        Reply::Headers(code, headers) => {
            format!("HTTP/1.1 {code} X\r\ncontent-length: 0\r\n{headers}\r\n\r\n")
        }
        Reply::Body(code, body) => {
            format!("HTTP/1.1 {code} X\r\ncontent-length: {}\r\n\r\n{body}", body.len())
        }
        Reply::Raw(text) => text.clone(),
        Reply::EndlessHeaders => {
            let header = format!("x-more: {}\r\n", "x".repeat(1000));
            return write_endlessly(stream, "HTTP/1.1 200 OK\r\n", &header);
        }
        Reply::EndlessBody => {
            return write_endlessly(stream, "HTTP/1.1 200 OK\r\n\r\n", &"x".repeat(8192));
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
            let _ = stream.write_all(text.as_bytes());
            return reset(stream);
        }
        Reply::Hang(text) => {
            let _ = stream.write_all(text.as_bytes());
            return std::mem::forget(stream);
        }
        Reply::Never => return std::mem::forget(stream),
        Reply::ResetAtOnce
        | Reply::Silent
        | Reply::Early(_)
        | Reply::Greeting
        | Reply::Close
        | Reply::Verify(_) => return,
    };
    // The client may have disconnected; the test checks how it handles the response.
    let _ = stream.write_all(response.as_bytes());
}

fn write_endlessly(mut stream: TcpStream, start: &str, repeated: &str) {
    let mut written = stream.write_all(start.as_bytes());
    while written.is_ok() {
        written = stream.write_all(repeated.as_bytes());
    }
}

/// Closes the connection with a reset.
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
