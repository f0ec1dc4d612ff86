//! The events of the command: `triggered` while it runs, `created` and `finished` after it.

use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use jiff::Timestamp;

use super::held_output::HeldOutput;
use super::panics::caught;
use crate::ci::BuildStatus;
use crate::cli::SendFlags;
use crate::delivery::{Interrupt, Report};
use crate::event::{Event, EventDetails};
use crate::exit_code::ExitCode;
use crate::report::Console;
use crate::session::{Sender, Session, Step, artifacts, kept_builds, patterns};
use crate::settings::{ArtifactOptions, ParentRun, Settings};
use crate::system::System;

/// How long `triggered` may still take once the build was cancelled. `finished` has to follow.
const TRIGGERED_TIME_LEFT: Duration = Duration::from_millis(500);
/// How long `finished` may take at least, however long the events before it took.
const MIN_TIME: Duration = Duration::from_secs(2);
/// How often to look whether the build was cancelled.
const INTERRUPT_INTERVAL: Duration = Duration::from_millis(100);

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
    interrupt: Interrupt,
}

/// The end of the command.
pub(super) struct End {
    status: BuildStatus,
    time: Timestamp,
    /// The same moment, for deadlines.
    instant: Instant,
}

/// `triggered` after it was sent.
struct Announced<'a> {
    sender: Sender<'a>,
    triggered: Event,
    sent: Result<Report>,
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
            interrupt: Interrupt::default(),
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
    pub(super) fn interrupt(&self) {
        self.interrupt.trigger();
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
    pub(super) fn send(&self, started_at: Timestamp, end: &Receiver<End>) {
        let mut console = self.console();
        let announced = caught(|| self.announce(started_at, &mut console));
        let Ok(end) = end.recv() else { return };
        self.output.release();
        let mut console = self.console();
        let sender = match announced {
            Ok(Announced { mut sender, triggered, sent }) => {
                let report = caught(|| sender.report_posted(&[triggered], sent?));
                self.log_error(report);
                Ok(sender)
            }
            Err(error) => {
                self.log_error::<()>(Err(error));
                caught(|| self.sender(&mut console))
            }
        };
        let finished = sender.and_then(|mut sender| caught(|| self.finish(&mut sender, started_at, &end)));
        self.log_error(finished);
    }

    fn announce<'a>(&'a self, started_at: Timestamp, console: &'a mut Console) -> Result<Announced<'a>> {
        let mut sender = self.sender(console)?;
        sender.session.interrupt = self.interrupt.with_time_left(TRIGGERED_TIME_LEFT);
        let triggered = sender.triggered(started_at)?;
        let sent = caught(|| sender.post(std::slice::from_ref(&triggered)));
        sender.session.interrupt = self.interrupt.clone();
        Ok(Announced { sender, triggered, sent })
    }

    /// Sends `created`, if the command succeeded, and `finished`. `created` comes first unless it takes too
    /// long to read the artifacts.
    fn finish(&self, sender: &mut Sender, started_at: Timestamp, end: &End) -> Result<()> {
        let mut finished = sender.event_at(EventDetails::Finished(end.status), end.time)?;
        finished.source.started_at.get_or_insert(started_at);
        let finished = [finished];
        let options = self.options.as_ref().filter(|_| !self.artifacts.is_empty());
        let Some(options) = options.filter(|_| end.status == BuildStatus::Success) else {
            let spent = end.instant.elapsed();
            let limit = self.settings.general.deadline;
            sender.session.settings.general.deadline = limit.saturating_sub(spent).max(limit.min(MIN_TIME));
            return sender.send(&finished).map(drop);
        };
        let (builds, receiver) = mpsc::channel();
        let detected = sender.detected();
        let read = || {
            let mut console = self.console();
            let session = Session::new(self.settings.clone(), &self.system, &mut console);
            let mut sender = Sender::new(session, detected.clone(), self.flags);
            let created = caught(|| self.create(options, &mut sender));
            // If the main thread no longer waits, the process is about to end.
            let _ = builds.send(self.log_error(created).unwrap_or_default());
        };
        thread::scope(|scope| {
            if thread::Builder::new().spawn_scoped(scope, read).is_err() {
                read();
            }
            let Some(mut events) = self.wait_for(&receiver) else {
                let sent = sender.send(&finished);
                self.log_error(sent);
                return sender.send(&receiver.recv()?).map(drop);
            };
            let mut report = Report::default();
            for events in [&events[..], &finished].into_iter().filter(|events| !events.is_empty()) {
                let sent = caught(|| sender.post(events));
                let sent = self.log_error(sent).unwrap_or_default();
                report.outcomes.extend(sent.outcomes);
                report.warnings.extend(sent.warnings);
            }
            events.extend(finished);
            sender.report_posted(&events, report).map(drop)
        })
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

    /// `None` if reading the artifacts takes longer than the deadline, or than a build that was cancelled may
    /// take.
    fn wait_for(&self, receiver: &Receiver<Vec<Event>>) -> Option<Vec<Event>> {
        let start = Instant::now();
        loop {
            match receiver.recv_timeout(INTERRUPT_INTERVAL) {
                Ok(events) => return Some(events),
                Err(RecvTimeoutError::Disconnected) => return Some(Vec::new()),
                Err(RecvTimeoutError::Timeout) => {}
            }
            if start.elapsed() > self.settings.general.deadline || self.interrupt.is_triggered() {
                return None;
            }
        }
    }

    fn sender<'a>(&'a self, console: &'a mut Console) -> Result<Sender<'a>> {
        let mut session = Session::new(self.settings.clone(), &self.system, console);
        session.interrupt = self.interrupt.clone();
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
