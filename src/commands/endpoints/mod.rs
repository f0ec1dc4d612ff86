//! `endpoints`: the configured endpoints, without their secrets, and whether they are reachable.

mod check;

use anyhow::Result;
use serde::Serialize;

pub(super) use check::check;

use crate::exit_code::ExitCode;
use crate::report::Table;
use crate::session::Session;
use crate::settings::{Encoding, Endpoint};

/// The parts of an endpoint that are not secret.
#[derive(Serialize)]
struct PublicEndpoint<'a> {
    name: &'a str,
    /// Scheme, host and port.
    url: String,
    signed: bool,
    events: String,
    results: String,
    branches: String,
    only_stream: Option<&'a str>,
    only_label: Option<&'a str>,
    /// Names of the additional headers.
    headers: Vec<&'a str>,
    encoding: &'static str,
    format: &'static str,
    active: bool,
}

impl<'a> From<&'a Endpoint> for PublicEndpoint<'a> {
    fn from(endpoint: &'a Endpoint) -> Self {
        Self {
            name: &endpoint.name,
            url: endpoint.url.to_string(),
            signed: endpoint.secret.is_some(),
            events: endpoint.events.to_string(),
            results: endpoint.results.to_string(),
            branches: endpoint.branches.to_string(),
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

pub(super) fn list(mut session: Session, json: bool) -> Result<ExitCode> {
    session.settings.require_endpoints()?;
    session.report_disabled_endpoints();
    let endpoints: Vec<PublicEndpoint> =
        session.settings.endpoints.iter().map(PublicEndpoint::from).collect();
    if json {
        session.console.print_json(&serde_json::to_string_pretty(&endpoints)?);
    } else {
        let table = table(&endpoints);
        session.console.print_with(|out| table.write(out));
    }
    Ok(ExitCode::Success)
}

fn table(endpoints: &[PublicEndpoint]) -> Table {
    let yes_no = |yes: bool| if yes { "yes" } else { "no" };
    let mut table = Table::new(&["NAME", "URL", "SIGNED", "EVENTS", "ONLY", "FORMAT", "ACTIVE"]);
    for endpoint in endpoints {
        let limit = |name: &str, value: &str| (value != "all").then(|| format!("{name} {value}"));
        let limits = [
            endpoint.only_stream.map(|stream| format!("stream {stream}")),
            endpoint.only_label.map(|label| format!("label {label}")),
            limit("results", &endpoint.results),
            limit("branches", &endpoint.branches),
        ];
        let limits: Vec<String> = limits.into_iter().flatten().collect();
        let only = if limits.is_empty() { "-".to_owned() } else { limits.join("; ") };
        let format = format!("{}, {}", endpoint.format, endpoint.encoding);
        let (signed, active) = (yes_no(endpoint.signed), yes_no(endpoint.active));
        table.row(&[endpoint.name, &endpoint.url, signed, &endpoint.events, &only, &format, active]);
    }
    table
}
