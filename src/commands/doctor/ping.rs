//! A `ping` for each active endpoint: a real delivery, made once and not recorded.

use std::sync::Arc;

use anyhow::Result;

use super::Findings;
use super::endpoint::Tested;
use super::rotation::Rotation;
use crate::ci::{Context, Sourced};
use crate::delivery::{Content, Outcome, Request};
use crate::event::{Event, EventDetails, EventSource};
use crate::event_name::EventName;
use crate::format::{self, Strictness};
use crate::ids::Ids;
use crate::report::human_millis;
use crate::session::Session;
use crate::settings::{Endpoint, Retries};

/// The answer to a ping.
pub(super) struct Ping {
    outcome: Outcome,
    /// If two secrets sign: which of them the receiver accepts.
    rotation: Option<Rotation>,
}

/// Pings the endpoints that were reached, those with two secrets that sign also with each of them alone. Adds a sentence for each
/// ping that was not accepted.
pub(super) fn ping(
    tested: &mut [Tested],
    context: &Context,
    session: &Session,
    findings: &mut Findings,
) -> Result<()> {
    let event = event(context, session)?;
    let reached: Vec<_> = tested.iter_mut().filter(|tested| tested.is_reached()).collect();
    let mut requests = Vec::new();
    for tested in &reached {
        for endpoint in signed_in_every_way(tested.endpoint) {
            requests.push(request(&event, endpoint, session)?);
        }
    }
    let mut outcomes = session.send_once(requests)?.into_iter();
    for tested in reached {
        let Some(outcome) = outcomes.next() else { break };
        let mut ping = Ping { outcome, rotation: None };
        if tested.endpoint.signs_with_both_secrets()
            && let (Some(current), Some(previous)) = (outcomes.next(), outcomes.next())
        {
            ping.rotation = Some(Rotation::new(&current, &previous));
        }
        ping.judge(&tested.endpoint.name, findings);
        tested.ping = Some(ping);
    }
    Ok(())
}

/// The endpoint as it is configured and, if two secrets sign, with each of them alone.
fn signed_in_every_way(endpoint: &Endpoint) -> Vec<Endpoint> {
    let once = Endpoint { retries: Some(Retries(0)), ..endpoint.clone() };
    let mut endpoints = vec![once.clone()];
    if endpoint.signs_with_both_secrets() {
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
    Ok(Event::new(system, system.now(), Arc::new(source), EventDetails::Ping)?)
}

fn request(event: &Event, endpoint: Endpoint, session: &Session) -> Result<Request> {
    let system = session.system;
    // Each is a separate event: a receiver drops repetitions.
    let event = Event { id: system.new_id(event.time)?, ..event.clone() };
    let strictness = Strictness::new(endpoint.is_strict(&session.settings.general));
    let payload = format::render(&event, EventName::Ping, endpoint.format, strictness)?;
    let content = Content::new(&event, payload, endpoint.encoding)?;
    let delivery_id = system.new_id(system.now())?.to_string();
    Ok(Request::new(&delivery_id, Arc::new(content), Arc::new(endpoint)))
}

impl Ping {
    /// Adds a sentence if the ping was not accepted, or if the receiver has the wrong secret.
    fn judge(&self, name: &str, findings: &mut Findings) {
        let advice = self.rotation.as_ref().and_then(Rotation::advice);
        match (&self.outcome.error, advice) {
            // That of the rotation explains it.
            (Some(_), Some(advice)) => findings.errors.push([name, ": ping: ", advice].concat()),
            (Some(error), None) => {
                findings.errors.push([name, ": ping: ", &self.with_advice(error)].concat());
            }
            (None, Some(advice)) => findings.warnings.push([name, ": ", advice].concat()),
            (None, None) => {}
        }
    }

    /// The error, and what else may explain this answer.
    fn with_advice(&self, error: &str) -> String {
        if !matches!(self.outcome.response_code, Some(400 | 404 | 405 | 422 | 501)) {
            return error.to_owned();
        }
        let stop = if error.ends_with(['?', '.']) { "" } else { "." };
        format!("{error}{stop} Some receivers also refuse events they do not know, such as `ping`")
    }

    /// Describes it. On the screen, its error follows the facts.
    pub(super) fn describe(&self, findings: &mut Findings) {
        let Findings { sheet, json, .. } = findings;
        let Outcome { response_code, duration_ms, response, error, .. } = &self.outcome;
        let code = response_code.map_or("no response".to_owned(), |code| code.to_string());
        sheet.fact("ping", &[&code, " in ", &human_millis(*duration_ms)]);
        let lines = response.as_deref().unwrap_or_default().lines();
        let first_line = lines.map(str::trim).find(|line| !line.is_empty());
        if let Some(line) = first_line {
            sheet.fact("answer", &[line]);
        }
        json.begin("ping");
        json.number("response_code", response_code.map(i64::from));
        json.number("duration_ms", Some(*duration_ms as i64));
        json.text("response", first_line);
        json.text("error", error.as_deref());
        match &self.rotation {
            Some(rotation) => rotation.describe(findings),
            None => json.null("rotation"),
        }
        findings.json.end();
    }
}
