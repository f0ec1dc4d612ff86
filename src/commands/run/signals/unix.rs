//! SIGINT, SIGTERM and SIGHUP.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ExitStatus};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, getpgrp, kill_process, waitid};
use rustix::termios::tcgetpgrp;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::{Handle, Signals};

use crate::ci::BuildStatus;

/// Receives SIGINT, SIGTERM and SIGHUP while it exists, so that they no longer end this process.
pub(in super::super) struct SignalForwarder {
    state: Arc<Mutex<State>>,
    handle: Handle,
}

#[derive(Default)]
struct State {
    /// The last signal received.
    received: Option<Signal>,
    /// The running command.
    child: Option<Pid>,
}

impl SignalForwarder {
    pub(in super::super) fn start() -> io::Result<Self> {
        let state = Arc::new(Mutex::new(State::default()));
        let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
        let handle = signals.handle();
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for number in signals.forever() {
                let signal = match number {
                    SIGINT => Signal::INT,
                    SIGHUP => Signal::HUP,
                    _ => Signal::TERM,
                };
                let mut state = lock(&shared);
                state.received = Some(signal);
                if let Some(child) = state.child
                    && !reaches_command(signal)
                {
                    // The command may just have ended; then there is no process to signal.
                    let _ = kill_process(child, signal);
                }
            }
        });
        Ok(Self { state, handle })
    }

    /// Waits for the command and passes signals on to it, those received before it started included.
    pub(in super::super) fn wait(&self, mut child: Child) -> io::Result<ExitStatus> {
        {
            let mut state = lock(&self.state);
            state.child = Pid::from_raw(i32::try_from(child.id()).unwrap_or_default());
            if let (Some(pid), Some(signal)) = (state.child, state.received) {
                let _ = kill_process(pid, signal);
            }
        }
        if let Some(pid) = Pid::from_raw(i32::try_from(child.id()).unwrap_or_default()) {
            // NOWAIT leaves the command a zombie, so that its process id is not reused while we may signal it.
            let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
            while matches!(waitid(WaitId::Pid(pid), options), Err(Errno::INTR)) {}
        }
        lock(&self.state).child = None;
        child.wait()
    }

    /// Whether a signal was received.
    pub(in super::super) fn was_interrupted(&self) -> bool {
        lock(&self.state).received.is_some()
    }
}

impl Drop for SignalForwarder {
    fn drop(&mut self) {
        self.handle.close();
    }
}

/// Whether the terminal sends the signal to the command too. Ctrl-C goes to the whole foreground process group;
/// passing it on would double it, and many programs stop at once on the second.
fn reaches_command(signal: Signal) -> bool {
    signal == Signal::INT && tcgetpgrp(io::stdin()).is_ok_and(|foreground| foreground == getpgrp())
}

/// The signal that killed the command, and the build's result: aborted from outside, or failed.
pub(in super::super) fn killed_by(status: ExitStatus) -> Option<(u8, BuildStatus)> {
    let signal = status.signal()?;
    let status = match signal {
        SIGINT | SIGTERM | SIGHUP => BuildStatus::Aborted,
        _ => BuildStatus::Failed,
    };
    Some((u8::try_from(signal).unwrap_or(0), status))
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
