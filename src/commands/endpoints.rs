//! `endpoints`: the configured webhooks, without their secrets.

use std::process::ExitCode;

use anyhow::Result;
use serde::Serialize;

use crate::report::{Console, Table};
use crate::settings::{Encoding, Endpoint, FormatChoice, Mistake, Settings};

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
            events: endpoint.events.describe(),
            only_stream: endpoint.only_stream.as_deref(),
            only_label: endpoint.only_label.as_deref(),
            headers: endpoint.headers.iter().map(|(name, _)| name.as_str()).collect(),
            encoding: match endpoint.encoding {
                Encoding::Json => "json",
                Encoding::Form => "form",
            },
            format: match endpoint.format {
                FormatChoice::Native => "native",
                FormatChoice::CdEvents => "cdevents",
            },
            active: endpoint.active,
        }
    }
}

pub(super) fn endpoints(settings: &Settings, json: bool, console: &mut Console) -> Result<ExitCode> {
    if !settings.has_endpoints() {
        return Err(Mistake::NoEndpoint.into());
    }
    for origin in &settings.empty_urls {
        console.notice(&format!("{origin} is empty: nothing is sent there"));
    }
    let shown: Vec<Shown> = settings.endpoints.iter().map(Shown::of).collect();
    if json {
        console.print_json(&serde_json::to_string_pretty(&shown)?);
        return Ok(ExitCode::SUCCESS);
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
    Ok(ExitCode::SUCCESS)
}
