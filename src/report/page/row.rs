//! A delivery on the page: a row that opens.

use std::io::{self, Write};

use serde_json::Value;

use super::super::delivery_details::pretty;
use super::super::{date_time, human_duration};
use super::build::BuildFacts;
use super::html::{attribute, block, line};
use crate::delivery::{DeliveryStatus, Origin, Record};

/// Writes the row of a delivery with everything that is known about it.
pub(super) fn write(record: &Record, out: &mut dyn Write) -> io::Result<()> {
    let payload: Value = serde_json::from_str(record.request_payload.get()).unwrap_or_default();
    let build = BuildFacts::new(&payload);
    write!(
        out,
        "<details id=\"{}\" data-endpoint=\"{}\" data-event=\"{}\" data-state=\"{}\">\n<summary>",
        attribute(&record.id),
        attribute(&record.endpoint),
        attribute(&record.event),
        record.status.as_str()
    )?;
    write_summary(record, &build, out)?;
    out.write_all(b"</summary>\n<div class=\"more\">\n")?;
    write_facts(record, &build, out)?;
    write_attempts(record, out)?;
    out.write_all(b"<section>\n<h3>Request</h3>\n")?;
    write_pre("Headers", &headers(&record.request_headers), out)?;
    let json = serde_json::to_string_pretty(&payload)?;
    write_pre("Payload", &json, out)?;
    if record.body.starts_with("payload=") {
        write_pre("Body as sent", &record.body, out)?;
    }
    out.write_all(b"</section>\n<section>\n")?;
    write_response(record, out)?;
    out.write_all(b"</section>\n</div>\n<hr>\n</details>\n")
}

/// The row while it is closed. Without styles it is a line of text.
fn write_summary(record: &Record, build: &BuildFacts, out: &mut dyn Write) -> io::Result<()> {
    let status = record.status.as_str();
    let mark = match record.status {
        DeliveryStatus::Delivered => "✓",
        DeliveryStatus::Failed => "✗",
        DeliveryStatus::Pending => "…",
    };
    // A word where the last attempt had no response, or a retry may follow.
    let code = record.attempts.last().and_then(|attempt| attempt.response_code);
    let code = code.filter(|_| record.status != DeliveryStatus::Pending);
    let code = code.map_or_else(|| status.to_owned(), |code| code.to_string());
    let subject = record.subject.as_deref().unwrap_or_default();
    let origin = match record.origin.mark() {
        "" => String::new(),
        mark => format!(" <span class=\"origin\">({mark})</span>"),
    };
    // The result of a build is a word, every other subject a name.
    let result = if record.event == "build/finished" { subject } else { "" };
    write!(
        out,
        "<span class=\"what\"><span class=\"code {status}\">{mark} {code}</span> \
         <span class=\"event\"><b>{}</b> <span class=\"result {}\">{}</span>{origin}</span><i> · </i></span><span class=\"where\">",
        line(&record.event),
        attribute(result.split(' ').next().unwrap_or_default()),
        line(subject),
    )?;
    let short_id = record.short_id();
    let took = record.took().map(human_duration).unwrap_or_default().replace(' ', "\u{a0}");
    let cell =
        |class: &str, text: &str| (format!("<span class=\"{class}\">{}</span>", line(text)), text.is_empty());
    let started = html_time(record.created_at);
    let mut is_first = true;
    for (html, is_empty) in [
        cell("ref", build.reference.as_deref().unwrap_or_default()),
        cell("number", build.number.as_deref().unwrap_or_default()),
        cell("endpoint", &record.endpoint),
        (format!("<code title=\"{}\">{}</code>", attribute(&record.id), line(short_id)), false),
        (started, false),
        cell("took", &took),
    ] {
        // The columns of empty cells stay, and their separators are left out.
        let separator = if is_empty || is_first { "" } else { "<i> · </i>" };
        is_first &= is_empty;
        write!(out, "{separator}{html}")?;
    }
    out.write_all(b"</span>")
}

/// Identity of the delivery, and how to repeat it.
fn write_facts(record: &Record, build: &BuildFacts, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(b"<section>\n<table>\n")?;
    let mut fact = |name: &str, html: &str| match html {
        "" => Ok(()),
        html => writeln!(out, "<tr><th scope=\"row\" align=\"left\">{name}</th><td>{html}</td></tr>"),
    };
    fact("Delivery", &format!("<code>{}</code>", line(&record.id)))?;
    fact("Event id", &format!("<code>{}</code>", line(&record.event_id)))?;
    fact("Event time", &html_time(record.event_time))?;
    fact("Format", record.format.name)?;
    fact("Repository", &line(build.repository.as_deref().unwrap_or_default()))?;
    fact("Build", &link(build.url.as_deref().unwrap_or_default()))?;
    if record.origin != Origin::Ours {
        fact("Origin", &line(record.origin.explanation()))?;
    }
    out.write_all(b"</table>\n")?;
    let command = format!("buildhook redeliver {}", record.id);
    write!(
        out,
        "<h4>Resend</h4>\n<div class=\"command\"><pre wrap>{}</pre></div>\n</section>\n",
        block(&command)
    )
}

fn write_attempts(record: &Record, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(b"<section>\n<h3>Attempts</h3>\n")?;
    if record.attempts.is_empty() {
        out.write_all(b"<p>None yet.</p>\n")?;
    } else {
        out.write_all(b"<ol>\n")?;
        for attempt in &record.attempts {
            let (at, took) = (html_time(attempt.at), human_duration(attempt.duration));
            let (status, result) = (attempt.status.as_str(), line(&attempt.result()));
            writeln!(out, "<li>{at} · {took}<br><span class=\"{status}\">{result}</span></li>")?;
        }
        out.write_all(b"</ol>\n")?;
    }
    out.write_all(b"</section>\n")
}

fn write_response(record: &Record, out: &mut dyn Write) -> io::Result<()> {
    if let Some(code) = record.response_code {
        writeln!(out, "<h3>Response {code}</h3>")?;
        write_pre("Headers", &headers(&record.response_headers), out)?;
        write_pre("Body", &pretty(record.response_payload.as_deref().unwrap_or_default()), out)?;
    }
    Ok(())
}

/// A titled block of text, unless it is empty.
fn write_pre(title: &str, text: &str, out: &mut dyn Write) -> io::Result<()> {
    if text.is_empty() {
        return Ok(());
    }
    // NOTE: the attribute wraps lines where styles are blocked,
    // <https://html.spec.whatwg.org/multipage/rendering.html#the-pre-element>. A line break after the tag is dropped.
    write!(out, "<h4>{title}</h4>\n<pre wrap>\n{}</pre>\n", block(text))
}

fn headers(headers: &std::collections::BTreeMap<String, String>) -> String {
    let lines: Vec<String> = headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    lines.join("\n")
}

/// A time in UTC.
pub(super) fn html_time(time: jiff::Timestamp) -> String {
    let time = date_time(time);
    format!("<time datetime=\"{time}\">{} UTC</time>", time.trim_end_matches('Z').replace('T', " "))
}

/// A link to a page on the web. Anything else is text.
fn link(url: &str) -> String {
    let text = line(url);
    match url.starts_with("https://") || url.starts_with("http://") {
        true => format!("<a href=\"{}\" rel=\"noreferrer\">{text}</a>", attribute(url)),
        false => text,
    }
}
