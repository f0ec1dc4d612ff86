//! A delivery on the page: a row that opens.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::super::delivery_details::pretty;
use super::super::{date_time, human_duration};
use super::build::BuildFacts;
use super::html::{attribute, block, line};
use crate::delivery::{Attempt, DeliveryStatus, Origin, Record};

/// The row of a delivery with everything that is known about it.
/// `redeliver` are the arguments of the command that resends it, after its id.
pub(super) fn html(record: &Record, redeliver: &str) -> String {
    let payload: Value = serde_json::from_str(record.request_payload.get()).unwrap_or_default();
    let build = BuildFacts::new(&payload);
    let mut html = Html(String::new());
    html.put(&[
        "<details id=\"",
        &attribute(&record.id),
        "\" data-endpoint=\"",
        &attribute(&record.endpoint),
    ]);
    html.put(&["\" data-event=\"", &attribute(&record.event), "\" data-state=\"", record.status.as_str()]);
    html.put(&["\">\n<summary>"]);
    put_summary(record, &build, &mut html);
    html.put(&["</summary>\n<div class=\"more\">\n<section>\n"]);
    put_facts(record, &build, redeliver, &mut html);
    html.put(&["</section>\n<section>\n"]);
    put_attempts(record, &mut html);
    html.put(&["</section>\n<section>\n<h3>Request</h3>\n"]);
    html.put_pre("Headers", &headers(&record.request_headers));
    html.put_pre("Payload", &pretty(record.request_payload.get()));
    if record.body.starts_with("payload=") {
        html.put_pre("Body as sent", &record.body);
    }
    html.put(&["</section>\n<section>\n"]);
    if let Some(code) = record.response_code {
        html.put(&["<h3>Response ", &code.to_string(), "</h3>\n"]);
        html.put_pre("Headers", &headers(&record.response_headers));
        html.put_pre("Body", &pretty(record.response_payload.as_deref().unwrap_or_default()));
    }
    html.put(&["</section>\n</div>\n<hr>\n</details>\n"]);
    html.0
}

/// HTML, in which everything from outside has been escaped. A string per row needs no error handling for each part.
struct Html(String);

impl Html {
    fn put(&mut self, parts: &[&str]) {
        parts.iter().for_each(|part| self.0.push_str(part));
    }

    /// A titled block of text, unless it is empty.
    fn put_pre(&mut self, title: &str, text: &str) {
        if !text.is_empty() {
            // NOTE: the attribute wraps lines where styles are blocked,
            // <https://html.spec.whatwg.org/multipage/rendering.html#the-pre-element>. A line break after the tag is dropped.
            self.put(&["<h4>", title, "</h4>\n<pre wrap>\n", &block(text), "</pre>\n"]);
        }
    }

    /// A row of a table, unless its cell is empty.
    fn put_fact(&mut self, name: &str, cell: &str) {
        if !cell.is_empty() {
            self.put(&["<tr><th scope=\"row\" align=\"left\">", name, "</th><td>", cell, "</td></tr>\n"]);
        }
    }
}

