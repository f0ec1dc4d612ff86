//! A `ping` for each active endpoint: a real delivery, made once and not recorded.

use std::sync::Arc;

use anyhow::Result;
use serde::Serialize;

use super::endpoint::EndpointReport;
use super::rotation::Rotation;
use crate::ci::{Context, Sourced};
use crate::delivery::{Content, Outcome, Request};
use crate::event::{Event, EventDetails, EventSource};
use crate::event_name::EventName;
use crate::format::{self, Strictness};
use crate::ids::Ids;
use crate::report::{FactSheet, human_millis};
use crate::session::Session;
use crate::settings::{Endpoint, Retries};

/// The answer to a ping.
#[derive(Serialize)]
pub(super) struct PingReport {
    pub(super) response_code: Option<u16>,
    pub(super) duration_ms: u64,
    /// The first line of the response's body.
    response: Option<String>,
    /// Why it was not accepted.
    pub(super) error: Option<String>,
    /// If the endpoint has two secrets: which of them the receiver takes.
    pub(super) rotation: Option<Rotation>,
}

/// Pings the endpoints that were reached, those with two secrets also with each of them alone. Returns a sentence for each ping that was
/// not accepted.
pub(super) fn ping(
    reports: &mut [EndpointReport],
    context: &Context,
    session: &Session,
    warnings: &mut Vec<String>,
) -> Result<Vec<String>> {
    let event = event(context, session)?;
    let pairs = session.settings.endpoints.iter().zip(reports);
    let reached: Vec<_> = pairs.filter(|(_, report)| report.is_reached()).collect();
    let mut requests = Vec::new();
    for (endpoint, _) in &reached {
        for endpoint in signed_in_every_way(endpoint) {
            requests.push(request(&event, endpoint, session)?);
        }
    }
    let mut outcomes = session.send_once(requests)?.into_iter();
    let mut errors = Vec::new();
    for (endpoint, report) in reached {
        let Some(outcome) = outcomes.next() else { break };
        let mut ping = PingReport::new(&outcome);
        if endpoint.previous_secret.is_some()
            && let (Some(current), Some(previous)) = (outcomes.next(), outcomes.next())
        {
            let rotation = Rotation::new(&current, &previous);
            warnings.extend(rotation.warning().map(|warning| format!("{}: {warning}", endpoint.name)));
            ping.rotation = Some(rotation);
        }
        if let Some(error) = &ping.error {
            errors.push(format!("{}: ping: {error}{}", endpoint.name, ping.advice()));
        }
        report.ping = Some(ping);
    }
    Ok(errors)
}

/// The endpoint as it is configured and, if it has two secrets, with each of them alone.
fn signed_in_every_way(endpoint: &Endpoint) -> Vec<Endpoint> {
    let once = Endpoint { retries: Some(Retries(0)), ..endpoint.clone() };
    let mut endpoints = vec![once.clone()];
    if endpoint.previous_secret.is_some() {
        let alone = |secret| Endpoint { secret, previous_secret: None, ..once.clone() };
        endpoints.extend([&endpoint.secret, &endpoint.previous_secret].map(|secret| alone(secret.clone())));
    }
    endpoints
}

fn event(context: &Context, session: &Session) -> Result<Event> {
    let (system, settings) = (session.system, &session.settings);
    let mut context = context.clone();
    if context.identity.run.is_none() {
        // No build has begun, so its ids must be those of no build.
        let run = system.new_id(system.now())?.to_string();
        context.identity.run = Some(Sourced::new(run, "random"));
    }
    let source = EventSource {
        ids: Ids::new(&context, settings.general.scope, &settings.ids),
        context,
        started_at: None,
        fields: settings.general.fields.clone().unwrap_or_default().values,
        jobs: None,
    };
    let time = system.now();
    let (id, stream_id) = (system.new_id(time)?, system.new_id(time)?);
    Ok(Event { id, stream_id, time, source: Arc::new(source), details: EventDetails::Ping })
}

fn request(event: &Event, endpoint: Endpoint, session: &Session) -> Result<Request> {
    let system = session.system;
    // Each is a separate event: a receiver drops repetitions.
    let event = Event { id: system.new_id(event.time)?, ..event.clone() };
    let is_strict = endpoint.strict.unwrap_or(session.settings.general.strict);
    let strictness = if is_strict { Strictness::Strict } else { Strictness::Extended };
    let payload = format::render(&event, EventName::Ping, endpoint.format, strictness)?;
    let content = Content::new(&event, payload, endpoint.encoding)?;
    let delivery_id = system.new_id(system.now())?.to_string();
    Ok(Request::new(&delivery_id, Arc::new(content), Arc::new(endpoint)))
}

impl PingReport {
    fn new(outcome: &Outcome) -> Self {
        let first_line =
            |text: &String| text.lines().map(str::trim).find(|line| !line.is_empty()).map(str::to_owned);
        Self {
            response_code: outcome.response_code,
            duration_ms: outcome.duration_ms,
            response: outcome.response.as_ref().and_then(first_line),
            error: outcome.error.clone(),
            rotation: None,
        }
    }

    /// What else may explain this answer.
    fn advice(&self) -> &'static str {
        match self.response_code {
            Some(400 | 404 | 405 | 422 | 501) => {
                ". Some receivers also refuse events they do not know, such as `ping`"
            }
            _ => "",
        }
    }

    pub(super) fn show(&self, sheet: &mut FactSheet) {
        let took = human_millis(self.duration_ms);
        match (&self.error, self.response_code) {
            (None, Some(code)) => sheet.fact("ping", &format!("{code} in {took}")),
            (Some(error), Some(_)) => sheet.fact("ping", &format!("{error} (in {took})")),
            (Some(error), None) => sheet.fact("ping", error),
            (None, None) => {}
        }
        if let Some(response) = &self.response {
            sheet.fact("answer", response);
        }
        if let Some(rotation) = &self.rotation {
            rotation.show(sheet);
        }
    }
}
