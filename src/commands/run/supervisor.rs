//! Waits for the command and for the sending of its events, and decides what signals mean.

use std::process::Child;
use std::time::{Duration, Instant};

use super::command;
use super::reporter::Reporter;
use super::signals::{Event, Signal, Signals};
use crate::ci::BuildStatus;
use crate::report::Console;

/// Signals that follow the first this closely have the same cause: `timeout` signals a process and then its
/// group, and systemd sends SIGHUP right after SIGTERM.
const SAME_CAUSE: Duration = Duration::from_millis(100);
/// How long a command that does not end is waited for after the second signal.
const LAST_WAIT: Duration = Duration::from_secs(2);

/// A command whose events are being sent.
pub(super) struct Supervisor<'a> {
    signals: Signals,
    reporter: Reporter,
    console: &'a mut Console,
    /// The last signal and when it arrived.
    last: Option<(Signal, Instant)>,
    /// How often the build was cancelled.
    cancellations: u32,
    /// Whether nothing is waited for any more.
    is_over: bool,
}

impl<'a> Supervisor<'a> {
    pub(super) fn new(signals: Signals, reporter: Reporter, console: &'a mut Console) -> Self {
        Self { signals, reporter, console, last: None, cancellations: 0, is_over: false }
    }

    /// Reports a command that could not be started.
    pub(super) fn fail(&mut self, text: &str) {
        self.console.error(text);
        self.reporter.ended(BuildStatus::Failed);
    }

    /// Waits for the command, passes signals on to it, and reports its result. Returns the exit code to end
    /// with.
    ///
    /// After the second signal, the build is reported as aborted right away: a CI that sends two kills the
    /// process next.
    pub(super) fn wait(&mut self, mut child: Child) -> u8 {
        let mut last_wait: Option<Instant> = None;
        let mut exit_code = 1;
        loop {
            let timeout = last_wait.map(|end| end.saturating_duration_since(Instant::now()));
            match self.signals.wait(Some(&mut child), timeout) {
                Event::Ended(Ok(status)) => {
                    let (code, status) = command::result_of(status);
                    self.report(status);
                    return code;
                }
                Event::Ended(Err(error)) => {
                    self.fail(&format!("cannot wait for the command: {error}"));
                    return exit_code;
                }
                Event::Signal(signal) => {
                    if !self.is_repetition(signal) {
                        signal.forward(&mut child);
                    }
                    self.count(signal, signal.is_cancellation());
                    if signal.is_cancellation() {
                        exit_code = signal.exit_code();
                    }
                    if self.cancellations == 2 && last_wait.is_none() {
                        last_wait = Some(Instant::now() + LAST_WAIT);
                        self.report(BuildStatus::Aborted);
                    }
                }
                Event::Other => {}
            }
            if self.cancellations > 2 || timeout.is_some_and(|timeout| timeout.is_zero()) {
                self.console
                    .warning(&format!("the command did not end; process {} is still running", child.id()));
                self.is_over = true;
                return exit_code;
            }
        }
    }

    /// Waits until all events are sent. The first signal leaves them little time, the second none.
    pub(super) fn finish(&mut self) {
        while !self.is_over && !self.reporter.is_done() {
            if let Event::Signal(signal) = self.signals.wait(None, None) {
                self.count(signal, signal.ends_process());
                self.is_over = self.cancellations > 1;
                if self.cancellations > 0 {
                    self.reporter.cancel();
                }
            }
        }
    }

    /// Reports the result of the command. A build that was cancelled is aborted, whatever its result.
    fn report(&mut self, status: BuildStatus) {
        let status = if self.cancellations > 0 { BuildStatus::Aborted } else { status };
        // A signal that only the command got does not mean that the CI is about to kill this process too.
        if self.last.is_some() && status == BuildStatus::Aborted {
            self.reporter.cancel();
        }
        self.reporter.ended(status);
    }

    /// Whether the same signal has just arrived.
    fn is_repetition(&self, signal: Signal) -> bool {
        self.last.is_some_and(|(last, at)| last == signal && at.elapsed() < SAME_CAUSE)
    }

    fn count(&mut self, signal: Signal, is_cancellation: bool) {
        let has_same_cause = self.last.is_some_and(|(_, at)| at.elapsed() < SAME_CAUSE);
        if is_cancellation && !(has_same_cause && self.cancellations > 0) {
            self.cancellations += 1;
        }
        self.last = Some((signal, Instant::now()));
    }
}
