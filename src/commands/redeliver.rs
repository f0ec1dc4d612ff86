//! `redeliver`: resends recorded deliveries with the same ids and body. URL and secret come from the current
//! configuration.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Result;
use jiff::Timestamp;

use super::saved_log;
use super::since::parse_since;
use crate::cli::{RedeliverFlags, SendFlags};
use crate::delivery::{DeliveryStatus, Origin, Outcome, Record, Records, Request};
use crate::exit_code::ExitCode;
use crate::report::{Console, printable};
use crate::session::Session;
use crate::settings::{Endpoint, Mistake};
use crate::state::Access;

/// The most deliveries to resend at once. Each batch has the whole deadline, and each delivery a lock, which is an open
/// file.
const BATCH_SIZE: usize = 20;
/// Older deliveries are resent only by their id: a seal does not prove that they still have to be sent.
const MAX_AGE_DAYS: i64 = 3;
/// The most deliveries that are reported one by one as not sent.
const MAX_REFUSALS: usize = 10;

pub(super) fn redeliver(flags: &RedeliverFlags, mut session: Session) -> Result<ExitCode> {
    session.settings.require_endpoints()?;
    let target = flags.to.as_deref().map(|name| target(name, &session)).transpose()?;
    // Records in a log are stored.
    let access = if flags.from.is_some() { Access::Write } else { Access::Existing };
    let state = session.state_folder_for(access);
    let records = Records::new(&state);
    let send = SendFlags { dry_run: flags.dry_run, json: flags.json, show_signatures: false };
    let (mut count, mut exit_code, mut refusals) = (0, ExitCode::Success, Vec::new());
    let mut silent = SilentEndpoints::default();
    let mut all_outcomes = Vec::new();
    // Events arrive in the order in which they happened.
    session.in_order = true;
    for batch in select(flags, &records, &mut session)?.chunks(BATCH_SIZE) {
        let mut requests = Vec::new();
        for record in batch {
            if silent.skips(target.as_ref().map_or(&record.endpoint, |target| &target.name)) {
                continue;
            }
            match request(record, target.as_ref(), flags, &records, &mut session, &mut refusals) {
                Ok(request) => requests.extend(request),
                Err(error) => {
                    session.console.error(&format!("delivery {}: {error:#}", record.id));
                    exit_code = ExitCode::Error;
                }
            }
        }
        if requests.is_empty() {
            continue;
        }
        count += requests.len();
        let delivered = session.deliver(requests, &state, send, |_| Vec::new())?;
        if delivered.exit_code != ExitCode::Success {
            exit_code = delivered.exit_code;
        }
        silent.learn(&delivered.outcomes);
        all_outcomes.extend_from_slice(&delivered.outcomes);
        if flags.json {
            for outcome in &delivered.outcomes {
                session.console.print_json(&serde_json::to_string(outcome)?);
            }
        }
    }
    session.summarize(&all_outcomes);
    report(&refusals, &mut session);
    for (name, count) in silent.0.into_iter().filter(|(_, count)| *count > 0) {
        session
            .console
            .warning(&format!("{name} does not answer; not resent to it: {count} other deliveries"));
    }
    // Anyone may have written what `--failed` finds, but not the ids.
    let is_failure = !refusals.is_empty() && !flags.failed && session.settings.general.fail_on_error;
    if is_failure && exit_code == ExitCode::Success {
        exit_code = ExitCode::Undelivered;
    }
    if count == 0 && refusals.is_empty() && exit_code == ExitCode::Success {
        session.console.notice("nothing to resend");
    }
    Ok(exit_code)
}

/// The names of endpoints that have answered none of a batch, with the number of deliveries that were left out for this reason. Each
/// batch would take a whole deadline.
#[derive(Default)]
struct SilentEndpoints(BTreeMap<String, usize>);

impl SilentEndpoints {
    fn skips(&mut self, name: &str) -> bool {
        let count = self.0.get_mut(name);
        let is_silent = count.is_some();
        count.into_iter().for_each(|count| *count += 1);
        is_silent
    }

    fn learn(&mut self, outcomes: &[Outcome]) {
        for outcome in outcomes {
            let is_silent = outcomes
                .iter()
                .filter(|other| other.endpoint == outcome.endpoint)
                .all(|other| other.response_code.is_none() && other.error.is_some());
            if is_silent {
                self.0.entry(outcome.endpoint.to_string()).or_default();
            }
        }
    }
}

/// The endpoint that `--to` names.
fn target(name: &str, session: &Session) -> Result<Endpoint, Mistake> {
    let endpoints = &session.settings.endpoints;
    endpoints.iter().find(|endpoint| endpoint.name == name).cloned().ok_or_else(|| {
        let names: Vec<&str> = endpoints.iter().map(|endpoint| endpoint.name.as_str()).collect();
        Mistake::BadValue {
            origin: "--to".to_owned(),
            found: Some(name.to_owned()),
            expected: format!("the name of an endpoint: {}", names.join(", ")),
        }
    })
}

