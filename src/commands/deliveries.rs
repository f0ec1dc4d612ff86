//! `deliveries`: what was sent, and with what result.

use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::{Context as _, Result};

use super::since::parse_since;
use crate::cli::{DeliveriesAction, ListFlags};
use crate::delivery::{DeliveryStatus, Record, Records, describe_event};
use crate::exit_code::ExitCode;
use crate::report::{Color, Table, date_time, human_duration, write_delivery_details, write_page};
use crate::session::Session;

/// Length of an id in the table: its last characters, by which a delivery can be named.
const SHORT_ID_LEN: usize = 12;

pub(super) fn deliveries(action: DeliveriesAction, mut session: Session) -> Result<ExitCode> {
    let records = Records::new(&session.state_folder());
    match action {
        DeliveriesAction::List(flags) => list(&records, &flags, &mut session)?,
        DeliveriesAction::Show { id, json } => {
            let record = records.read(&records.find(&id)?, &session.settings.endpoints)?;
            show(&record, json, &mut session)?;
        }
        DeliveriesAction::Page { out } => page(&records, &out, &mut session)?,
    }
    Ok(ExitCode::Success)
}

fn list(records: &Records, flags: &ListFlags, session: &mut Session) -> Result<()> {
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
        match records.are_kept() {
            true if has_filter(flags) => {
                console.notice(&format!("no such deliveries in {}", records.display()))
            }
            true => console.notice(&format!("no deliveries in {}", records.display())),
            false => console.notice(
                "no deliveries: there is no folder that only you can write, and no BUILDHOOK_STATE_DIR",
            ),
        }
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

fn page(records: &Records, out: &Path, session: &mut Session) -> Result<()> {
    let path = session.system.folder.join(out);
    let mut warnings = Vec::new();
    let all = records.all(&session.settings.endpoints, &mut warnings);
    session.console.warnings(&warnings);
    let rules = &session.settings.file_rules;
    let write = |file| {
        let mut file = BufWriter::new(file);
        write_page(&all, &mut file)?;
        file.flush()
    };
    rules
        .create(&path)
        .and_then(write)
        .with_context(|| format!("cannot write the page to {}", path.display()))?;
    session.console.notice(&format!("wrote {}", path.display()));
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
        let short_id = record.id.get(record.id.len().saturating_sub(SHORT_ID_LEN)..).unwrap_or(&record.id);
        let status = match record.origin.mark() {
            "" => record.status.as_str().to_owned(),
            mark => format!("{}, {mark}", record.status.as_str()),
        };
        let attempts = record.delivery_attempts.to_string();
        let event = describe_event(&record.event, record.subject.as_deref());
        table.row(&[short_id, &started, &event, &record.endpoint, &status, &code, &attempts, &took]);
        if use_color {
            table.paint(4, color);
        }
    }
    table
}
