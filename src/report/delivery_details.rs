//! One delivery in full, for people: what was sent, what came back, each attempt.

use std::io::{self, Write};

use super::{human_duration, printable};
use crate::delivery::Record;

/// Writes it. Whatever came from outside is made fit for a terminal.
pub fn write_delivery_details(record: &Record, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "delivery  {}", printable(&record.id))?;
    writeln!(out, "event     {} ({})", printable(&record.event), printable(&record.event_id))?;
    writeln!(out, "endpoint  {}", printable(&record.endpoint))?;
    writeln!(out, "status    {}", record.status.as_str())?;
    writeln!(out, "begun     {}", printable(&record.created_at))?;
    for (number, attempt) in (1..).zip(&record.attempts) {
        let result = match (&attempt.error, attempt.response_code) {
            (Some(error), _) => printable(error).into_owned(),
            (None, code) => code.unwrap_or_default().to_string(),
        };
        writeln!(
            out,
            "attempt {number} at {} took {}: {result}",
            printable(&attempt.at),
            human_duration(attempt.duration)
        )?;
    }
    writeln!(out, "\nRequest")?;
    for (name, value) in &record.request_headers {
        writeln!(out, "  {}: {}", printable(name), printable(value))?;
    }
    writeln!(out)?;
    write_text(&pretty(record.request_payload.get()), out)?;
    if let Some(code) = record.response_code {
        writeln!(out, "\nResponse {code}")?;
        for (name, value) in &record.response_headers {
            writeln!(out, "  {}: {}", printable(name), printable(value))?;
        }
        if let Some(body) = record.response_payload.as_deref().filter(|body| !body.is_empty()) {
            writeln!(out)?;
            write_text(&pretty(body), out)?;
        }
    }
    Ok(())
}

/// Indented, each line made fit for a terminal.
fn write_text(text: &str, out: &mut dyn Write) -> io::Result<()> {
    text.lines().try_for_each(|line| writeln!(out, "  {}", printable(line)))
}

/// JSON in lines, in its own order; anything else as it is.
fn pretty(text: &str) -> String {
    let value: Option<serde_json::Value> = serde_json::from_str(text).ok();
    value.and_then(|value| serde_json::to_string_pretty(&value).ok()).unwrap_or_else(|| text.to_owned())
}
