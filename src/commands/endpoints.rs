//! `endpoints`: the configured webhooks, without their secrets, and whether they can be reached.

use anyhow::Result;
use jiff::Timestamp;
use serde::Serialize;

use crate::delivery;
use crate::exit_code::ExitCode;
use crate::report::{Colour, Console, Table};
use crate::settings::{Encoding, Endpoint, Settings};
use crate::system::System;

/// What may be shown of an endpoint.
#[derive(Serialize)]
struct Shown<'a> {
    name: &'a str,
    /// Scheme, host and port only.
    url: String,
    signed: bool,
    events: String,
    only_stream: Option<&'a str>,
    only_label: Option<&'a str>,
    headers: Vec<&'a str>,
    encoding: &'static str,
    format: &'static str,
    active: bool,
}

impl<'a> Shown<'a> {
    fn of(endpoint: &'a Endpoint) -> Self {
        Self {
            name: &endpoint.name,
            url: endpoint.url.to_string(),
            signed: endpoint.secret.is_some(),
            events: endpoint.events.to_string(),
            only_stream: endpoint.only_stream.as_deref(),
            only_label: endpoint.only_label.as_deref(),
            headers: endpoint.headers.iter().map(|(name, _)| name.as_str()).collect(),
            encoding: match endpoint.encoding {
                Encoding::Json => "json",
                Encoding::Form => "form",
            },
            format: endpoint.format.name(),
            active: endpoint.active,
        }
    }
}

pub(super) fn endpoints(settings: &Settings, json: bool, console: &mut Console) -> Result<ExitCode> {
    settings.require_endpoints()?;
    for origin in &settings.empty_urls {
        console.notice(&format!("{origin} is empty; this endpoint is disabled"));
    }
    let shown: Vec<Shown> = settings.endpoints.iter().map(Shown::of).collect();
    if json {
        console.print_json(&serde_json::to_string_pretty(&shown)?);
        return Ok(ExitCode::Success);
    }
    let yes_no = |yes: bool| if yes { "yes" } else { "no" };
    let mut table = Table::new(&["NAME", "URL", "SIGNED", "EVENTS", "ONLY", "FORMAT", "ACTIVE"]);
    for endpoint in &shown {
        let only = match (endpoint.only_stream, endpoint.only_label) {
            (Some(stream), None) => format!("stream {stream}"),
            (None, Some(label)) => format!("label {label}"),
            (Some(stream), Some(label)) => format!("stream {stream}, label {label}"),
            (None, None) => "-".to_owned(),
        };
        let format = format!("{}, {}", endpoint.format, endpoint.encoding);
        let (signed, active) = (yes_no(endpoint.signed), yes_no(endpoint.active));
        table.row(&[endpoint.name, &endpoint.url, signed, &endpoint.events, &only, &format, active]);
    }
    console.print_with(|out| table.write(out));
    Ok(ExitCode::Success)
}

/// A certificate that ends sooner is worth a warning, in seconds.
const SOON: i64 = 14 * 86_400;

/// Tells of each endpoint whether it can be reached. Posts nothing.
pub(super) fn check(
    settings: &Settings,
    json: bool,
    system: &System,
    console: &mut Console,
) -> Result<ExitCode> {
    settings.require_endpoints()?;
    let active: Vec<&Endpoint> = settings.endpoints.iter().filter(|endpoint| endpoint.active).collect();
    let checks = delivery::check(&active, &settings.authorities, settings.general.timeout, system);
    if json {
        console.print_json(&serde_json::to_string_pretty(&checks)?);
    } else {
        let mut table =
            Table::new(&["NAME", "REACHED", "ADDRESS", "TLS", "CERTIFICATE UNTIL", "PROXY", "TOOK"]);
        for check in &checks {
            let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
            let until =
                check.certificate_until.as_deref().map(|time| time.get(..10).unwrap_or(time).to_owned());
            let (reached, colour) =
                if check.error.is_none() { ("yes", Colour::Green) } else { ("no", Colour::Red) };
            table.row(&[
                &check.endpoint,
                reached,
                &or_none(&check.address),
                &or_none(&check.tls),
                &or_none(&until),
                &or_none(&check.proxy),
                &format!("{} ms", check.duration_ms),
            ]);
            if system.use_color() {
                table.paint(1, colour);
            }
        }
        console.print_with(|out| table.write(out));
    }
    for check in &checks {
        if let Some(error) = &check.error {
            console.warning(&format!("{}: {error}", check.endpoint));
        }
        let until: Option<Timestamp> = check.certificate_until.as_ref().and_then(|time| time.parse().ok());
        if until.is_some_and(|until| until.as_second() - system.now().as_second() < SOON) {
            console.warning(&format!("{}: its certificate ends in less than 14 days", check.endpoint));
        }
    }
    let all_reached = checks.iter().all(|check| check.error.is_none());
    Ok(if all_reached { ExitCode::Success } else { ExitCode::Undelivered })
}
