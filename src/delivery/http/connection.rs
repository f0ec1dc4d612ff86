//! Connections that report how far they got, and that still read the response of a receiver that has stopped reading
//! the request.

use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use ureq::Error;
use ureq::unversioned::transport::{Buffers, NextTimeout, Transport};

const REUSES: u8 = 0;
const CONNECTS: u8 = 1;
const IS_CONNECTED: u8 = 2;
const LOOKS_UP: u8 = 3;

/// How far the current attempt got. ureq reports only that an attempt failed or timed out, not when.
#[derive(Debug, Clone, Default)]
pub(super) struct Progress(Arc<AtomicU8>);

impl Progress {
    /// A new attempt, which uses the connection of the one before it unless it connects.
    pub(super) fn start(&self) {
        self.0.store(REUSES, Ordering::Relaxed);
    }

    /// The host name is looked up, even if there is a connection.
    pub(super) fn looks_up(&self) {
        self.0.store(LOOKS_UP, Ordering::Relaxed);
    }

    /// The attempt makes a connection.
    pub(super) fn connects(&self) {
        self.0.store(CONNECTS, Ordering::Relaxed);
    }

    /// There is a TCP connection.
    pub(super) fn connected(&self) {
        self.0.store(IS_CONNECTED, Ordering::Relaxed);
    }

    pub(super) fn is_connected(&self) -> bool {
        matches!(self.0.load(Ordering::Relaxed), REUSES | IS_CONNECTED)
    }

    pub(super) fn is_reused(&self) -> bool {
        self.0.load(Ordering::Relaxed) == REUSES
    }
}

/// A connection that ignores failed writes after the receiver has closed it.
///
/// A receiver that finds the payload too large may respond and close the connection before it has read everything.
/// The response is then the better error: it has a status and will not be retried.
#[derive(Debug)]
pub(super) struct Observed<T>(pub(super) T);

impl<T: Transport> Transport for Observed<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.0.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        match self.0.transmit_output(amount, timeout) {
            Err(Error::Io(error)) if is_closed_by_peer(error.kind()) => Ok(()),
            result => result,
        }
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.0.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        self.0.is_open()
    }

    fn is_tls(&self) -> bool {
        self.0.is_tls()
    }
}

fn is_closed_by_peer(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::BrokenPipe | ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted)
}
