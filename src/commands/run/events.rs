//! The events of the command: `triggered` while it runs, `created` and `finished` after it.

use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::Instant;

use anyhow::Result;
use jiff::Timestamp;

use crate::ci::BuildStatus;
use crate::cli::SendFlags;
use crate::delivery::TimeLimit;
use crate::event::EventDetails;
use crate::exit_code::ExitCode;
use crate::report::Console;
use crate::session::{Artifacts, FinalEvents, HeldOutput, Sender, Sending, Session, Step, caught};
use crate::settings::{ArtifactOptions, ParentRun, Settings};
use crate::system::System;

/// The events of one command, and everything that they are made from.
pub(super) struct Events {
    /// The run, where no CI names it.
    run: Option<ParentRun>,
    last: Arc<FinalEvents>,
}

/// The end of the command.
pub(super) struct End {
    status: BuildStatus,
    time: Timestamp,
    /// The same moment, for deadlines.
    instant: Instant,
}

impl Events {
    /// A mistake in the artifact options is reported. It costs their event, not the others.
    pub(super) fn new(
        settings: Settings,
        artifacts: Artifacts,
        flags: SendFlags,
        system: &System,
        console: &mut Console,
    ) -> Self {
        let options = match ArtifactOptions::read_for_builds(settings.raw()) {
            Ok(options) => Some(options),
            Err(_) if artifacts.patterns.is_empty() => None,
            Err(error) => {
                console.error(&format!("{error}; build.created will not be sent"));
                None
            }
        };
        Self {
            run: new_run(&settings, system),
            last: Arc::new(FinalEvents {
                settings,
                options,
                artifacts,
                is_fatal: false,
                flags,
                system: system.clone(),
                output: HeldOutput::default(),
                annotates: console.annotates,
                time: TimeLimit::default(),
            }),
        }
    }

    /// The settings that they are sent with.
    pub(super) fn settings(&self) -> &Settings {
        &self.last.settings
    }

    /// The run, where no CI names it.
    pub(super) fn run(&self) -> Option<&ParentRun> {
        self.run.as_ref()
    }

    /// Leaves little time for what has not been sent.
    pub(super) fn cancel(&self) {
        self.last.time.cancel();
    }

    /// A command that ends now. `None` if the system has no usable clock.
    pub(super) fn end(&self, status: BuildStatus) -> Option<End> {
        let time = caught(|| Ok(self.last.system.now())).ok()?;
        Some(End { status, time, instant: Instant::now() })
    }

    /// A dry run: prints the events of a command that succeeds.
    pub(super) fn show(&self, console: &mut Console) -> Result<ExitCode> {
        let mut sender = self.sender(console)?;
        let triggered = sender.triggered(self.last.system.now())?;
        sender.send(&[triggered])?;
        sender.session.console.notice("dry run: not running the command; showing a successful result");
        let finished = sender.event(EventDetails::Finished(BuildStatus::Success))?;
        sender.send(&[finished])
    }

    /// Sends all events of a command that started at this time: `triggered` at once, the others when it has
    /// ended. What there is to print waits for that too. Neither an error nor a panic costs more than its
    /// event.
    pub(super) fn send(&self, started_at: Timestamp, end: &Receiver<End>) {
        let last = &self.last;
        let mut console = last.console();
        let announced = caught(|| self.announce(started_at, &mut console));
        let Ok(end) = end.recv() else { return };
        last.output.release();
        let mut console = last.console();
        let sending = announced.or_else(|error| {
            last.log_error::<()>(Err(error));
            caught(|| self.begin(&mut console))
        });
        let finished = sending.and_then(|sending| caught(|| self.finish(sending, started_at, &end)));
        last.log_error(finished);
    }

    fn begin<'a>(&'a self, console: &'a mut Console) -> Result<Sending<'a>> {
        Sending::new(self.sender(console)?)
    }

    fn announce<'a>(&'a self, started_at: Timestamp, console: &'a mut Console) -> Result<Sending<'a>> {
        let mut sending = self.begin(console)?;
        let started = caught(|| {
            let triggered = sending.sender.triggered(started_at)?;
            sending.start(vec![triggered], None)
        });
        self.last.log_error(started);
        Ok(sending)
    }

    fn finish(&self, sending: Sending, started_at: Timestamp, end: &End) -> Result<()> {
        self.last.time.work_ended(end.instant);
        let mut finished = sending.sender.event_at(EventDetails::Finished(end.status), end.time)?;
        Arc::make_mut(&mut finished.source).started_at.get_or_insert(started_at);
        self.last.send(sending, finished, end.instant).map(drop)
    }

    fn sender<'a>(&'a self, console: &'a mut Console) -> Result<Sender<'a>> {
        let last = &self.last;
        let mut session = Session::new(last.settings.clone(), &last.system, console);
        session.time = last.time.clone();
        self.run.iter().for_each(|run| session.choose_run(run.id.clone()));
        session.into_sender(Step::Starts, last.flags)
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