/// The row while it is closed. Without styles it is a line of text.
fn put_summary(record: &Record, build: &BuildFacts, html: &mut Html) {
    let status = record.status.as_str();
    let mark = match record.status {
        DeliveryStatus::Delivered => "✓ ",
        DeliveryStatus::Failed => "✗ ",
        DeliveryStatus::Pending => "… ",
    };
    // A word where the last attempt had no response, or a retry may follow. Its reason is in the row where there is room.
    let last = record.attempts.last();
    let code = last.and_then(|attempt| attempt.response_code);
    let code = code.filter(|_| record.status != DeliveryStatus::Pending).map(|code| code.to_string());
    html.put(&[
        "<span class=\"what\"><span class=\"code ",
        status,
        "\">",
        mark,
        code.as_deref().unwrap_or(status),
    ]);
    html.put(&["</span> <span class=\"event\"><b>", &line(&record.event), "</b> <span class=\"result "]);
    let subject = record.subject.as_deref().unwrap_or_default();
    // The result of a build is a word, every other subject a name.
    if record.event == "build/finished" {
        html.put(&[&attribute(subject.split(' ').next().unwrap_or_default())]);
    }
    html.put(&["\">", &line(subject), "</span>"]);
    if record.origin != Origin::Ours {
        html.put(&[" <span class=\"origin\">(", record.origin.mark(), ")</span>"]);
    }
    html.put(&["</span><i> · </i></span><span class=\"where\">"]);
    let took = record.took().map(human_duration).unwrap_or_default().replace(' ', "\u{a0}");
    let reason = last.filter(|_| code.is_none()).map(Attempt::result).unwrap_or_default();
    let reason = reason.split("; ").next().unwrap_or_default();
    // The columns of empty cells stay, and their separators are left out.
    let mut separator = "";
    for (class, text) in [
        ("ref", build.reference.as_deref().unwrap_or_default()),
        ("number", build.number.as_deref().unwrap_or_default()),
        ("endpoint", &record.endpoint),
        ("id", record.short_id()),
        ("time", &html_time(record.created_at)),
        ("took", &took),
        ("reason", reason),
    ] {
        if !text.is_empty() {
            html.put(&[separator]);
            separator = "<i> · </i>";
        }
        let is_html = class == "time";
        let text = if is_html { text.to_owned() } else { line(text) };
        html.put(&["<span class=\"", class, "\">", &text, "</span>"]);
    }
    html.put(&["</span>"]);
}

/// Identity of the delivery, and how to repeat it.
fn put_facts(record: &Record, build: &BuildFacts, redeliver: &str, html: &mut Html) {
    html.put(&["<table>\n"]);
    html.put_fact("Delivery", &line(&record.id));
    html.put_fact("Event id", &line(&record.event_id));
    html.put_fact("Event time", &html_time(record.event_time));
    html.put_fact("Format", record.format.choice().name());
    html.put_fact("Repository", &line(build.repository.as_deref().unwrap_or_default()));
    html.put_fact("Build", &link(build.url.as_deref().unwrap_or_default()));
    if record.origin != Origin::Ours {
        html.put_fact("Origin", record.origin.explanation());
    }
    html.put(&["</table>\n"]);
    if matches!(record.origin, Origin::Ours | Origin::Unchecked) {
        html.put(&["<h4>Resend</h4>\n<div class=\"command\"><pre wrap>buildhook redeliver "]);
        html.put(&[&block(&record.id), &block(redeliver), "</pre></div>\n"]);
    }
}

fn put_attempts(record: &Record, html: &mut Html) {
    html.put(&["<h3>Attempts</h3>\n<ol>\n"]);
    for attempt in &record.attempts {
        html.put(&["<li>", &html_time(attempt.at), " · ", &human_duration(attempt.duration)]);
        html.put(&[
            "<br><span class=\"",
            attempt.status.as_str(),
            "\">",
            &line(&attempt.result()),
            "</span></li>\n",
        ]);
    }
    html.put(&["</ol>\n"]);
    if record.attempts.is_empty() {
        html.put(&["<p>None yet.</p>\n"]);
    }
}

fn headers(headers: &BTreeMap<String, String>) -> String {
    let mut lines = Html(String::new());
    headers.iter().for_each(|(name, value)| lines.put(&[name, ": ", value, "\n"]));
    lines.0
}

/// A time in UTC.
pub(super) fn html_time(time: Timestamp) -> String {
    let time = date_time(time);
    let shown = time.trim_end_matches('Z').replace('T', " ");
    ["<time datetime=\"", &time, "\">", &shown, "<span class=\"utc\"> UTC</span></time>"].concat()
}

/// A link to a page on the web. Anything else is text.
fn link(url: &str) -> String {
    let text = line(url);
    match url.starts_with("https://") || url.starts_with("http://") {
        true => ["<a href=\"", &attribute(url), "\" rel=\"noreferrer\">", &text, "</a>"].concat(),
        false => text,
    }
}
