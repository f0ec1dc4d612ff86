//! `redeliver`: resends recorded deliveries with the same ids and body. URL and secret come from the current
//! configuration.

mod since;

use anyhow::Result;

use crate::cli::{RedeliverFlags, SendFlags};
use crate::delivery::{DeliveryStatus, Record, Records, Request};
use crate::exit_code::ExitCode;
use crate::session::Session;
use crate::settings::Mistake;
use since::parse_since;

/// The most deliveries to resend at once. Each batch has the whole deadline.
const BATCH_SIZE: usize = 50;

pub(super) fn redeliver(flags: &RedeliverFlags, mut session: Session) -> Result<ExitCode> {
    session.settings.require_endpoints()?;
    let state = session.state_folder();
    let records = Records::new(&state);
    let send = SendFlags { dry_run: flags.dry_run, json: flags.json, show_signatures: false };
    let (mut count, mut exit_code) = (0, ExitCode::Success);
    for batch in select(flags, &records, &mut session)?.chunks(BATCH_SIZE) {
        let mut requests = Vec::new();
        for record in batch {
            match request(record, flags, &records, &mut session) {
                Ok(request) => requests.extend(request),
                Err(error) => {
                    session.console.error(&format!("{}: {error:#}", record.id));
                    exit_code = ExitCode::Error;
                }
            }
        }
        if requests.is_empty() {
            continue;
        }
        count += requests.len();
        let delivered = session.deliver(requests, &state, send)?;
        if delivered.exit_code != ExitCode::Success {
            exit_code = delivered.exit_code;
        }
        if flags.json {
            for outcome in &delivered.outcomes {
                session.console.print_json(&serde_json::to_string(outcome)?);
            }
        }
    }
    if count == 0 && exit_code == ExitCode::Success {
        session.console.notice("nothing to resend");
    }
    Ok(exit_code)
}

/// The selected deliveries, oldest first.
fn select(flags: &RedeliverFlags, records: &Records, session: &mut Session) -> Result<Vec<Record>> {
    if flags.ids.is_empty() && !flags.failed {
        return Err(Mistake::NoDeliveries.into());
    }
    let mut selected = flags.ids.iter().map(|id| records.find(id)).collect::<Result<Vec<_>>>()?;
    if flags.failed {
        let since = flags.since.as_deref().map(|text| parse_since(text, session.system.now())).transpose()?;
        let is_selected = |record: &Record| {
            record.status != DeliveryStatus::Delivered && since.is_none_or(|since| record.created_at >= since)
        };
        selected.extend(session.all_records(records).into_iter().filter(is_selected));
    }
    if let Some(name) = &flags.endpoint {
        selected.retain(|record| record.endpoint == *name);
    }
    // Ids are UUIDv7, so their order is that of time.
    selected.sort_by(|one, other| one.id.cmp(&other.id));
    selected.dedup_by(|one, other| one.id == other.id);
    Ok(selected)
}

/// The request for a record. `None` if it must not be sent now, for example because another process is sending it.
fn request(
    record: &Record,
    flags: &RedeliverFlags,
    records: &Records,
    session: &mut Session,
) -> Result<Option<Request>> {
    let Session { settings, console, .. } = session;
    let (id, name) = (&record.id, &record.endpoint);
    let Some(endpoint) = settings.endpoints.iter().find(|endpoint| endpoint.name == *name) else {
        console.warning(&format!("{id}: no endpoint is named {name}; configure it to resend this delivery"));
        return Ok(None);
    };
    if !endpoint.active {
        console.notice(&format!("{id}: endpoint {name} is disabled"));
        return Ok(None);
    }
    let Some(lock) = records.lock(id)? else {
        console.notice(&format!("{id}: already being sent by another process"));
        return Ok(None);
    };
    // Another process may have delivered it before it was locked here.
    let record = records.read(id)?;
    let is_requested_by_id = flags.ids.iter().any(|part| id.contains(part.as_str()));
    if record.status == DeliveryStatus::Delivered && !is_requested_by_id {
        return Ok(None);
    }
    Ok(Some(Request::from_record(record, lock, endpoint.clone())))
}
