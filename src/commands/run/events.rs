//! The events of the command: `triggered` while it runs, `created` and `finished` after it.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use jiff::Timestamp;

use super::held_output::HeldOutput;
use super::panics::caught;
use crate::ci::BuildStatus;
use crate::cli::SendFlags;
use crate::delivery::{Deliveries, TimeLimit};
use crate::event::{Event, EventDetails};
use crate::exit_code::ExitCode;
use crate::report::Console;
use crate::session::{Detected, Sender, Session, Step, artifacts, kept_builds, patterns};
use crate::settings::{ArtifactOptions, ParentRun, Settings};
use crate::system::System;

/// How often to look whether the build was canceled.
const CANCEL_INTERVAL: Duration = Duration::from_millis(100);

/// The events of one command, and everything that they are made from.
pub(super) struct Events {
    settings: Settings,
    /// `None` if they contain a mistake.
    options: Option<ArtifactOptions>,
    artifacts: Vec<PathBuf>,
    flags: SendFlags,
    /// The run, where no CI names it.
    run: Option<ParentRun>,
    system: System,
    output: HeldOutput,
    time: TimeLimit,
}

/// The end of the command.
pub(super) struct End {
    status: BuildStatus,
    time: Timestamp,
    /// The same moment, for deadlines.
    instant: Instant,
}

/// Events that are being sent.
struct Sending<'a> {
    sender: Sender<'a>,
    deliveries: Deliveries,
    events: Vec<Event>,
}

