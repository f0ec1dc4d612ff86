//! Makes events of the detected build and sends them.

use std::sync::Arc;
use std::time::Instant;

use anyhow::Result;
use jiff::Timestamp;

use super::deliver::Delivered;
use super::job_table::{self, Place};
use super::kept::{self, Kind};
use super::kept_builds::{Changes, Found};
use super::outputs::Outputs;
use super::summary::summary;
use super::{Session, Step, run_id};
use crate::ci::{self, BuildStatus, Context, GitQuestions};
use crate::cli::SendFlags;
use crate::delivery::{Deliveries, Outcome};
use crate::event::{Build, Event, EventDetails, EventSource};
use crate::exit_code::ExitCode;
use crate::format;
use crate::ids::{Ids, Scope};
use crate::settings::{Endpoint, Settings};
use crate::state::{Access, StateFolder};

/// A session that sends events of the detected build.
pub(crate) struct Sender<'a> {
    pub(crate) session: Session<'a>,
    pub(crate) context: Context,
    pub(crate) ids: Ids,
    pub(crate) state: StateFolder,
    /// When the build started, if that is known.
    started_at: Option<Timestamp>,
    flags: SendFlags,
    place: Place,
    /// Whether an event could not be written for an endpoint.
    pub(super) is_incomplete: bool,
    /// The outputs of the step so far.
    outputs: Outputs,
}

/// The build that events are about, and the folder that its state is kept in.
#[derive(Debug, Clone)]
pub(crate) struct Detected {
    context: Context,
    ids: Ids,
    state: StateFolder,
}

impl Detected {
    /// A build that was not detected but made.
    pub(crate) fn new(context: Context, ids: Ids, state: StateFolder) -> Self {
        Self { context, ids, state }
    }
}

impl<'a> Session<'a> {
    /// Detects the build. Fails if no endpoint is configured.
    pub(crate) fn into_sender(mut self, step: Step, flags: SendFlags) -> Result<Sender<'a>> {
        self.settings.require_endpoints()?;
        self.report_disabled_endpoints();
        if self.settings.endpoints.iter().any(|endpoint| endpoint.url.is_https()) {
            self.trust.prepare();
        }
        let general = &self.settings.general;
        let is_strict = |endpoint: &Endpoint| endpoint.is_strict(general);
        // Only the events of a build's start and end contain a commit's message, and none contains its author.
        let questions = GitQuestions {
            limit: general.deadline,
            message: matches!(step, Step::Starts | Step::Ends)
                && !self.settings.endpoints.iter().all(is_strict),
            author: false,
        };
        let overrides = std::mem::take(&mut self.settings.overrides);
        // Below `run`, outside of CIs, the build is that of the folder of `run`.
        let mut system = self.system.clone();
        if let Some(parent) = &self.settings.parent_run {
            system.folder.clone_from(&parent.folder);
        }
        let detection = ci::detect(&system, overrides, &questions);
        self.console.warnings(&detection.warnings);
        let mut context = detection.context;
        // A dry run leaves no trace.
        let access = if flags.dry_run { Access::Existing } else { Access::Write };
        let state = self.locate_state(&context, access);
        run_id::complete(&mut context, step, &mut self, &state, !flags.dry_run)?;
        let ids = Ids::new(&context, self.settings.general.scope, &self.settings.ids);
        let mut sender = Sender::new(self, Detected { context, ids, state }, flags);
        if step == Step::Ends {
            sender.place = Place::AtTheEnd;
        }
        Ok(sender)
    }

    /// Lists the endpoints that an empty URL disables.
    pub(crate) fn report_disabled_endpoints(&mut self) {
        if self.is_last_step {
            return;
        }
        let cause = match self.settings.action_event {
            Some(_) => " (pull requests from forks have no secrets)",
            None => "",
        };
        for reason in &self.settings.empty_urls {
            self.console.skipped(&format!("{reason}; this endpoint is disabled{cause}"));
        }
        if let (Some(origin), true) = (&self.settings.empty_config, self.settings.endpoints.is_empty()) {
            self.console.notice(&format!("{origin} is empty; no endpoint is configured"));
        }
    }
}

impl<'a> Sender<'a> {
    /// A sender for a build that was detected before.
    pub(crate) fn new(session: Session<'a>, detected: Detected, flags: SendFlags) -> Self {
        let Detected { context, ids, state } = detected;
        let started_at = reported_start(&context, &session).or_else(|| {
            let saved = kept::find(Kind::Start, &ids.build_slug, &session.settings, &state, session.console);
            serde_json::from_str(&saved?).ok()
        });
        let place = Place::Within;
        let outputs = Outputs::default();
        Self { session, context, ids, state, started_at, flags, place, is_incomplete: false, outputs }
    }
}

