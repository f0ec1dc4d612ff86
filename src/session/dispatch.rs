//! The part of the way that all sending commands share: from an event to its outcomes.

use anyhow::Result;
use jiff::Timestamp;
use serde::Serialize;

use super::sending::Sending;
use crate::ci::{self, Context};
use crate::cli::SendFlags;
use crate::delivery::{Outcome, Request};
use crate::event::{Build, Event, EventDetails, EventSource};
use crate::exit_code::ExitCode;
use crate::format::{self, Strictness};
use crate::ids::{Ids, Scope};
use crate::report::{CiLog, Console};
use crate::sent_build::SentBuild;
use crate::settings::Settings;
use crate::state::StateFolder;
use crate::system::System;

/// All that is needed to send the events of a build.
pub(crate) struct Dispatch<'a> {
    pub(crate) settings: Settings,
    pub(crate) context: Context,
    pub(crate) ids: Ids,
    pub(crate) state: StateFolder,
    pub(crate) system: &'a System,
    send: SendFlags,
}

/// What `--json` prints for an event.
#[derive(Serialize)]
struct Summary<'a> {
    event: &'static str,
    id: String,
    app_slug: &'a str,
    build_slug: &'a str,
    /// The build that the event brings, in Buildstash's form.
    #[serde(skip_serializing_if = "Option::is_none")]
    build: Option<&'a SentBuild>,
    delivered: usize,
    failed: usize,
    deliveries: Vec<&'a Outcome>,
}

impl<'a> Dispatch<'a> {
    /// Finds out what the build is. Refused if no endpoint is configured.
    pub(crate) fn prepare(
        mut settings: Settings,
        default_scope: Scope,
        send: SendFlags,
        system: &'a System,
        console: &mut Console,
    ) -> Result<Self> {
        settings.require_endpoints()?;
        for origin in &settings.empty_urls {
            console.notice(&format!("{origin} is empty; this endpoint is disabled"));
        }
        let detection = ci::detect(system, std::mem::take(&mut settings.overrides));
        for warning in &detection.warnings {
            console.warning(warning);
        }
        let context = detection.context;
        let ids = Ids::new(&context, settings.general.scope.unwrap_or(default_scope), &settings.ids);
        let state =
            StateFolder::locate(settings.general.state_dir.as_deref(), context.workspace.as_ref(), system);
        Ok(Self { settings, context, ids, state, system, send })
    }

    /// An event that happens now.
    pub(crate) fn event(&self, details: EventDetails) -> Result<Event> {
        let time = self.system.now();
        Ok(Event { id: self.system.new_id(time)?, time, source: self.event_source(), details })
    }

    /// An event for a build that is created now. It is rendered here and nowhere else.
    pub(crate) fn created(&self, build: Build) -> Result<Event> {
        let (time, source) = (self.system.now(), self.event_source());
        let sent = format::render_build(&build, &source, time)?;
        let details = EventDetails::Created { build: Box::new(build), sent };
        Ok(Event { id: self.system.new_id(time)?, time, source, details })
    }

    fn event_source(&self) -> EventSource {
        EventSource { context: self.context.clone(), ids: self.ids.clone(), started_at: self.started_at() }
    }

    /// Remembers that the build starts now. Without it, its duration counts from the start of job or run.
    pub(crate) fn save_start(&self, event: &Event, console: &mut Console) {
        if self.send.dry_run {
            return;
        }
        if let Err(error) = self.state.save_start(&self.ids.build_slug, event.time) {
            console
                .debug(&format!("the start is not remembered in {}: {error}", self.state.path().display()));
        }
    }

    /// When the build started: its `build/triggered` if it was sent from this state folder, else what the CI says.
    fn started_at(&self) -> Option<Timestamp> {
        let remembered = self.state.load_start(&self.ids.build_slug);
        remembered.or_else(|| self.context.run.started_at())
    }