/// The selected deliveries, oldest first.
fn select(flags: &RedeliverFlags, records: &Records, session: &mut Session) -> Result<Vec<Record>> {
    if flags.ids.is_empty() && !flags.failed && flags.from.is_none() {
        return Err(Mistake::NoDeliveries.into());
    }
    let Session { settings, system, console, .. } = session;
    let mut selected = Vec::new();
    for part in &flags.ids {
        selected.push(records.read(&records.find(part)?, &settings.endpoints)?);
    }
    if flags.failed {
        let since = flags.since.as_deref().map(|text| parse_since(text, system.now())).transpose()?;
        let mut warnings = Vec::new();
        let all = records.all(&settings.endpoints, &mut warnings);
        console.warnings(&warnings);
        let all = all.into_iter().filter(|record| since.is_none_or(|since| record.created_at >= since));
        selected.extend(recent(all.collect(), system.now(), console));
    }
    if let Some(path) = &flags.from {
        let logged = saved_log::records(path, records, &settings.endpoints, system, console)?;
        selected.extend(recent(logged, system.now(), console));
    }
    if let Some(name) = &flags.endpoint {
        selected.retain(|record| record.endpoint == *name);
    }
    // Ids are UUIDv7, so their order is that of time.
    selected.sort_by(|one, other| one.id.cmp(&other.id));
    selected.dedup_by(|one, other| one.id == other.id);
    Ok(selected)
}

/// Those that were not delivered, without those that are too old.
fn recent(mut records: Vec<Record>, now: Timestamp, console: &mut Console) -> Vec<Record> {
    records.retain(|record| record.status != DeliveryStatus::Delivered);
    let oldest = now.as_second() - MAX_AGE_DAYS * 86_400;
    let (recent, old): (Vec<Record>, Vec<Record>) =
        records.into_iter().partition(|record| record.created_at.as_second() >= oldest);
    if !old.is_empty() {
        console.notice(&format!(
            "deliveries older than {MAX_AGE_DAYS} days not resent: {}; pass their ids to resend them",
            old.len()
        ));
    }
    recent
}

/// Warns about deliveries that must not be sent.
fn report(refusals: &[String], session: &mut Session) {
    let (shown, others) = refusals.split_at(refusals.len().min(MAX_REFUSALS));
    session.console.warnings(shown);
    if !others.is_empty() {
        session.console.warning(&format!("not sent for such reasons: {} other deliveries", others.len()));
    }
}

/// The request for a record. `None` if it must not be sent now, for example because another process is sending it; those
/// that must not be sent at all are refusals.
fn request(
    record: &Record,
    target: Option<&Endpoint>,
    flags: &RedeliverFlags,
    records: &Records,
    session: &mut Session,
    refusals: &mut Vec<String>,
) -> Result<Option<Request>> {
    let Session { settings, console, .. } = session;
    let (id, name) = (&record.id, &record.endpoint);
    let by_name = || settings.endpoints.iter().find(|endpoint| endpoint.name == *name);
    let Some(endpoint) = target.or_else(by_name) else {
        refusals.push(format!(
            "delivery {id}: no endpoint is named `{}`; configure it, or choose one with --to, to resend this delivery",
            printable(name)
        ));
        return Ok(None);
    };
    if !endpoint.active {
        console.notice(&format!("delivery {id}: endpoint {} is disabled", endpoint.name));
        return Ok(None);
    }
    let Some(lock) = records.lock(id)? else {
        console.notice(&format!("delivery {id}: already being sent by another process"));
        return Ok(None);
    };
    // Read again: another process may have delivered it before it was locked here.
    let Some((head, status)) = records.open(id, endpoint, &settings.endpoints)? else {
        refusals.push(format!("delivery {id}: not sent: {}", refusal(record.origin, endpoint)));
        return Ok(None);
    };
    if records.is_being_sent(&head) {
        console.notice(&format!("delivery {id}: already being sent by another process"));
        return Ok(None);
    }
    let is_requested_by_id = flags.ids.iter().any(|part| id.contains(part.as_str()));
    if status == DeliveryStatus::Delivered && !is_requested_by_id {
        return Ok(None);
    }
    Ok(Some(Request::resend(&head, lock, Arc::new(endpoint.clone()))))
}

/// Why a record may not be sent to an endpoint.
fn refusal(origin: Origin, endpoint: &Endpoint) -> String {
    if origin == Origin::BeforeSecret {
        return format!(
            "it was recorded before `{}` had a secret, so anyone could have written it",
            endpoint.name
        );
    }
    format!(
        "no secret of today sealed it; if the secret of `{}` was changed, set the old one as previous_secret",
        endpoint.name
    )
}
