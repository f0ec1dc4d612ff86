//! Each endpoint: what it gets, how that is signed, and whether it answers.

use serde::Serialize;

use super::ping::PingReport;
use super::{connection, signatures};
use crate::ci::Context;
use crate::delivery::Check;
use crate::report::FactSheet;
use crate::session::{SWITCHED_OFF, Session, left_out_because, unencrypted_warning};
use crate::settings::{Encoding, Endpoint};

/// The parts of an endpoint that are not secret, and what was found out about it. One whose URL is empty has no other settings.
#[derive(Default, Serialize)]
pub(super) struct EndpointReport {
    /// `None` if the URL is empty.
    pub(super) name: Option<String>,
    /// Scheme, host and port.
    url: Option<String>,
    pub(super) active: bool,
    disabled_because: Option<String>,
    events: Option<String>,
    results: Option<String>,
    branches: Option<String>,
    only_stream: Option<String>,
    only_label: Option<String>,
    /// Whether events of this build are sent.
    gets_this_build: bool,
    left_out_because: Option<String>,
    format: Option<&'static str>,
    encoding: Option<&'static str>,
    strict: bool,
    /// Names of the additional headers.
    headers: Vec<String>,
    /// How many secrets it has: 2 during a rotation.
    secrets: usize,
    /// Names of the headers with signatures.
    signatures: Vec<&'static str>,
    connection: Option<Check>,
    pub(super) ping: Option<PingReport>,
}

/// Describes the endpoints and connects to the active ones. Also returns a sentence for each that is not reached.
pub(super) fn check_endpoints(
    context: &Context,
    session: &Session,
    warnings: &mut Vec<String>,
) -> (Vec<EndpointReport>, Vec<String>) {
    let settings = &session.settings;
    let active: Vec<&Endpoint> = settings.endpoints.iter().filter(|endpoint| endpoint.active).collect();
    let mut checks = session.check(&active).into_iter();
    let (mut reports, mut errors) = (Vec::new(), Vec::new());
    for endpoint in &settings.endpoints {
        let mut report =
            EndpointReport::new(endpoint, endpoint.strict.unwrap_or(settings.general.strict), context);
        if endpoint.active {
            if endpoint.url.is_unencrypted_remote() {
                warnings.push(unencrypted_warning(endpoint));
            }
            report.connection = checks.next().inspect(|check| {
                connection::judge(&endpoint.name, check, warnings, &mut errors);
            });
        }
        reports.push(report);
    }
    let origins = settings.empty_config.iter().filter(|_| settings.endpoints.is_empty());
    let empty = origins.map(|origin| format!("{origin} is empty"));
    reports.extend(settings.empty_urls.iter().cloned().chain(empty).map(EndpointReport::without_url));
    (reports, errors)
}

impl EndpointReport {
    fn new(endpoint: &Endpoint, strict: bool, context: &Context) -> Self {
        let left_out_because = left_out_because(endpoint, context);
        Self {
            name: Some(endpoint.name.clone()),
            url: Some(endpoint.url.to_string()),
            active: endpoint.active,
            disabled_because: (!endpoint.active).then(|| SWITCHED_OFF.to_owned()),
            events: Some(endpoint.events.to_string()),
            results: Some(endpoint.results.to_string()),
            branches: Some(endpoint.branches.to_string()),
            only_stream: endpoint.only_stream.clone(),
            only_label: endpoint.only_label.clone(),
            gets_this_build: endpoint.active && left_out_because.is_none(),
            left_out_because,
            format: Some(endpoint.format.name()),
            encoding: Some(match endpoint.encoding {
                Encoding::Json => "json",
                Encoding::Form => "form",
            }),
            strict,
            headers: endpoint.headers.iter().map(|(name, _)| name.clone()).collect(),
            secrets: endpoint.secret.iter().chain(&endpoint.previous_secret).count(),
            signatures: signatures::signatures(endpoint),
            connection: None,
            ping: None,
        }
    }

    /// Whether a connection to it was possible.
    pub(super) fn is_reached(&self) -> bool {
        self.connection.as_ref().is_some_and(|check| check.error.is_none())
    }

    /// An endpoint that an empty URL disables.
    fn without_url(reason: String) -> Self {
        Self { disabled_because: Some(reason), ..Self::default() }
    }

    pub(super) fn show(&self, sheet: &mut FactSheet) {
        let Some(name) = &self.name else {
            let reason = self.disabled_because.as_deref().unwrap_or_default();
            return sheet.section("Endpoint", &format!("disabled: {reason}"));
        };
        let disabled = self.disabled_because.iter().map(|reason| format!("; disabled: {reason}"));
        let url = self.url.as_deref().unwrap_or_default();
        sheet.section("Endpoint", &format!("{name} at {url}{}", disabled.collect::<String>()));
        sheet.fact("gets", &self.filters());
        if let (true, Some(reason)) = (self.active, &self.left_out_because) {
            sheet.fact("this build", &format!("is not sent: {reason}"));
        } else if self.active {
            sheet.fact("this build", "is sent");
        }
        let fields = if self.strict { "; strict: documented keys alone, no fields" } else { "" };
        let [format, encoding] = [self.format, self.encoding].map(Option::unwrap_or_default);
        sheet.fact("body", &format!("{format}, {encoding}{fields}"));
        if !self.headers.is_empty() {
            sheet.fact("headers", &self.headers.join(", "));
        }
        sheet.fact("signed by", &self.shown_signatures());
        if let Some(check) = &self.connection {
            connection::show(check, url, sheet);
        }
        if let Some(ping) = &self.ping {
            ping.show(sheet);
        }
    }

    /// Which events it gets.
    fn filters(&self) -> String {
        let mut filters = match self.events.as_deref().unwrap_or_default() {
            "all" => "all events".to_owned(),
            events => events.to_owned(),
        };
        for (label, filter) in [("results", &self.results), ("branches", &self.branches)] {
            if let Some(filter) = filter.as_ref().filter(|filter| *filter != "all") {
                filters.push_str(&format!("; {label}: {filter}"));
            }
        }
        for (label, only) in [("stream", &self.only_stream), ("label", &self.only_label)] {
            if let Some(only) = only {
                filters.push_str(&format!("; only {label} {only}"));
            }
        }
        filters
    }

    fn shown_signatures(&self) -> String {
        if self.signatures.is_empty() {
            return "nothing: no secret is set".to_owned();
        }
        let shown = |name: &&'static str| match *name {
            "webhook-signature" if self.secrets > 1 => format!("{name} (by both secrets)"),
            name => name.to_owned(),
        };
        self.signatures.iter().map(shown).collect::<Vec<_>>().join(", ")
    }
}
