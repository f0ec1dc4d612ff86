//! Signals that end a build: taken, and passed on to the command that runs.

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

/// Takes SIGINT, SIGTERM and SIGHUP from its start to its end. They do not end this process any more.
pub(super) struct Forwarder {
    state: Arc<Mutex<State>>,
    handle: Handle,
}

#[derive(Default)]
struct State {
    /// The last signal that came.
    received: Option<Signal>,
    /// The command, while it runs.
    child: Option<Pid>,
}

impl Forwarder {
    pub(super) fn start() -> io::Result<Self> {
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
                    && !reaches_all(signal)
                {
                    // The command may have ended just now; then there is nobody to tell.
                    let _ = kill_process(child, signal);
                }
            }
        });
        Ok(Self { state, handle })
    }

    /// Waits for the command and passes on what comes meanwhile; what came before it was there, at once.
    pub(super) fn wait(&self, mut child: Child) -> io::Result<ExitStatus> {
        {
            let mut state = lock(&self.state);
            state.child = Pid::from_raw(i32::try_from(child.id()).unwrap_or_default());
            if let (Some(pid), Some(signal)) = (state.child, state.received) {
                let _ = kill_process(pid, signal);
            }
        }
        if let Some(pid) = Pid::from_raw(i32::try_from(child.id()).unwrap_or_default()) {
            // Waits without collecting the command: until then its number cannot become another process's.
            let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
            while matches!(waitid(WaitId::Pid(pid), options), Err(Errno::INTR)) {}
        }
        lock(&self.state).child = None;
        child.wait()
    }

    /// Whether a signal came.
    pub(super) fn was_told_to_end(&self) -> bool {
        lock(&self.state).received.is_some()
    }
}

impl Drop for Forwarder {
    fn drop(&mut self) {
        self.handle.close();
    }
}

/// Ctrl-C at a terminal reaches the command by itself, as one of the terminal's foreground group; passing it on
/// would make two of one, which many programs take for a demand to stop at once.
fn reaches_all(signal: Signal) -> bool {
    signal == Signal::INT && tcgetpgrp(io::stdin()).is_ok_and(|foreground| foreground == getpgrp())
}

/// The signal that a command died of, and what that says of the build: somebody ended it, or it broke.
pub(super) fn death(status: ExitStatus) -> Option<(u8, BuildStatus)> {
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