impl Sender<'_> {
    /// Whether the command only shows what it would do.
    pub(crate) fn is_dry_run(&self) -> bool {
        self.flags.dry_run
    }

    /// The build, for another sender.
    pub(crate) fn detected(&self) -> Detected {
        Detected { context: self.context.clone(), ids: self.ids.clone(), state: self.state.clone() }
    }

    /// Logs that the artifacts of a build with this result are not sent.
    pub(crate) fn report_unsent_artifacts(&mut self, status: BuildStatus) {
        let what = if status == BuildStatus::Failed { "failed" } else { "was aborted" };
        self.session.console.notice(&format!("artifacts are not sent, because the job {what}"));
    }

    /// An event that happens now.
    pub(crate) fn event(&self, details: EventDetails) -> Result<Event> {
        self.event_at(details, self.session.system.now())
    }

    /// An event that happened at this time.
    pub(crate) fn event_at(&self, details: EventDetails, time: Timestamp) -> Result<Event> {
        Ok(Event::new(self.session.system, time, Arc::new(self.source()), details)?)
    }

    /// The events of builds that are created now. Each build is rendered here, once.
    pub(crate) fn created(&self, builds: Vec<Build>) -> Result<Vec<Event>> {
        let source = Arc::new(self.source());
        let event = |build| {
            let time = self.session.system.now();
            let sent = format::render_build(&build, &source, time)?;
            let details = EventDetails::Created { build: Box::new(build), sent };
            Ok(Event::new(self.session.system, time, Arc::clone(&source), details)?)
        };
        builds.into_iter().map(event).collect()
    }

    /// The event of a build that starts at this time, unless the CI reports its start, or an earlier step did. The time is kept for
    /// later events, but not by a dry run.
    pub(crate) fn triggered(&mut self, time: Timestamp) -> Result<Event> {
        if self.started_at.is_none() {
            self.started_at = Some(time);
            self.save_start(time);
        }
        if !self.flags.dry_run {
            job_table::begin(self, time);
        }
        self.event_at(EventDetails::Triggered, time)
    }

    fn save_start(&mut self, time: Timestamp) {
        if self.flags.dry_run {
            return;
        }
        let Self { session, state, ids, .. } = self;
        if let Err(error) = kept::keep(Kind::Start, &ids.build_slug, &time, &session.settings, state) {
            session.console.debug(&format!("cannot save the start time in {}: {error}", state.display()));
        }
    }

    /// Sends the events to every endpoint that wants them, all at once and within one deadline, and reports
    /// the outcomes.
    pub(crate) fn send(&mut self, events: &[Event]) -> Result<ExitCode> {
        self.send_with(events, None)
    }

    /// Sends events that change builds, one after the other, and makes their changes when they are recorded. A dry run makes none.
    pub(crate) fn send_promotion(&mut self, events: &[Event], found: Found) -> Result<ExitCode> {
        let has_endpoints = !self.session.settings.endpoints.is_empty();
        let changes = has_endpoints.then(|| found.changes(events, self));
        self.session.in_order = true;
        self.send_with(events, changes)
    }

    fn send_with(&mut self, events: &[Event], changes: Option<Changes>) -> Result<ExitCode> {
        let requests = self.all_requests(events)?;
        let state = &self.state;
        let recorded =
            |settings: &Settings| changes.map(|changes| changes.make(settings, state)).unwrap_or_default();
        let delivered = self.session.deliver(requests, state, self.flags, recorded)?;
        let exit_code = self.report(events, &delivered)?;
        Ok(if self.is_incomplete && exit_code == ExitCode::Success { ExitCode::Error } else { exit_code })
    }

    /// Sends events that happened to no build: they leave no record, no file and no table, so that nothing resends or lists them.
    pub(crate) fn send_unrecorded(&mut self, events: &[Event]) -> Result<ExitCode> {
        let requests = self.all_requests(events)?;
        if self.flags.dry_run {
            let none = StateFolder::none();
            return Ok(self.session.deliver(requests, &none, self.flags, |_| Vec::new())?.exit_code);
        }
        let (outcomes, exit_code) = self.session.deliver_unrecorded(requests)?;
        self.print_summaries(events, &outcomes)?;
        Ok(exit_code)
    }

    /// Deliveries to which events can be added.
    pub(crate) fn deliveries(&self) -> Result<Deliveries> {
        self.session.deliveries(&self.state)
    }

    /// Records the events and starts to send them, those to an endpoint behind what is under way there.
    /// All must end by the deadline, if there is one.
    pub(crate) fn start(
        &mut self,
        events: &[Event],
        deliveries: &mut Deliveries,
        deadline: Option<Instant>,
    ) -> Result<()> {
        let requests = self.all_requests(events)?;
        self.session.start(requests, deliveries, deadline);
        Ok(())
    }

    /// Waits until what was started has ended, or until the deadline.
    pub(crate) fn wait(&mut self, deliveries: &mut Deliveries) {
        self.session.wait(deliveries);
    }

    /// Reports what became of all events of a build that has ended.
    pub(crate) fn finish(&mut self, events: &[Event], deliveries: Deliveries) -> Result<ExitCode> {
        let delivered = self.session.report(deliveries.finish(), &self.state);
        self.place = Place::AtTheEnd;
        self.report(events, &delivered)
    }

    /// Writes the summary, sets the outputs of the step and prints JSON if the user wants it. A dry run has no outcomes.
    fn report(&mut self, events: &[Event], delivered: &Delivered) -> Result<ExitCode> {
        if self.flags.dry_run {
            return Ok(delivered.exit_code);
        }
        job_table::write(&delivered.outcomes, self.place, self);
        let Self { outputs, state, session, .. } = self;
        outputs.add(events, &delivered.outcomes, state, session.system, session.console)?;
        self.print_summaries(events, &delivered.outcomes)?;
        Ok(delivered.exit_code)
    }

    /// Prints what became of each event if the user wants JSON.
    fn print_summaries(&mut self, events: &[Event], outcomes: &[Outcome]) -> Result<()> {
        let events = events.iter().filter(|_| self.flags.json);
        for event in events {
            let summary = summary(event, outcomes);
            self.session.console.print_json(&serde_json::to_string(&summary)?);
        }
        Ok(())
    }

    fn source(&self) -> EventSource {
        EventSource {
            context: self.context.clone(),
            ids: self.ids.clone(),
            started_at: self.started_at,
            fields: self.session.settings.general.fields.clone().unwrap_or_default().values,
            jobs: None,
        }
    }
}

/// When the build started, as the CI reports it, which is the same on every machine.
fn reported_start(context: &Context, session: &Session) -> Option<Timestamp> {
    match session.settings.general.scope {
        Scope::Run => context.run.started_at(),
        Scope::Job => context.job.started_at(),
    }
}
