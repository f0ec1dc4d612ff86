//! Signals that end a build: received here and passed on to the command that `run` started.

#[cfg(not(unix))]
mod other;
#[cfg(unix)]
mod unix;

#[cfg(not(unix))]
pub(super) use other::{SignalForwarder, killed_by};
#[cfg(unix)]
pub(super) use unix::{SignalForwarder, killed_by};
