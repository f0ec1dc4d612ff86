//! `deliveries`: what was sent, and with what result.

use anyhow::Result;

use super::deliveries_page;
use super::since::parse_since;
use crate::cli::{DeliveriesAction, ListFlags};
use crate::delivery::{DeliveryStatus, Record, Records, describe_event};
use crate::exit_code::ExitCode;
use crate::report::{Color, Table, date_time, human_duration, write_delivery_details};
use crate::session::Session;
use crate::settings::Mistake;

pub(super) fn deliveries(action: DeliveriesAction, mut session: Session) -> Result<ExitCode> {
    let records = Records::new(&session.state_folder());
    match action {
        DeliveriesAction::List(flags) => list(&records, &flags, &mut session)?,
        DeliveriesAction::Show { id, json } => {
            let record = records.read(&records.find(&id)?, &session.settings.endpoints)?;
            show(&record, json, &mut session)?;
        }
        DeliveriesAction::Page { file, open } => {
            deliveries_page::write(&records, file.as_deref(), open, &mut session)?
        }
    }
    Ok(ExitCode::Success)
}

fn list(records: &Records, flags: &ListFlags, session: &mut Session) -> Result<()> {
    if flags.limit == 0 {
        let (origin, expected) = ("--limit".to_owned(), "1 or more".to_owned());
        return Err(Mistake::BadValue { origin, found: Some("0".to_owned()), expected }.into());
    }
    let mut warnings = Vec::new();
    let since = flags.since.as_deref().map(|text| parse_since(text, session.system.now())).transpose()?;
    let has_name = |wanted: &Option<String>, name: &str| wanted.as_ref().is_none_or(|wanted| wanted == name);
    let is_wanted = |record: &Record| {
        !(flags.failed && record.status == DeliveryStatus::Delivered)
            && has_name(&flags.endpoint, &record.endpoint)
            && has_name(&flags.event, &record.event)
            && since.is_none_or(|since| record.created_at >= since)
    };
    let endpoints = &session.settings.endpoints;
    let (newest, older) = records.newest(flags.limit, &is_wanted, endpoints, &mut warnings);
    let console = &mut session.console;
    console.warnings(&warnings);
    if flags.json {
        console.print_json(&serde_json::to_string_pretty(&newest)?);
    } else if newest.is_empty() {
        let such = if has_filter(flags) { "such " } else { "" };
        console.notice(&no_deliveries(such, records));
    } else {
        let table = table(&newest, session.system.use_color());
        console.print_with(|out| table.write(out));
        if older > 0 && newest.len() == flags.limit {
            let searched = if has_filter(flags) { "searched" } else { "shown" };
            console.notice(&format!("older deliveries not {searched}: {older}; raise --limit"));
        }
    }
    Ok(())
}

/// The message if no deliveries are found. `such` is empty, or `such ` if only some were searched for.
pub(super) fn no_deliveries(such: &str, records: &Records) -> String {
    match records.are_kept() {
        true => format!("no {such}deliveries in {}", records.display()),
        false => {
            "no deliveries: there is no folder that only you can write, and no BUILDHOOK_STATE_DIR".to_owned()
        }
    }
}

fn has_filter(flags: &ListFlags) -> bool {
    flags.failed || flags.endpoint.is_some() || flags.event.is_some() || flags.since.is_some()
}

fn show(record: &Record, json: bool, session: &mut Session) -> Result<()> {
    if json {
        session.console.print_json(&serde_json::to_string_pretty(record)?);
    } else {
        session.console.print_with(|out| write_delivery_details(record, out));
    }
    Ok(())
}

fn table(records: &[Record], use_color: bool) -> Table {
    let mut table = Table::new(&["ID", "STARTED", "EVENT", "ENDPOINT", "STATUS", "CODE", "ATTEMPTS", "TOOK"]);
    for record in records {
        let started = date_time(record.created_at);
        let code = record.response_code.map_or_else(|| "-".to_owned(), |code| code.to_string());
        let took = record.took().map_or_else(|| "-".to_owned(), human_duration);
        let color = match record.status {
            DeliveryStatus::Delivered => Color::Green,
            DeliveryStatus::Failed => Color::Red,
            DeliveryStatus::Pending => Color::Yellow,
        };
        let status = match record.origin.mark() {
            "" => record.status.as_str().to_owned(),
            mark => format!("{}, {mark}", record.status.as_str()),
        };
        let attempts = record.delivery_attempts.to_string();
        let event = describe_event(&record.event, record.subject.as_deref());
        table.row(&[record.short_id(), &started, &event, &record.endpoint, &status, &code, &attempts, &took]);
        if use_color {
            table.paint(4, color);
        }
    }
    table
}
