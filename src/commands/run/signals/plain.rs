//! Waiting without signals.

use std::process::Child;
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::Duration;

use super::Event;

/// Ends a wait from another thread.
#[derive(Debug, Clone)]
pub(in super::super) enum Waker {
    /// Through a channel.
    Channel(Sender<()>),
    /// Through the pipe that signals wake the main thread with.
    #[cfg(unix)]
    Pipe(std::sync::Arc<std::os::unix::net::UnixStream>),
}

impl Waker {
    /// Ends the wait.
    pub(in super::super) fn wake(&self) {
        match self {
            // If the main thread no longer waits, there is nothing to end.
            Self::Channel(sender) => {
                let _ = sender.send(());
            }
            #[cfg(unix)]
            Self::Pipe(pipe) => {
                let _ = std::io::Write::write(&mut pipe.as_ref(), b"x");
            }
        }
    }
}

/// Waits for the command with the system's own call.
#[derive(Debug)]
pub(in super::super) struct Plain {
    sender: Sender<()>,
    receiver: Receiver<()>,
}

impl Plain {
    pub(super) fn new() -> Self {
        let (sender, receiver) = mpsc::channel();
        Self { sender, receiver }
    }

    pub(super) fn waker(&self) -> Waker {
        Waker::Channel(self.sender.clone())
    }

    pub(super) fn wait(&self, child: Option<&mut Child>, timeout: Option<Duration>) -> Event {
        match (child, timeout) {
            (Some(child), _) => return Event::Ended(child.wait()),
            (None, Some(timeout)) => drop(self.receiver.recv_timeout(timeout)),
            (None, None) => drop(self.receiver.recv()),
        }
        Event::Other
    }
}
