//! `redeliver`: what was sent, or should have been, once more, with the same ids and the same bytes.

use anyhow::Result;
use jiff::Timestamp;

use crate::ci;
use crate::cli::RedeliverFlags;
use crate::delivery::{DeliveryStatus, Record, Records, Request};
use crate::exit_code::ExitCode;
use crate::report::Console;
use crate::session::sending::Sending;
use crate::settings::{Mistake, Settings};
use crate::state::StateFolder;
use crate::system::System;

/// The most deliveries that are under way at once; each such number has the deadline for itself.
const AT_ONCE: usize = 50;

/// Where it goes and by which secret it is signed, today's configuration says.
pub(super) fn redeliver(
    which: &RedeliverFlags,
    settings: &Settings,
    system: &System,
    console: &mut Console,
) -> Result<ExitCode> {
    settings.require_endpoints()?;
    let state = state_folder(settings, system);
    let records = Records::new(&state);
    let sending =
        Sending { settings, state: &state, system, is_dry_run: which.dry_run, shows_signatures: false };
    let (mut count, mut exit) = (0, ExitCode::Success);
    for records_of_batch in select(which, &records, system, console)?.chunks(AT_ONCE) {
        let mut requests = Vec::new();
        for record in records_of_batch {
            match request(record, which, settings, &records, console) {
                Ok(found) => requests.extend(found),
                Err(error) => {
                    console.error(&format!("{}: {error:#}", record.id));
                    exit = ExitCode::Error;
                }
            }
        }
        if requests.is_empty() {
            continue;
        }
        count += requests.len();
        let sent = sending.send(requests, console)?;
        if sent.exit != ExitCode::Success {
            exit = sent.exit;
        }
        if which.json {
            for outcome in &sent.outcomes {
                console.print_json(&serde_json::to_string(outcome)?);
            }
        }
    }
    if count == 0 && exit == ExitCode::Success {
        console.notice("there is nothing to send again");
    }
    Ok(exit)
}

/// The state folder, found without asking git.
pub(super) fn state_folder(settings: &Settings, system: &System) -> StateFolder {
    let context = ci::from_environment(system, settings.overrides.clone()).context;
    StateFolder::locate(settings.general.state_dir.as_deref(), context.workspace.as_ref(), system)
}

/// The deliveries that are meant, the oldest first.
fn select(
    which: &RedeliverFlags,
    records: &Records,
    system: &System,
    console: &mut Console,
) -> Result<Vec<Record>> {
    if which.ids.is_empty() && !which.failed {
        return Err(Mistake::NoDeliveries.into());
    }
    let mut selected = Vec::new();
    for id in &which.ids {
        selected.push(records.find(id)?);
    }
    if which.failed {
        let since = which.since.as_deref().map(|text| since(text, system.now())).transpose()?;
        let mut warnings = Vec::new();
        let all = records.all(&mut warnings);
        for warning in warnings {
            console.warning(&warning);
        }
        let is_meant = |record: &Record| {
            record.status != DeliveryStatus::Delivered
                && since.is_none_or(|since| {
                    record.created_at.parse::<Timestamp>().is_ok_and(|time| time >= since)
                })
        };
        selected.extend(all.into_iter().rev().filter(is_meant));
    }
    if let Some(name) = &which.endpoint {
        selected.retain(|record| record.endpoint == *name);
    }
    selected.sort_by(|one, other| one.id.cmp(&other.id));
    selected.dedup_by(|one, other| one.id == other.id);
    Ok(selected)
}

/// The request for a record, if it can go out now. What is on its way by another process is left to it. An error is this
/// record's alone: it cannot be locked, or is gone by now.
fn request(
    record: &Record,
    which: &RedeliverFlags,
    settings: &Settings,
    records: &Records,
    console: &mut Console,
) -> Result<Option<Request>> {
    let (id, name) = (&record.id, &record.endpoint);
    let Some(endpoint) = settings.endpoints.iter().find(|endpoint| endpoint.name == *name) else {
        console.warning(&format!("{id}: no endpoint is called {name} now; configure it to send this again"));
        return Ok(None);
    };
    if !endpoint.active {
        console.notice(&format!("{id}: {name} is not active"));
        return Ok(None);
    }
    let Some(lock) = records.lock(id)? else {
        console.notice(&format!("{id}: another process sends it right now"));
        return Ok(None);
    };
    // It may have been delivered between the look at it and the lock.
    let record = records.read(id)?;
    if record.status == DeliveryStatus::Delivered
        && !which.ids.iter().any(|named| id.contains(named.as_str()))
    {
        return Ok(None);
    }
    Ok(Some(Request::from_record(record, lock, endpoint.clone())))
}

/// A time, or how long ago it was: `2025-11-17T19:00:00Z`, `90m`, `12h`, `2d`.
fn since(text: &str, now: Timestamp) -> Result<Timestamp, Mistake> {
    if let Ok(time) = text.parse() {
        return Ok(time);
    }
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => 0,
    };
    let ago = number.parse::<u32>().ok().filter(|_| seconds > 0).map(|number| i64::from(number) * seconds);
    let time = ago.and_then(|ago| Timestamp::from_second(now.as_second() - ago).ok());
    time.ok_or_else(|| Mistake::BadValue {
        origin: "--since".to_owned(),
        found: Some(text.to_owned()),
        expected: "a time such as 2025-11-17T19:00:00Z, or how long ago it was, such as 90m, 12h or 2d"
            .to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::since;

    #[test]
    fn a_time_may_be_given_as_how_long_ago_it_was() {
        let now = "2025-11-17T19:10:53Z".parse().unwrap();
        for (text, expected) in [
            ("2025-11-17T19:00:00Z", Some("2025-11-17T19:00:00Z")),
            ("53s", Some("2025-11-17T19:10:00Z")),
            ("10m", Some("2025-11-17T19:00:53Z")),
            ("1h", Some("2025-11-17T18:10:53Z")),
            ("2d", Some("2025-11-15T19:10:53Z")),
            ("2w", None),
            ("", None),
            ("d", None),
            ("é", None),
        ] {
            assert_eq!(since(text, now).ok().map(|time| time.to_string()).as_deref(), expected, "{text}");
        }
    }
}
