//! Unix signals.
//!
//! No thread is needed: every signal, SIGCHLD included, writes to a pipe that the main thread waits for.

use std::fs::{self, File};
use std::io;
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ExitStatus};
use std::sync::Arc;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{self, Pid, getpgrp, kill_process};
use rustix::termios::tcgetpgrp;
use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
use signal_hook::iterator::backend::SignalDelivery;
use signal_hook::iterator::exfiltrator::SignalOnly;

use super::{Event, Waker};
use crate::ci::BuildStatus;

/// The signals that are passed on. All others act as in any process: SIGTSTP stops it, SIGCONT continues it.
const FORWARDED: [i32; 6] = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2];

/// The longest wait without a look at the command, in case that this process was started with SIGCHLD
/// blocked.
const MAX_WAIT: Duration = Duration::from_secs(1);

/// The number of a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Signal(i32);

impl Signal {
    /// Passes the signal on, unless the terminal has sent it to the command too. Ctrl-C goes to the whole
    /// foreground process group; passing it on would double it, and many programs stop at once on the second.
    pub(in super::super) fn forward(self, child: &mut Child) {
        let is_from_terminal = matches!(self.0, SIGINT | SIGQUIT) && is_in_foreground();
        let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        let signal = process::Signal::from_named_raw(self.0);
        // Until the command has been waited for, its id cannot be that of another process.
        if let (Some(pid), Some(signal), false, Ok(None)) = (pid, signal, is_from_terminal, child.try_wait())
        {
            let _ = kill_process(pid, signal);
        }
    }

    /// Whether the signal asks the build to end. SIGQUIT may: a Java program prints its threads and goes on.
    pub(in super::super) fn is_cancellation(self) -> bool {
        matches!(self.0, SIGINT | SIGTERM | SIGHUP)
    }

    /// Whether the signal asks this process to end once the command has ended.
    pub(in super::super) fn ends_process(self) -> bool {
        self.is_cancellation() || self.0 == SIGQUIT
    }

    /// The exit code of a process that the signal ends.
    pub(in super::super) fn exit_code(self) -> u8 {
        128u8.saturating_add(u8::try_from(self.0).unwrap_or(0))
    }
}

/// Receives signals while it exists.
pub(in super::super) struct Received {
    delivery: SignalDelivery<UnixStream, SignalOnly>,
    waker: Arc<UnixStream>,
    /// Signals that have arrived and are not yet reported.
    pending: Vec<i32>,
}

impl Received {
    pub(super) fn start() -> io::Result<Self> {
        let (read, write) = UnixStream::pair()?;
        let waker = Arc::new(write.try_clone()?);
        waker.set_nonblocking(true)?;
        let ignored = ignored_signals();
        let signals = FORWARDED.into_iter().filter(|signal| ignored >> (signal - 1) & 1 == 0);
        let delivery = SignalDelivery::with_pipe(read, write, SignalOnly, signals.chain([SIGCHLD]))?;
        Ok(Self { delivery, waker, pending: Vec::new() })
    }

    pub(super) fn waker(&self) -> Waker {
        Waker::Pipe(Arc::clone(&self.waker))
    }

    pub(super) fn wait(&mut self, child: Option<&mut Child>, timeout: Option<Duration>) -> Event {
        if let Some(event) = self.next(child) {
            return event;
        }
        let timeout = Timespec::try_from(timeout.unwrap_or(MAX_WAIT).min(MAX_WAIT)).ok();
        // A signal ends the call early, and has then written to the pipe.
        let _ = poll(&mut [PollFd::new(self.delivery.get_read(), PollFlags::IN)], timeout.as_ref());
        Event::Other
    }

    /// An event that has already happened. Signals come first: one may be why the command has ended.
    fn next(&mut self, child: Option<&mut Child>) -> Option<Event> {
        let ended = match child.map(Child::try_wait) {
            Some(Ok(Some(status))) => Some(Event::Ended(Ok(status))),
            Some(Err(error)) => Some(Event::Ended(Err(error))),
            Some(Ok(None)) | None => None,
        };
        self.pending.extend(self.delivery.pending().filter(|signal| *signal != SIGCHLD));
        // The status of a command that has ended is the same next time.
        self.pending.pop().map(|signal| Event::Signal(Signal(signal))).or(ended)
    }
}

/// Whether this process group, to which the command belongs, is the one that the terminal sends signals to.
fn is_in_foreground() -> bool {
    File::open("/dev/tty").is_ok_and(|tty| tcgetpgrp(tty).is_ok_and(|foreground| foreground == getpgrp()))
}

/// The signals that this process was started to ignore, as bits, where Linux reports them. They stay ignored,
/// for the command too: `nohup` ignores SIGHUP, and shells have background jobs ignore SIGINT.
fn ignored_signals() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}

/// The signal that killed the command, and the build's result: aborted from outside, or failed.
pub(in super::super) fn killed_by(status: ExitStatus) -> Option<(Signal, BuildStatus)> {
    let signal = status.signal()?;
    let status = match signal {
        SIGINT | SIGTERM | SIGHUP | SIGQUIT => BuildStatus::Aborted,
        _ => BuildStatus::Failed,
    };
    Some((Signal(signal), status))
}
