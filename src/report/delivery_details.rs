//! One delivery in full: request, response and attempts.

use std::io::{self, Write};

use super::{human_duration, printable};
use crate::delivery::{Origin, Record, describe_event};

/// Writes a delivery. Text from outside is escaped.
pub fn write_delivery_details(record: &Record, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "delivery  {}", printable(&record.id))?;
    let event = describe_event(&record.event, record.subject.as_deref());
    writeln!(out, "event     {}", printable(&event))?;
    writeln!(out, "event id  {}", printable(&record.event_id))?;
    writeln!(out, "endpoint  {}", printable(&record.endpoint))?;
    writeln!(out, "status    {}", record.status.as_str())?;
    if record.origin != Origin::Ours {
        writeln!(out, "origin    {}", record.origin.explanation())?;
    }
    writeln!(out, "started   {}", record.created_at)?;
    for (number, attempt) in (1..).zip(&record.attempts) {
        let duration = human_duration(attempt.duration);
        let result = attempt.result();
        writeln!(out, "attempt {number} at {} took {duration}: {}", attempt.at, printable(&result))?;
    }
    writeln!(out, "\nRequest")?;
    for (name, value) in &record.request_headers {
        writeln!(out, "  {}: {}", printable(name), printable(value))?;
    }
    writeln!(out)?;
    write_indented(&pretty(record.request_payload.get()), out)?;
    if let Some(code) = record.response_code {
        writeln!(out, "\nResponse {code}")?;
        for (name, value) in &record.response_headers {
            writeln!(out, "  {}: {}", printable(name), printable(value))?;
        }
        if let Some(body) = record.response_payload.as_deref().filter(|body| !body.is_empty()) {
            writeln!(out)?;
            write_indented(&pretty(body), out)?;
        }
    }
    Ok(())
}

fn write_indented(text: &str, out: &mut dyn Write) -> io::Result<()> {
    text.lines().try_for_each(|line| writeln!(out, "  {}", printable(line)))
}

/// Formats JSON; returns anything else unchanged.
pub(super) fn pretty(text: &str) -> String {
    let value: Option<serde_json::Value> = serde_json::from_str(text).ok();
    value.and_then(|value| serde_json::to_string_pretty(&value).ok()).unwrap_or_else(|| text.to_owned())
}
