//! `redeliver`: resends recorded deliveries with the same ids and body. URL and secret come from the current
//! configuration.

mod not_resent;
mod saved_log;
mod select;
mod silent_endpoints;

use std::sync::Arc;

use anyhow::Result;

use crate::cli::{RedeliverFlags, SendFlags};
use crate::delivery::{DeliveryStatus, Origin, Record, Records, Request};
use crate::exit_code::ExitCode;
use crate::session::Session;
use crate::settings::{Endpoint, Mistake};
use crate::state::Access;
use not_resent::{NotResent, Reason};
use select::select;
use silent_endpoints::SilentEndpoints;

/// The most deliveries to resend at once. Each batch has the whole deadline, and each delivery a lock, which is an open
/// file.
const BATCH_SIZE: usize = 20;

pub(super) fn redeliver(flags: &RedeliverFlags, mut session: Session) -> Result<ExitCode> {
    session.settings.require_endpoints()?;
    let target = flags.to.as_deref().map(|name| target(name, &session)).transpose()?;
    // Records in a log are stored.
    let access = if flags.from.is_some() { Access::Write } else { Access::Existing };
    let state = session.state_folder_for(access);
    let records = Records::new(&state);
    let send = SendFlags { dry_run: flags.dry_run, json: flags.json, show_signatures: false };
    let (mut count, mut exit_code, mut not_resent) = (0, ExitCode::Success, NotResent::default());
    let mut silent = SilentEndpoints::default();
    let mut all_outcomes = Vec::new();
    // Events arrive in the order in which they happened.
    session.in_order = true;
    let selected = select(flags, target.as_ref(), &records, &mut session, &mut not_resent)?;
    for batch in selected.chunks(BATCH_SIZE) {
        let mut requests = Vec::new();
        for record in batch {
            if silent.skips(target.as_ref().map_or(&record.endpoint, |target| &target.name)) {
                continue;
            }
            match request(record, target.as_ref(), flags, &records, &session, &mut not_resent) {
                Ok(request) => requests.extend(request),
                Err(error) => {
                    session.console.error(&format!("delivery {}: {error:#}", record.id));
                    exit_code = ExitCode::Error;
                    not_resent.add_reported(1, true);
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
    not_resent.report(session.console);
    for (name, count) in silent.skipped() {
        session
            .console
            .warning(&format!("{name} does not answer; not resent to it: {count} other deliveries"));
        not_resent.add_reported(count, true);
    }
    let has_ids = !flags.ids.is_empty();
    // Anyone may have written some of what is in the folder or the log, but not the ids.
    let is_failure = not_resent.has_failure && (has_ids || count == 0);
    if is_failure && session.settings.general.fail_on_error {
        exit_code = exit_code.or(ExitCode::Undelivered);
    }
    if count == 0 && not_resent.count == 0 {
        session.console.notice("nothing to resend");
    } else if not_resent.count > 0 && !has_ids && !flags.dry_run {
        let delivered = all_outcomes.iter().filter(|outcome| outcome.is_delivered()).count();
        let failed = match count - delivered {
            0 => String::new(),
            failed => format!("; failed again {failed}"),
        };
        session.console.notice(&format!("resent {delivered}{failed}; not resent {}", not_resent.count));
    }
    Ok(exit_code)
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

/// The request for a record. `None` if it must not be sent now, for example because another process is sending it; those
/// that must not be sent are added to `not_resent`.
fn request(
    record: &Record,
    target: Option<&Endpoint>,
    flags: &RedeliverFlags,
    records: &Records,
    session: &Session,
    not_resent: &mut NotResent,
) -> Result<Option<Request>> {
    let settings = &session.settings;
    let (id, name) = (&record.id, &record.endpoint);
    let by_name = || settings.endpoints.iter().find(|endpoint| endpoint.name == *name);
    let Some(endpoint) = target.or_else(by_name) else {
        not_resent.add(record, name, Reason::NoEndpoint);
        return Ok(None);
    };
    if !endpoint.active {
        not_resent.add(record, &endpoint.name, Reason::Disabled);
        return Ok(None);
    }
    let Some(lock) = records.lock(id)? else {
        not_resent.add(record, name, Reason::BeingSent);
        return Ok(None);
    };
    // Read again: another process may have delivered it before it was locked here.
    let Some((head, status)) = records.open(id, endpoint, &settings.endpoints)? else {
        let is_before_secret = record.origin == Origin::BeforeSecret;
        let reason = if is_before_secret { Reason::BeforeSecret } else { Reason::OtherSecret };
        not_resent.add(record, name, reason);
        return Ok(None);
    };
    if records.is_being_sent(&head) {
        not_resent.add(record, name, Reason::BeingSent);
        return Ok(None);
    }
    let is_requested_by_id = flags.ids.iter().any(|part| id.contains(part.as_str()));
    if status == DeliveryStatus::Delivered && !is_requested_by_id {
        return Ok(None);
    }
    let endpoint = Arc::new(endpoint.clone());
    if endpoint.name != head.endpoint {
        let delivery_id = session.system.new_id(session.system.now())?.to_string();
        return Ok(Some(Request::redirect(&head, &delivery_id, endpoint)));
    }
    Ok(Some(Request::resend(&head, lock, endpoint)))
}
