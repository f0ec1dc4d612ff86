//! Waits for the end of the command, for signals and for the sender of events, on the main thread.

mod plain;
#[cfg(unix)]
mod unix;

use std::io;
use std::process::{Child, ExitStatus};
use std::time::Duration;

#[cfg(not(unix))]
use crate::ci::BuildStatus;
use plain::Plain;
pub(super) use plain::Waker;

#[cfg(unix)]
pub(super) use unix::{Signal, killed_by};

/// The number of a signal. Systems without Unix signals have none: the console delivers Ctrl-C to the command
/// itself.
#[cfg(not(unix))]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signal {}

/// What ended a wait.
#[derive(Debug)]
pub(super) enum Event {
    /// The command has ended.
    Ended(io::Result<ExitStatus>),
    /// A signal arrived.
    #[cfg_attr(not(unix), allow(dead_code))]
    Signal(Signal),
    /// [`Waker::wake`] was called, or the time is up.
    Other,
}

/// Waits for events. Signals are received while it exists, and no longer end this process.
pub(super) enum Signals {
    /// Receives them.
    #[cfg(unix)]
    Received(unix::Received),
    /// Does not.
    Plain(Plain),
}

impl Signals {
    /// Starts to receive signals. Fails if the system does not allow it; [`Signals::plain`] works anywhere.
    pub(super) fn start() -> io::Result<Self> {
        #[cfg(unix)]
        return unix::Received::start().map(Self::Received);
        #[cfg(not(unix))]
        return Ok(Self::plain());
    }

    /// Receives no signals: they end this process as any other.
    pub(super) fn plain() -> Self {
        Self::Plain(Plain::new())
    }

    /// Ends a wait from another thread.
    pub(super) fn waker(&self) -> Waker {
        match self {
            #[cfg(unix)]
            Self::Received(received) => received.waker(),
            Self::Plain(plain) => plain.waker(),
        }
    }

    /// Waits for the command to end, or only for other events without one. Without signals, nothing but its
    /// end ends the wait for a command.
    pub(super) fn wait(&mut self, child: Option<&mut Child>, timeout: Option<Duration>) -> Event {
        match self {
            #[cfg(unix)]
            Self::Received(received) => received.wait(child, timeout),
            Self::Plain(plain) => plain.wait(child, timeout),
        }
    }
}

#[cfg(not(unix))]
impl Signal {
    /// Never called.
    pub(super) fn forward(self, _: &mut Child) {
        match self {}
    }

    /// Never called.
    pub(super) fn is_cancellation(self) -> bool {
        match self {}
    }

    /// Never called.
    pub(super) fn ends_process(self) -> bool {
        match self {}
    }

    /// Never called.
    pub(super) fn exit_code(self) -> u8 {
        match self {}
    }
}

/// Always `None`.
#[cfg(not(unix))]
pub(super) fn killed_by(_: ExitStatus) -> Option<(Signal, BuildStatus)> {
    None
}
