//! `deliveries`: what was sent, and what came of it.

use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::{Context as _, Result};

use super::redeliver::state_folder;
use crate::cli::{DeliveriesAction, ListFlags};
use crate::delivery::{DeliveryStatus, Record, Records};
use crate::exit_code::ExitCode;
use crate::report::{Colour, Console, Table, human_duration, write_delivery_details, write_page};
use crate::settings::Settings;
use crate::system::System;

/// Characters of an id that the table shows: its end, by which it can be named.
const SHORT: usize = 12;

pub(super) fn deliveries(
    action: DeliveriesAction,
    settings: &Settings,
    system: &System,
    console: &mut Console,
) -> Result<ExitCode> {
    let records = Records::new(&state_folder(settings, system));
    match action {
        DeliveriesAction::List(ListFlags { limit, json }) => {
            let mut all = all(&records, console);
            let count = all.len();
            all.truncate(limit);
            if json {
                console.print_json(&serde_json::to_string_pretty(&all)?);
            } else if count == 0 {
                console.notice(&format!("there are no deliveries in {}", records.folder().display()));
            } else {
                let table = table(&all, system.use_color());
                console.print_with(|out| table.write(out));
                if count > limit {
                    console
                        .notice(&format!("{} older ones are not shown; --limit shows more", count - limit));
                }
            }
        }
        DeliveriesAction::Show { id, json } => {
            let record = records.find(&id)?;
            if json {
                console.print_json(&serde_json::to_string_pretty(&record)?);
            } else {
                console.print_with(|out| write_delivery_details(&record, out));
            }
        }
        DeliveriesAction::Page { out } => {
            let path = system.folder.join(&out);
            write(&all(&records, console), &path)
                .with_context(|| format!("cannot write the page to {}", path.display()))?;
            console.notice(&format!("the page is {}", path.display()));
        }
    }
    Ok(ExitCode::Success)
}

fn all(records: &Records, console: &mut Console) -> Vec<Record> {
    let mut warnings = Vec::new();
    let all = records.all(&mut warnings);
    for warning in warnings {
        console.warning(&warning);
    }
    all
}

fn table(records: &[Record], in_colour: bool) -> Table {
    let mut table = Table::new(&["ID", "BEGUN", "EVENT", "ENDPOINT", "STATUS", "CODE", "ATTEMPTS", "TOOK"]);
    for record in records {
        let begun = record.created_at.get(..19).unwrap_or(&record.created_at).replace('T', " ");
        let code = record.response_code.map_or_else(|| "-".to_owned(), |code| code.to_string());
        let took = record.duration.map_or_else(|| "-".to_owned(), human_duration);
        let colour = match record.status {
            DeliveryStatus::Delivered => Colour::Green,
            DeliveryStatus::Failed => Colour::Red,
            DeliveryStatus::Pending => Colour::Yellow,
        };
        let short = record.id.get(record.id.len().saturating_sub(SHORT)..).unwrap_or(&record.id);
        let (status, attempts) = (record.status.as_str(), record.delivery_attempts.to_string());
        table.row(&[short, &begun, &record.event, &record.endpoint, status, &code, &attempts, &took]);
        if in_colour {
            table.paint(4, colour);
        }
    }
    table
}

fn write(records: &[Record], path: &Path) -> std::io::Result<()> {
    let mut out = BufWriter::new(std::fs::File::create(path)?);
    write_page(records, &mut out)?;
    out.flush()
}
