//! Systems without Unix signals: the console delivers Ctrl-C to the command itself.

use std::io;
use std::process::{Child, ExitStatus};

use crate::ci::BuildStatus;

/// Forwards nothing.
pub(in super::super) struct SignalForwarder;

impl SignalForwarder {
    pub(in super::super) fn start() -> io::Result<Self> {
        Ok(Self)
    }

    /// Waits for the command.
    pub(in super::super) fn wait(&self, mut child: Child) -> io::Result<ExitStatus> {
        child.wait()
    }

    /// Always false.
    pub(in super::super) fn was_interrupted(&self) -> bool {
        false
    }
}

/// Always `None`.
pub(in super::super) fn killed_by(_: ExitStatus) -> Option<(u8, BuildStatus)> {
    None
}