    /// Sends the events, all at once and within one deadline, to every endpoint that wants them, and tells what
    /// came of it.
    pub(crate) fn send(&self, events: &[Event], console: &mut Console) -> Result<ExitCode> {
        let mut requests = Vec::new();
        for event in events {
            requests.extend(self.requests(event, console)?);
        }
        if requests.is_empty() && self.settings.empty_urls.is_empty() {
            console.notice("no endpoint wants this event: nothing is sent");
        }
        let sending = Sending {
            settings: &self.settings,
            state: &self.state,
            system: self.system,
            is_dry_run: self.send.dry_run,
            shows_signatures: self.send.show_signatures,
        };
        let sent = sending.send(requests, console)?;
        if self.send.dry_run {
            return Ok(sent.exit);
        }
        self.set_outputs(events, &sent.outcomes, console)?;
        if self.send.json {
            for event in events {
                console.print_json(&self.summary(event, &sent.outcomes)?);
            }
        }
        Ok(sent.exit)
    }

    /// Tells later steps of the job what was sent, where the CI has a way for that.
    fn set_outputs(&self, events: &[Event], outcomes: &[Outcome], console: &mut Console) -> Result<()> {
        let delivered = outcomes.iter().filter(|outcome| outcome.is_delivered()).count();
        let lines = |texts: Vec<String>| texts.join("\n");
        let builds: Vec<&SentBuild> = events.iter().filter_map(Event::sent_build).collect();
        let ids = builds.iter().map(|build| build.id().to_owned()).collect();
        let json = builds.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
        let mut values = vec![
            ("event-id", lines(events.iter().map(|event| event.id.to_string()).collect())),
            ("delivered", delivered.to_string()),
            ("failed", (outcomes.len() - delivered).to_string()),
            ("state-dir", self.state.path().display().to_string()),
        ];
        if !builds.is_empty() {
            values.push(("build-id", lines(ids)));
            values.push(("build", lines(json)));
        }
        let delimiter = format!("buildhook-{}", self.system.new_id(self.system.now())?);
        CiLog::detect(self.system).outputs(&values, &delimiter, console);
        Ok(())
    }

    /// A request for each endpoint that wants the event.
    fn requests(&self, event: &Event, console: &mut Console) -> Result<Vec<Request>> {
        let strictness = if self.settings.general.strict { Strictness::Strict } else { Strictness::Extended };
        let mut requests = Vec::new();
        for endpoint in &self.settings.endpoints {
            let name = event.name_for(endpoint.only_stream.as_deref(), endpoint.only_label.as_deref());
            let wanted = name.filter(|name| endpoint.active && endpoint.events.matches(*name));
            let Some(name) = wanted else {
                console.debug(&format!("{} does not want this event", endpoint.name));
                continue;
            };
            let payload = format::render(event, name, endpoint.format, strictness)?;
            let delivery_id = self.system.new_id(self.system.now())?.to_string();
            requests.push(Request::new(delivery_id, event, payload, endpoint.clone()));
        }
        Ok(requests)
    }

    /// Whether nothing is to be sent and nothing to be written.
    pub(crate) fn is_dry_run(&self) -> bool {
        self.send.dry_run
    }

    /// Whether stdout is for JSON alone.
    pub(crate) fn prints_json(&self) -> bool {
        self.send.json
    }

    /// What `--json` prints for an event.
    fn summary(&self, event: &Event, outcomes: &[Outcome]) -> Result<String> {
        let id = event.id.to_string();
        let deliveries: Vec<&Outcome> = outcomes.iter().filter(|outcome| outcome.event_id == id).collect();
        let delivered = deliveries.iter().filter(|outcome| outcome.is_delivered()).count();
        let summary = Summary {
            event: event.name().as_str(),
            app_slug: &self.ids.app_slug,
            build_slug: &self.ids.build_slug,
            build: event.sent_build(),
            delivered,
            failed: deliveries.len() - delivered,
            deliveries,
            id,
        };
        Ok(serde_json::to_string(&summary)?)
    }
}