impl Sending<'_> {
    /// Starts to send events, each to an endpoint behind what is under way there.
    fn start(&mut self, events: Vec<Event>, deadline: Option<Instant>) -> Result<()> {
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

impl Events {
    /// A mistake in the artifact options is reported. It costs their event, not the others.
    pub(super) fn new(
        settings: Settings,
        artifacts: &[PathBuf],
        flags: SendFlags,
        system: &System,
        console: &mut Console,
    ) -> Self {
        let options = match ArtifactOptions::read_for_builds(settings.raw()) {
            Ok(options) => Some(options),
            Err(_) if artifacts.is_empty() => None,
            Err(error) => {
                console.error(&format!("{error}; build.created will not be sent"));
                None
            }
        };
        Self {
            options,
            artifacts: artifacts.to_owned(),
            flags,
            run: new_run(&settings, system),
            settings,
            system: system.clone(),
            output: HeldOutput::default(),
            time: TimeLimit::default(),
        }
    }

    /// The settings that they are sent with.
    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The run, where no CI names it.
    pub(super) fn run(&self) -> Option<&ParentRun> {
        self.run.as_ref()
    }

    /// Leaves little time for what has not been sent.
    pub(super) fn cancel(&self) {
        self.time.cancel();
    }

    /// A command that ends now. `None` if the system has no usable clock.
    pub(super) fn end(&self, status: BuildStatus) -> Option<End> {
        let time = caught(|| Ok(self.system.now())).ok()?;
        Some(End { status, time, instant: Instant::now() })
    }

    /// A dry run: prints the events of a command that succeeds.
    pub(super) fn show(&self, console: &mut Console) -> Result<ExitCode> {
        let mut sender = self.sender(console)?;
        let triggered = sender.triggered(self.system.now())?;
        sender.send(&[triggered])?;
        sender.session.console.notice("dry run: not running the command; showing a successful result");
        let finished = sender.event(EventDetails::Finished(BuildStatus::Success))?;
        sender.send(&[finished])
    }

    /// Sends all events of a command that started at this time: `triggered` at once, the others when it has
    /// ended. What there is to print waits for that too. Neither an error nor a panic costs more than its
    /// event.
    pub(super) fn send(self: &Arc<Self>, started_at: Timestamp, end: &Receiver<End>) {
        let mut console = self.console();
        let announced = caught(|| self.announce(started_at, &mut console));
        let Ok(end) = end.recv() else { return };
        self.output.release();
        let mut console = self.console();
        let sending = announced.or_else(|error| {
            self.log_error::<()>(Err(error));
            caught(|| self.begin(&mut console))
        });
        let finished = sending.and_then(|sending| caught(|| self.finish(sending, started_at, &end)));
        self.log_error(finished);
    }

    fn begin<'a>(&'a self, console: &'a mut Console) -> Result<Sending<'a>> {
        let sender = self.sender(console)?;
        let deliveries = sender.deliveries()?;
        Ok(Sending { sender, deliveries, events: Vec::new() })
    }

    fn announce<'a>(&'a self, started_at: Timestamp, console: &'a mut Console) -> Result<Sending<'a>> {
        let mut sending = self.begin(console)?;
        let started = caught(|| {
            let triggered = sending.sender.triggered(started_at)?;
            sending.start(vec![triggered], None)
        });
        self.log_error(started);
        Ok(sending)
    }

    /// Sends `created`, if the command succeeded, and `finished`. `created` comes first unless it takes too
    /// long to read the artifacts.
    fn finish(self: &Arc<Self>, mut sending: Sending, started_at: Timestamp, end: &End) -> Result<()> {
        self.time.work_ended(end.instant);
        let limit = self.settings.general.deadline;
        let mut finished = sending.sender.event_at(EventDetails::Finished(end.status), end.time)?;
        Arc::make_mut(&mut finished.source).started_at.get_or_insert(started_at);
        let reading =
            if end.status == BuildStatus::Success { self.read_artifacts(&sending.sender) } else { None };
        // Without artifacts, `triggered` and `finished` share the time.
        let mut deadline = end.instant + limit;
        let mut is_late = false;
        if let Some(builds) = &reading {
            match self.wait_for(builds) {
                Some(created) => {
                    self.time.others_follow(true);
                    self.log_error(caught(|| sending.send(created, Instant::now() + limit)));
                    self.time.others_follow(false);
                }
                None => is_late = true,
            }
            deadline = Instant::now() + limit;
        }
        self.log_error(caught(|| sending.send(vec![finished], deadline)));
        if let Some(builds) = reading.filter(|_| is_late) {
            self.send_late(&builds, &mut sending);
        }
        let Sending { mut sender, deliveries, events } = sending;
        sender.finish(&events, deliveries).map(drop)
    }

    /// Sends `created` after `finished`.
    fn send_late(&self, builds: &Receiver<Vec<Event>>, sending: &mut Sending) {
        let created = loop {
            match builds.recv_timeout(CANCEL_INTERVAL) {
                Ok(created) => break created,
                Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) if self.time.is_canceled() => {
                    let console = &mut *sending.sender.session.console;
                    console.warning("canceled while the artifacts were read; build.created is not sent");
                    return;
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        };
        let deadline = Instant::now() + self.settings.general.deadline;
        self.log_error(caught(|| sending.send(created, deadline)));
    }

    /// Starts to read the artifacts, if there are any, on a thread. It sends the events of their builds.
    fn read_artifacts(self: &Arc<Self>, sender: &Sender) -> Option<Receiver<Vec<Event>>> {
        let options = self.options.clone().filter(|_| !self.artifacts.is_empty())?;
        let (builds, receiver) = mpsc::channel();
        let detected = sender.detected();
        let on_thread = {
            let (events, options, detected, builds) =
                (Arc::clone(self), options.clone(), detected.clone(), builds.clone());
            // If the main thread no longer waits, the process is about to end.
            move || drop(builds.send(events.read(&options, detected)))
        };
        if thread::Builder::new().spawn(on_thread).is_err() {
            // The receiver is below.
            let _ = builds.send(self.read(&options, detected));
        }
        Some(receiver)
    }

    fn read(&self, options: &ArtifactOptions, detected: Detected) -> Vec<Event> {
        let mut console = self.console();
        let session = Session::new(self.settings.clone(), &self.system, &mut console);
        let created = caught(|| self.create(options, &mut Sender::new(session, detected, self.flags)));
        self.log_error(created).unwrap_or_default()
    }

    /// The events of the artifacts' builds, which are kept. A pattern without a match costs no other
    /// artifact.
    fn create(&self, options: &ArtifactOptions, sender: &mut Sender) -> Result<Vec<Event>> {
        let (mut files, mut warnings) = (Vec::new(), Vec::new());
        let rules = sender.session.file_rules();
        for (index, pattern) in self.artifacts.iter().enumerate() {
            if patterns::excluded(pattern).is_some() {
                continue;
            }
            // Each with those behind it that leave files out, so that one without a match costs no other.
            let excluded = self.artifacts[index..].iter().filter(|name| patterns::excluded(name).is_some());
            let names: Vec<PathBuf> = [pattern].into_iter().chain(excluded).cloned().collect();
            match patterns::find(&names, &self.system.folder, &rules, &mut warnings) {
                Ok(found) => files.extend(found),
                Err(error) => sender.session.console.warning(&format!("{error:#}")),
            }
        }
        sender.session.console.warnings(&warnings);
        files.sort();
        files.dedup();
        if files.is_empty() {
            return Ok(Vec::new());
        }
        let (builds, errors) = artifacts::builds(options, &files, sender)?;
        errors.iter().for_each(|error| sender.session.console.warning(&format!("{error:#}")));
        let events = sender.created(builds)?;
        kept_builds::keep(&events, sender);
        Ok(events)
    }

    /// `None` if reading the artifacts takes longer than the deadline, or than a build that was canceled may
    /// take.
    fn wait_for(&self, receiver: &Receiver<Vec<Event>>) -> Option<Vec<Event>> {
        let start = Instant::now();
        loop {
            match receiver.recv_timeout(CANCEL_INTERVAL) {
                Ok(events) => return Some(events),
                Err(RecvTimeoutError::Disconnected) => return Some(Vec::new()),
                Err(RecvTimeoutError::Timeout) => {}
            }
            if start.elapsed() > self.settings.general.deadline || self.time.is_canceled() {
                return None;
            }
        }
    }

    fn sender<'a>(&'a self, console: &'a mut Console) -> Result<Sender<'a>> {
        let mut session = Session::new(self.settings.clone(), &self.system, console);
        session.time = self.time.clone();
        self.run.iter().for_each(|run| session.choose_run(run.id.clone()));
        session.into_sender(Step::Starts, self.flags)
    }

    fn console(&self) -> Console {
        self.output.console(self.settings.general.log)
    }

    /// Logs an error that must not end the build.
    fn log_error<T>(&self, result: Result<T>) -> Option<T> {
        result.inspect_err(|error| self.console().error(&format!("{error:#}"))).ok()
    }
}

/// The run that this one is a part of, or a new one. Without randomness there is none, and there will be no events either.
fn new_run(settings: &Settings, system: &System) -> Option<ParentRun> {
    let new = || {
        let id = caught(|| Ok(system.new_id(system.now())?.to_string())).ok()?;
        Some(ParentRun { id, folder: system.folder.clone() })
    };
    settings.parent_run.clone().or_else(new)
}
