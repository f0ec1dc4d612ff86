//! A small receiver on a loopback port.

use std::io::{self, Read};
use std::net::SocketAddr;
use std::sync::mpsc;
use std::time::Duration;

use tiny_http::{Response, Server};

/// The longest body that is taken.
const BODY_LIMIT: u64 = 16 << 20;

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
        let server = Server::http("127.0.0.1:0").map_err(io::Error::other)?;
        let address = server.server_addr().to_ip().ok_or(io::ErrorKind::AddrNotAvailable)?;
        let (sender, requests) = mpsc::channel();
        std::thread::spawn(move || {
            for mut request in server.incoming_requests() {
                let headers = request
                    .headers()
                    .iter()
                    .map(|header| {
                        (header.field.as_str().as_str().to_ascii_lowercase(), header.value.to_string())
                    })
                    .collect();
                let mut body = Vec::new();
                let whole = request.as_reader().take(BODY_LIMIT).read_to_end(&mut body);
                // A client that is gone does not wait for an answer.
                let _ = request.respond(Response::empty(200));
                if whole.is_ok() && sender.send(Received { headers, body }).is_err() {
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
