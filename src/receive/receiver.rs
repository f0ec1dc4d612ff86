//! A receiver that accepts everything.

use std::io;
use std::net::SocketAddr;
use std::sync::mpsc;
use std::time::Duration;

use super::server::Handler;
use super::{Answer, Received, Server};

/// Answers every request with 200 and queues it for [`Receiver::next`].
#[derive(Debug)]
pub struct Receiver {
    address: SocketAddr,
    requests: mpsc::Receiver<Received>,
}

struct Queue(mpsc::Sender<Received>);

impl Handler for Queue {
    fn answer(&self, request: Received) -> Answer {
        let _ = self.0.send(request);
        Answer::status(200)
    }

    fn refused(&self, _: &str) {}
}

impl Receiver {
    /// Listens on a free port of `127.0.0.1` until the process ends. Fails if no port can be opened.
    pub fn start() -> io::Result<Self> {
        let server = Server::bind(0, Vec::new())?;
        let address = server.address();
        let (sender, requests) = mpsc::channel();
        server.serve(Queue(sender));
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
