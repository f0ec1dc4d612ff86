//! Each endpoint: what it gets, how that is signed, and whether it answers.

use super::ping::Ping;
use super::{Findings, connection, filters, signatures};
use crate::ci::Context;
use crate::delivery::Check;
use crate::session::{SWITCHED_OFF, Session, left_out_because, unencrypted_warning};
use crate::settings::{Encoding, Endpoint};

/// An endpoint, and what its tests found.
pub(super) struct Tested<'a> {
    pub(super) endpoint: &'a Endpoint,
    /// `None` if it is disabled.
    check: Option<Check>,
    pub(super) ping: Option<Ping>,
}

/// Connects to the active endpoints, and adds a sentence for each problem.
pub(super) fn connect<'a>(session: &'a Session, findings: &mut Findings) -> Vec<Tested<'a>> {
    let endpoints = &session.settings.endpoints;
    let active: Vec<&Endpoint> = endpoints.iter().filter(|endpoint| endpoint.active).collect();
    let mut checks = session.check(&active).into_iter();
    let mut tested = Vec::new();
    for endpoint in endpoints {
        let check = if endpoint.active { checks.next() } else { None };
        if let Some(check) = &check {
            if endpoint.url.is_unencrypted_remote() {
                findings.warnings.push(unencrypted_warning(endpoint));
            }
            connection::judge(&endpoint.name, check, findings);
        }
        tested.push(Tested { endpoint, check, ping: None });
    }
    tested
}

/// Describes an endpoint that an empty URL or configuration disables.
pub(super) fn describe_empty(reason: &str, findings: &mut Findings) {
    let Findings { sheet, json, .. } = findings;
    sheet.section("Endpoint", &["disabled: ", reason]);
    json.begin("");
    json.null("name");
    json.null("url");
    json.flag("active", false);
    json.text("disabled_because", Some(reason));
    json.flag("gets_this_build", false);
    json.end();
}

impl Tested<'_> {
    /// Whether a connection to it was possible.
    pub(super) fn is_reached(&self) -> bool {
        self.check.as_ref().is_some_and(|check| check.error.is_none())
    }

    /// Describes it. URL, names of headers and secrets are shown as far as they are not secret.
    pub(super) fn describe(&self, context: &Context, session: &Session, findings: &mut Findings) {
        let Findings { sheet, json, .. } = findings;
        let endpoint = self.endpoint;
        let is_strict = endpoint.is_strict(&session.settings.general);
        let url = endpoint.url.to_string();
        let disabled_because = (!endpoint.active).then_some(SWITCHED_OFF);
        let disabled = if endpoint.active { "" } else { "; disabled: " };
        let reason = disabled_because.unwrap_or_default();
        sheet.section("Endpoint", &[&endpoint.name, " at ", &url, disabled, reason]);
        json.begin("");
        json.text("name", Some(&endpoint.name));
        // Scheme, host and port.
        json.text("url", Some(&url));
        json.flag("active", endpoint.active);
        json.text("disabled_because", disabled_because);

        let has_filters = filters::describe(endpoint, sheet, json);
        let left_out_because = left_out_because(endpoint, context);
        if let (true, Some(reason)) = (endpoint.active, &left_out_because) {
            sheet.fact("this build", &["is not sent: ", reason]);
        } else if endpoint.active && has_filters {
            sheet.fact("this build", &["is sent"]);
        }
        json.flag("gets_this_build", endpoint.active && left_out_because.is_none());
        json.text("left_out_because", left_out_because.as_deref());

        let (format, encoding) = (endpoint.format.name(), encoding_name(endpoint.encoding));
        let strict = if is_strict { "; strict: documented keys alone, no fields" } else { "" };
        sheet.fact("body", &[format, ", ", encoding, strict]);
        json.text("format", Some(format));
        json.text("encoding", Some(encoding));
        json.flag("strict", is_strict);

        let headers: Vec<&str> = endpoint.headers.iter().map(|(name, _)| name.as_str()).collect();
        if !headers.is_empty() {
            sheet.fact("headers", &[&headers.join(", ")]);
        }
        // Names of the additional ones.
        json.strings("headers", &mut headers.into_iter());

        let signatures = signatures::signatures(endpoint);
        let signs_with_both = endpoint.signs_with_both_secrets();
        if signatures.is_empty() {
            sheet.fact("signed by", &["nothing: no secret is set"]);
        } else {
            // That of Standard Webhooks is the last one.
            let both = if signs_with_both { " (by both secrets)" } else { "" };
            sheet.fact("signed by", &[&signatures.join(", "), both]);
        }
        if endpoint.previous_secret.is_some() && !signs_with_both {
            sheet.fact("previous secret", &["only opens earlier records; it does not sign"]);
        }
        // How many secrets sign: 2 during a rotation.
        json.number("secrets", Some(i64::from(endpoint.secret.is_some()) + i64::from(signs_with_both)));
        // Names of the headers with signatures.
        json.strings("signatures", &mut signatures.into_iter());

        match &self.check {
            Some(check) => connection::describe(check, &url, findings),
            None => json.null("connection"),
        }
        match &self.ping {
            Some(ping) => ping.describe(findings),
            None => findings.json.null("ping"),
        }
        findings.json.end();
    }
}

fn encoding_name(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::Json => "json",
        Encoding::Form => "form",
    }
}
