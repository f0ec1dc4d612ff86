//! Which deliveries to resend.

use anyhow::Result;
use jiff::Timestamp;

use super::super::since::parse_since;
use super::not_resent::NotResent;
use super::saved_log;
use crate::cli::RedeliverFlags;
use crate::delivery::{DeliveryStatus, Record, Records};
use crate::report::Console;
use crate::session::Session;
use crate::settings::{Endpoint, Mistake};

/// Older deliveries are resent only by their id: a seal does not prove that they still have to be sent.
const MAX_AGE_DAYS: i64 = 3;

/// The selected deliveries, oldest first.
pub(super) fn select(
    flags: &RedeliverFlags,
    target: Option<&Endpoint>,
    records: &Records,
    session: &mut Session,
    not_resent: &mut NotResent,
) -> Result<Vec<Record>> {
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
        let is_elsewhere =
            |record: &Record| target.is_some_and(|target| is_delivered_to(target, record, &all));
        let elsewhere: Vec<bool> = all.iter().map(is_elsewhere).collect();
        let all =
            all.into_iter().zip(elsewhere).filter(|(_, elsewhere)| !elsewhere).map(|(record, _)| record);
        let all = all.filter(|record| since.is_none_or(|since| record.created_at >= since));
        selected.extend(recent(all.collect(), system.now(), console, not_resent));
    }
    if let Some(path) = &flags.from {
        let logged =
            saved_log::records(path, records, target, &settings.endpoints, system, console, not_resent)?;
        selected.extend(recent(logged, system.now(), console, not_resent));
    }
    if let Some(name) = &flags.endpoint {
        selected.retain(|record| record.endpoint == *name);
    }
    // Ids are UUIDv7, so their order is that of time.
    selected.sort_by(|one, other| one.id.cmp(&other.id));
    selected.dedup_by(|one, other| one.id == other.id);
    Ok(selected)
}

/// Whether the event of a record was delivered to another endpoint too, by an earlier `--to`.
fn is_delivered_to(target: &Endpoint, record: &Record, all: &[Record]) -> bool {
    let is_same = |other: &Record| other.event_id == record.event_id && other.endpoint == target.name;
    record.endpoint != target.name
        && all.iter().any(|other| is_same(other) && other.status == DeliveryStatus::Delivered)
}

/// Those that were not delivered, without those that are too old.
fn recent(
    mut records: Vec<Record>,
    now: Timestamp,
    console: &mut Console,
    not_resent: &mut NotResent,
) -> Vec<Record> {
    records.retain(|record| record.status != DeliveryStatus::Delivered);
    let oldest = now.as_second() - MAX_AGE_DAYS * 86_400;
    let (recent, old): (Vec<Record>, Vec<Record>) =
        records.into_iter().partition(|record| record.created_at.as_second() >= oldest);
    if !old.is_empty() {
        console.notice(&format!(
            "deliveries older than {MAX_AGE_DAYS} days not resent: {}; pass their ids to resend them",
            old.len()
        ));
        not_resent.add_reported(old.len(), false);
    }
    recent
}
