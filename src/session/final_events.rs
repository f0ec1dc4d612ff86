//! The events at the end of a build: `created` for its artifacts if it succeeded, and `finished`, which waits for them one
//! deadline at most.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender as Sent};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;

use super::panics::caught;
use super::{Artifacts, Created, Detected, HeldOutput, Sender, Session};
use crate::ci::BuildStatus;
use crate::cli::SendFlags;
use crate::delivery::{Deliveries, TimeLimit};
use crate::event::{Event, EventDetails};
use crate::exit_code::ExitCode;
use crate::report::Console;
use crate::settings::{ArtifactOptions, Settings};
use crate::system::System;

/// How often to look whether the build was canceled.
const CANCEL_INTERVAL: Duration = Duration::from_millis(100);

/// The sources of the final events. All are owned, because a thread reads the artifacts.
pub(crate) struct FinalEvents {
    pub(crate) settings: Settings,
    /// `None` if they contain a mistake.
    pub(crate) options: Option<ArtifactOptions>,
    pub(crate) artifacts: Artifacts,
    /// Whether an artifact that cannot be sent makes the command fail.
    pub(crate) is_fatal: bool,
    pub(crate) flags: SendFlags,
    pub(crate) system: System,
    pub(crate) output: HeldOutput,
    pub(crate) annotates: bool,
    pub(crate) time: TimeLimit,
}

/// Messages of the thread that reads the artifacts.
enum Reading {
    /// Events that can be sent.
    Created(Vec<Event>),
    /// All artifacts are read, with this exit code.
    Ended(ExitCode),
}

/// Events that are being sent.
pub(crate) struct Sending<'a> {
    pub(crate) sender: Sender<'a>,
    deliveries: Deliveries,
    events: Vec<Event>,
}

impl<'a> Sending<'a> {
    pub(crate) fn new(sender: Sender<'a>) -> Result<Self> {
        let deliveries = sender.deliveries()?;
        Ok(Self { sender, deliveries, events: Vec::new() })
    }

    /// Starts to send events, each to an endpoint behind what is under way there.
    pub(crate) fn start(&mut self, events: Vec<Event>, deadline: Option<Instant>) -> Result<()> {
        if events.is_empty() {
            return Ok(());
        }
        self.sender.start(&events, &mut self.deliveries, deadline)?;
        self.events.extend(events);
        Ok(())
    }

    /// Sends events and waits until all have ended.
    fn send(&mut self, events: Vec<Event>, deadline: Instant) -> Result<()> {
        let started = self.start(events, Some(deadline));
        self.sender.wait(&mut self.deliveries);
        started
    }
}

impl FinalEvents {
    /// Sends `created`, if the build succeeded, and `finished`. Artifacts that take too long to read are announced after
    /// it. Neither an error nor a panic costs more than its event. The build ended at `end`.
    pub(crate) fn send(
        self: &Arc<Self>,
        mut sending: Sending,
        finished: Event,
        end: Instant,
    ) -> Result<ExitCode> {
        let limit = self.settings.general.deadline;
        let reading = match finished.details {
            EventDetails::Finished(BuildStatus::Success) => self.read_artifacts(&sending.sender),
            EventDetails::Finished(status) if !self.artifacts.patterns.is_empty() => {
                sending.sender.report_unsent_artifacts(status);
                None
            }
            _ => None,
        };
        // Without artifacts, `triggered` and `finished` share the time.
        let mut deadline = end + limit;
        let mut exit_code = Some(ExitCode::Success);
        if let Some(reading) = &reading {
            let start = Instant::now();
            let may_wait = || start.elapsed() <= limit && !self.time.is_canceled();
            self.time.others_follow(true);
            exit_code = self.send_created(reading, &mut sending, &may_wait);
            self.time.others_follow(false);
            deadline = Instant::now() + limit;
        }
        self.log_error(caught(|| sending.send(vec![finished], deadline)));
        if let (Some(reading), None) = (&reading, exit_code) {
            exit_code = self.send_created(reading, &mut sending, &|| !self.time.is_canceled());
            if exit_code.is_none() {
                let console = &mut *sending.sender.session.console;
                console.warning("canceled while the artifacts were read; build.created is not sent");
            }
        }
        let exit_code = exit_code.unwrap_or(ExitCode::Success);
        let Sending { mut sender, deliveries, events } = sending;
        Ok(sender.finish(&events, deliveries)?.or(exit_code))
    }

    /// Sends `created` for the artifacts that are read while it may wait. Returns the exit code if these are all.
    fn send_created(
        &self,
        reading: &Receiver<Reading>,
        sending: &mut Sending,
        may_wait: &dyn Fn() -> bool,
    ) -> Option<ExitCode> {
        loop {
            match reading.recv_timeout(CANCEL_INTERVAL) {
                Ok(Reading::Created(events)) => {
                    let deadline = Instant::now() + self.settings.general.deadline;
                    self.log_error(caught(|| sending.send(events, deadline)));
                }
                Ok(Reading::Ended(exit_code)) => return Some(exit_code),
                Err(RecvTimeoutError::Disconnected) => return Some(ExitCode::Error),
                Err(RecvTimeoutError::Timeout) => {}
            }
            if !may_wait() {
                return None;
            }
        }
    }

    /// Starts to read the artifacts, if there are any, on a thread. It sends the events of their builds.
    fn read_artifacts(self: &Arc<Self>, sender: &Sender) -> Option<Receiver<Reading>> {
        if self.options.is_none() || self.artifacts.patterns.is_empty() {
            return None;
        }
        let (reading, receiver) = mpsc::channel();
        let read = {
            let (events, detected) = (Arc::clone(self), sender.detected());
            // If the main thread no longer waits, the process is about to end.
            move |reading: Sent<Reading>| {
                let exit_code = events.read(detected.clone(), &mut |created| {
                    let _ = reading.send(Reading::Created(created));
                });
                let _ = reading.send(Reading::Ended(exit_code));
            }
        };
        let on_thread = {
            let (read, reading) = (read.clone(), reading.clone());
            move || read(reading)
        };
        if thread::Builder::new().spawn(on_thread).is_err() {
            // The receiver is below.
            read(reading);
        }
        Some(receiver)
    }

    /// Reads the artifacts. An error costs the events of all that are not read yet.
    pub(crate) fn read(&self, detected: Detected, on_created: &mut dyn FnMut(Vec<Event>)) -> ExitCode {
        let failed = if self.is_fatal { ExitCode::Error } else { ExitCode::Success };
        let Some(options) = &self.options else { return failed };
        let mut console = self.console();
        let session = Session::new(self.settings.clone(), &self.system, &mut console);
        let read = caught(|| {
            let mut sender = Sender::new(session, detected, self.flags);
            Created::read(&self.artifacts, options, self.is_fatal, &mut sender, &mut |events, _| {
                on_created(events);
                Ok(())
            })
        });
        self.log_error(read).unwrap_or(failed)
    }

    /// A console that prints when the output is released.
    pub(crate) fn console(&self) -> Console {
        Console { annotates: self.annotates, ..self.output.console(self.settings.general.log) }
    }

    /// Logs an error that must not end the command.
    pub(crate) fn log_error<T>(&self, result: Result<T>) -> Option<T> {
        result.inspect_err(|error| self.console().error(&format!("{error:#}"))).ok()
    }
}
