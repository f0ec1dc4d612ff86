//! The events at the end of a build: `created` for its artifacts if it succeeded, and `finished`, which waits for them one
//! deadline at most.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
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
    /// Sends `created`, if the build succeeded, and `finished`. `created` comes first unless it takes too long to read the
    /// artifacts. Neither an error nor a panic costs more than its event. The build ended at `end`.
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
        let mut exit_code = ExitCode::Success;
        let mut is_late = false;
        if let Some(builds) = &reading {
            match self.wait_for(builds) {
                Some(created) => {
                    exit_code = created.exit_code;
                    self.time.others_follow(true);
                    self.log_error(caught(|| sending.send(created.events, Instant::now() + limit)));
                    self.time.others_follow(false);
                }
                None => is_late = true,
            }
            deadline = Instant::now() + limit;
        }
        self.log_error(caught(|| sending.send(vec![finished], deadline)));
        if let Some(builds) = reading.filter(|_| is_late) {
            exit_code = self.send_late(&builds, &mut sending);
        }
        let Sending { mut sender, deliveries, events } = sending;
        Ok(sender.finish(&events, deliveries)?.or(exit_code))
    }

    /// Sends `created` after `finished`.
    fn send_late(&self, builds: &Receiver<Created>, sending: &mut Sending) -> ExitCode {
        let created = loop {
            match builds.recv_timeout(CANCEL_INTERVAL) {
                Ok(created) => break created,
                Err(RecvTimeoutError::Disconnected) => return ExitCode::Error,
                Err(RecvTimeoutError::Timeout) if self.time.is_canceled() => {
                    let console = &mut *sending.sender.session.console;
                    console.warning("canceled while the artifacts were read; build.created is not sent");
                    return ExitCode::Success;
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        };
        let deadline = Instant::now() + self.settings.general.deadline;
        self.log_error(caught(|| sending.send(created.events, deadline)));
        created.exit_code
    }

    /// Starts to read the artifacts, if there are any, on a thread. It sends the events of their builds.
    fn read_artifacts(self: &Arc<Self>, sender: &Sender) -> Option<Receiver<Created>> {
        if self.options.is_none() || self.artifacts.patterns.is_empty() {
            return None;
        }
        let (builds, receiver) = mpsc::channel();
        let detected = sender.detected();
        let on_thread = {
            let (events, detected, builds) = (Arc::clone(self), detected.clone(), builds.clone());
            // If the main thread no longer waits, the process is about to end.
            move || drop(builds.send(events.read(detected)))
        };
        if thread::Builder::new().spawn(on_thread).is_err() {
            // The receiver is below.
            let _ = builds.send(self.read(detected));
        }
        Some(receiver)
    }

    /// Reads the artifacts. An error costs the events of all of them.
    pub(crate) fn read(&self, detected: Detected) -> Created {
        let exit_code = if self.is_fatal { ExitCode::Error } else { ExitCode::Success };
        let none = Created { events: Vec::new(), exit_code };
        let Some(options) = &self.options else { return none };
        let mut console = self.console();
        let session = Session::new(self.settings.clone(), &self.system, &mut console);
        let created = caught(|| {
            let mut sender = Sender::new(session, detected, self.flags);
            Created::read(&self.artifacts, options, self.is_fatal, &mut sender)
        });
        self.log_error(created).unwrap_or(none)
    }

    /// `None` if reading the artifacts takes longer than the deadline, or than a build that was canceled may take.
    fn wait_for(&self, receiver: &Receiver<Created>) -> Option<Created> {
        let start = Instant::now();
        loop {
            match receiver.recv_timeout(CANCEL_INTERVAL) {
                Ok(created) => return Some(created),
                Err(RecvTimeoutError::Disconnected) => {
                    return Some(Created { events: Vec::new(), exit_code: ExitCode::Error });
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
            if start.elapsed() > self.settings.general.deadline || self.time.is_canceled() {
                return None;
            }
        }
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
