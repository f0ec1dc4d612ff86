//! A local HTTP server.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::Received;
use super::answer::{Answer, Response};
use super::budget::Budget;
use super::host::refusal;
use super::read::{ReadError, read};

/// Largest body, in bytes: 25 MiB, as GitHub's limit of 25 MB for payloads.
pub const MAX_BODY_BYTES: usize = 25 << 20;
/// Largest number of connections at once. Others wait until the system's queue is full.
const MAX_CONNECTIONS: usize = 512;
/// The memory that all bodies of more than 64 KiB take together, in bytes.
const MAX_MEMORY_BYTES: usize = 64 << 20;
/// Stack of a connection's thread, in bytes.
const STACK_BYTES: usize = 256 << 10;
/// How long to wait for a client that does not read its response, or does not stop to send.
const LINGER: Duration = Duration::from_secs(2);

/// The owner of a server, which answers requests.
pub trait Handler: Send + Sync + 'static {
    /// Answers a request.
    fn answer(&self, request: Received) -> Answer;
    /// Hears of one that was refused or broke off.
    fn refused(&self, reason: &str);
}

/// A server on a loopback port.
#[derive(Debug)]
pub struct Server {
    listeners: Vec<TcpListener>,
    address: SocketAddr,
    allowed_hosts: Vec<String>,
}

/// Counts connections.
#[derive(Debug, Default)]
struct Slots {
    used: Mutex<usize>,
    freed: Condvar,
}

impl Slots {
    fn take(self: &Arc<Self>) -> Slot {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        while *used >= MAX_CONNECTIONS {
            used = self.freed.wait(used).unwrap_or_else(PoisonError::into_inner);
        }
        *used += 1;
        Slot(Arc::clone(self))
    }
}

struct Slot(Arc<Slots>);

impl Drop for Slot {
    fn drop(&mut self) {
        *self.0.used.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        self.0.freed.notify_one();
    }
}

impl Server {
    /// Listens on a port of the loopback interface; 0 is any free one. Only requests for a loopback address, `localhost` or one of
    /// `allowed_hosts` are answered. Fails if the port is in use for IPv4 or IPv6.
    pub fn bind(port: u16, allowed_hosts: Vec<String>) -> io::Result<Self> {
        let mut attempts = if port == 0 { 10 } else { 1 };
        let (listeners, address) = loop {
            attempts -= 1;
            match bind_both(port) {
                // The next free port may be free for both.
                Err(error) if error.kind() == io::ErrorKind::AddrInUse && attempts > 0 => {}
                result => break result?,
            }
        };
        Ok(Self { listeners, address, allowed_hosts })
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers requests, on threads, until the process ends.
    pub fn serve(self, handler: impl Handler) {
        let shared = Arc::new(Shared {
            handler,
            allowed_hosts: self.allowed_hosts,
            budget: Budget::new(MAX_MEMORY_BYTES),
        });
        let slots = Arc::new(Slots::default());
        for listener in self.listeners {
            let (shared, slots) = (Arc::clone(&shared), Arc::clone(&slots));
            thread::spawn(move || accept(&listener, &shared, &slots));
        }
    }
}

/// Listens on both loopback addresses: `localhost` may be either. A system without IPv6 has one.
fn bind_both(port: u16) -> io::Result<(Vec<TcpListener>, SocketAddr)> {
    let first = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    let address = first.local_addr()?;
    let second = match TcpListener::bind((Ipv6Addr::LOCALHOST, address.port())) {
        // Its owner would get the requests for `localhost`.
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            let reason = format!("another process listens on [::1]:{}", address.port());
            return Err(io::Error::new(error.kind(), reason));
        }
        second => second.ok(),
    };
    Ok((std::iter::once(first).chain(second).collect(), address))
}

fn accept<H: Handler>(listener: &TcpListener, shared: &Arc<Shared<H>>, slots: &Arc<Slots>) {
    loop {
        let slot = slots.take();
        let Ok((stream, _)) = listener.accept() else {
            // Out of file descriptors, or a client that has left.
            thread::sleep(Duration::from_millis(10));
            continue;
        };
        let connection = Arc::clone(shared);
        let serve = move || {
            connection.serve(stream);
            drop(slot);
        };
        // Without a thread the connection is closed, and the client tries again.
        if thread::Builder::new().stack_size(STACK_BYTES).spawn(serve).is_err() {
            shared.handler.refused("no thread for a connection");
        }
    }
}

struct Shared<H> {
    handler: H,
    allowed_hosts: Vec<String>,
    budget: Budget,
}

impl<H: Handler> Shared<H> {
    /// Reads one request and answers it.
    fn serve(&self, stream: TcpStream) {
        let (status, reason) = match read(&stream, &self.budget) {
            Ok(request) => match refusal(&request, &self.allowed_hosts) {
                None => return send(&stream, self.handler.answer(request)),
                Some(refusal) => refusal,
            },
            Err(ReadError::Refused(status, reason)) => (status, reason.to_owned()),
            Err(ReadError::Broken(reason)) => return self.handler.refused(reason),
            Err(ReadError::Empty) => return,
        };
        self.handler.refused(&format!("{reason}; answered {status}"));
        send(&stream, Answer::text(status, &format!("{reason}\n")));
    }
}

/// Sends an answer and closes the connection.
fn send(stream: &TcpStream, answer: Answer) {
    let response = match answer {
        Answer::Response(response) => response,
        Answer::Late(pause) => {
            thread::sleep(pause);
            Response { status: 200, ..Response::default() }
        }
        Answer::Reset => return reset(stream),
    };
    let _ = stream.set_write_timeout(Some(LINGER));
    let mut writer = stream;
    if writer.write_all(&response.to_bytes()).is_ok() && stream.shutdown(Shutdown::Write).is_ok() {
        // A client that is still sending would lose the response if the connection were closed now.
        drain(stream);
    }
}

/// Reads what a client still sends.
fn drain(mut stream: &TcpStream) {
    let end = Instant::now() + LINGER;
    let mut chunk = [0; 16 << 10];
    loop {
        let remaining = end.saturating_duration_since(Instant::now());
        if remaining < Duration::from_millis(1) || stream.set_read_timeout(Some(remaining)).is_err() {
            return;
        }
        if matches!(stream.read(&mut chunk), Ok(0) | Err(_)) {
            return;
        }
    }
}

/// Closes a connection so that the client's system reports a reset.
fn reset(stream: &TcpStream) {
    #[cfg(unix)]
    let _ = rustix::net::sockopt::set_socket_linger(stream, Some(Duration::ZERO));
    #[cfg(not(unix))]
    let _ = stream.shutdown(Shutdown::Both);
}
