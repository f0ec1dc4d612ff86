//! Makes events of the detected build and sends them.

use anyhow::Result;
use jiff::Timestamp;

use super::deliver::Delivered;
use super::kept::{self, Kind};
use super::summary::summary;
use super::{Session, outputs};
use crate::ci::{self, Context};
use crate::cli::SendFlags;
use crate::delivery::{Report, Request};
use crate::event::{Build, Event, EventDetails, EventSource};
use crate::event_name::EventName;
use crate::exit_code::ExitCode;
use crate::format::{self, Strictness};
use crate::ids::{Ids, Scope};
use crate::settings::Endpoint;
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
}

/// The build that events are about, and the folder that its state is kept in.
#[derive(Debug, Clone)]
pub(crate) struct Detected {
    context: Context,
    ids: Ids,
    state: StateFolder,
}

impl<'a> Session<'a> {
    /// Detects the build, whose scope is `default_scope` unless the user set one. Fails if no endpoint is
    /// configured.
    pub(crate) fn into_sender(mut self, default_scope: Scope, flags: SendFlags) -> Result<Sender<'a>> {
        self.settings.require_endpoints()?;
        self.report_disabled_endpoints();
        let detection = ci::detect(
            self.system,
            std::mem::take(&mut self.settings.overrides),
            self.settings.general.deadline,
        );
        self.console.warnings(&detection.warnings);
        let context = detection.context;
        let scope = self.settings.general.scope.unwrap_or(default_scope);
        let ids = Ids::new(&context, scope, &self.settings.ids);
        // A dry run leaves no trace.
        let access = if flags.dry_run { Access::Existing } else { Access::Write };
        let state = self.locate_state(&context, access);
        Ok(Sender::new(self, Detected { context, ids, state }, flags))
    }

    /// Lists the endpoints that an empty URL disables.
    pub(crate) fn report_disabled_endpoints(&mut self) {
        for reason in &self.settings.empty_urls {
            self.console.notice(&format!("{reason}; this endpoint is disabled"));
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
        let saved = kept::find(Kind::Start, &ids.build_slug, &session.settings, &state, session.console);
        let saved = saved.and_then(|json| serde_json::from_str(&json).ok());
        let started_at = saved.or_else(|| context.run.started_at());
        Self { session, context, ids, state, started_at, flags }
    }
}

impl Sender<'_> {
    /// The build, for another sender.
    pub(crate) fn detected(&self) -> Detected {
        Detected { context: self.context.clone(), ids: self.ids.clone(), state: self.state.clone() }
    }

    /// An event that happens now.
    pub(crate) fn event(&self, details: EventDetails) -> Result<Event> {
        self.event_at(details, self.session.system.now())
    }

    /// An event that happened at this time.
    pub(crate) fn event_at(&self, details: EventDetails, time: Timestamp) -> Result<Event> {
        let (system, source) = (self.session.system, self.source());
        Ok(Event { id: system.new_id(time)?, stream_id: system.new_id(time)?, time, source, details })
    }

    /// The events of builds that are created now. Each build is rendered here, once.
    pub(crate) fn created(&self, builds: Vec<Build>) -> Result<Vec<Event>> {
        let event = |build| {
            let (time, source) = (self.session.system.now(), self.source());
            let sent = format::render_build(&build, &source, time)?;
            let details = EventDetails::Created { build: Box::new(build), sent };
            let system = self.session.system;
            Ok(Event { id: system.new_id(time)?, stream_id: system.new_id(time)?, time, source, details })
        };
        builds.into_iter().map(event).collect()
    }

    /// Saves that the build started with this event, for the duration in later events. A dry run saves
    /// nothing.
    pub(crate) fn save_start(&mut self, event: &Event) {
        if self.flags.dry_run {
            return;
        }
        self.started_at = Some(event.time);
        let Self { session, state, ids, .. } = self;
        if let Err(error) = kept::keep(Kind::Start, &ids.build_slug, &event.time, &session.settings, state) {
            session.console.debug(&format!("cannot save the start time in {}: {error}", state.display()));
        }
    }

    /// Sends the events to every endpoint that wants them, all at once and within one deadline, and reports
    /// the outcomes.
    pub(crate) fn send(&mut self, events: &[Event]) -> Result<ExitCode> {
        let requests = self.all_requests(events)?;
        let delivered = self.session.deliver(requests, &self.state, self.flags)?;
        self.report(events, &delivered)
    }

    /// Sends the events and reports nothing about them. [`Sender::report_posted`] does that later.
    pub(crate) fn post(&mut self, events: &[Event]) -> Result<Report> {
        let requests = self.all_requests(events)?;
        self.session.post(requests, &self.state)
    }

    /// Reports the outcomes of events that [`Sender::post`] has sent.
    pub(crate) fn report_posted(&mut self, events: &[Event], report: Report) -> Result<ExitCode> {
        let delivered = self.session.report(report, &self.state);
        self.report(events, &delivered)
    }

    fn all_requests(&mut self, events: &[Event]) -> Result<Vec<Request>> {
        let mut requests = Vec::new();
        for event in events {
            requests.extend(self.requests(event)?);
        }
        if requests.is_empty() && self.session.settings.empty_urls.is_empty() {
            self.session.console.notice("no endpoint wants this event; nothing is sent");
        }
        Ok(requests)
    }

    /// Sets the outputs of the step and prints JSON if the user wants it. A dry run has no outcomes.
    fn report(&mut self, events: &[Event], delivered: &Delivered) -> Result<ExitCode> {
        if self.flags.dry_run {
            return Ok(delivered.exit_code);
        }
        outputs::set(events, &delivered.outcomes, &self.state, self.session.system, self.session.console)?;
        if self.flags.json {
            for event in events {
                let summary = summary(event, &delivered.outcomes);
                self.session.console.print_json(&serde_json::to_string(&summary)?);
            }
        }
        Ok(delivered.exit_code)
    }

    fn source(&self) -> EventSource {
        EventSource { context: self.context.clone(), ids: self.ids.clone(), started_at: self.started_at }
    }

    /// A request to each endpoint that wants the event.
    fn requests(&mut self, event: &Event) -> Result<Vec<Request>> {
        let Session { settings, system, console, .. } = &mut self.session;
        let strictness = if settings.general.strict { Strictness::Strict } else { Strictness::Extended };
        let mut requests = Vec::new();
        for endpoint in &settings.endpoints {
            let Some(name) = wanted_name(endpoint, event) else {
                console.debug(&format!("{} does not want this event", endpoint.name));
                continue;
            };
            let payload = format::render(event, name, endpoint.format, strictness)?;
            let delivery_id = system.new_id(system.now())?.to_string();
            requests.push(Request::new(delivery_id, event, payload, endpoint.clone(), system.now())?);
        }
        Ok(requests)
    }
}

/// The name under which the endpoint wants the event, if it does.
fn wanted_name(endpoint: &Endpoint, event: &Event) -> Option<EventName> {
    let name = event.name_for(endpoint.only_stream.as_deref(), endpoint.only_label.as_deref())?;
    let has_result = match &event.details {
        EventDetails::Finished(status) => endpoint.results.matches(*status),
        _ => true,
    };
    let is_wanted =
        endpoint.events.matches(name) && has_result && endpoint.branches.matches(&event.source.context);
    (endpoint.active && is_wanted).then_some(name)
}
