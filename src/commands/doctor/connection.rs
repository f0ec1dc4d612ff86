//! The way to an endpoint: name, proxy, address, TLS, certificate.

use super::Findings;
use crate::delivery::Check;
use crate::report::{date, human_millis};

/// A certificate that expires sooner is worth a warning, in days.
const EXPIRES_SOON_DAYS: i64 = 14;

/// Adds a sentence for each problem with the connection to the endpoint of this name.
pub(super) fn judge(name: &str, check: &Check, findings: &mut Findings) {
    if let Some(error) = &check.error {
        findings.errors.push([name, ": ", error].concat());
    }
    let expires_soon = check.certificate_days_left.is_some_and(|days| days < EXPIRES_SOON_DAYS);
    if let (Some(until), true) = (check.certificate_until, expires_soon) {
        let until = date(until);
        findings.warnings.push(format!(
            "{name}: the certificate expires in less than {EXPIRES_SOON_DAYS} days, on {until}; renew it"
        ));
    }
}

/// Describes the connection to an endpoint with this URL.
pub(super) fn describe(check: &Check, url: &str, findings: &mut Findings) {
    let Findings { sheet, json, .. } = findings;
    if let Some(proxy) = &check.proxy {
        sheet.fact("proxy", &[proxy]);
    }
    // Of an address it is plain.
    let host = check.proxy.as_deref().unwrap_or(url);
    let is_address = matches!(&check.addresses[..], [only] if host.contains(only));
    if !check.addresses.is_empty() && !is_address {
        sheet.fact("resolves to", &[&check.addresses.join(", ")]);
    }
    let took = human_millis(check.duration_ms);
    match (&check.error, &check.address) {
        (None, Some(address)) => {
            let (by, tls) = check.tls.as_ref().map_or(("", ""), |tls| (" by ", tls));
            sheet.fact("reached", &[address, by, tls, " in ", &took]);
        }
        // The error follows the facts.
        (Some(_), Some(address)) => sheet.fact("not reached", &[address, " after ", &took]),
        (Some(_), None) => sheet.fact("not reached", &["after ", &took]),
        (None, None) => {}
    }
    if let (Some(until), Some(days)) = (check.certificate_until, check.certificate_days_left) {
        let subject = check.certificate_subject.as_deref().unwrap_or("the host");
        let issuer = check.certificate_issuer.as_deref().unwrap_or("an unnamed authority");
        let (until, days) = (date(until), days.to_string());
        let parts = ["for ", subject, ", by ", issuer, ", until ", &until, " (", &days, " days left)"];
        sheet.fact("certificate", &parts);
    }
    json.begin("connection");
    json.text("proxy", check.proxy.as_deref());
    json.strings("addresses", &mut check.addresses.iter().map(String::as_str));
    json.text("address", check.address.as_deref());
    json.text("tls", check.tls.as_deref());
    json.text("certificate_until", check.certificate_until.map(|until| until.to_string()).as_deref());
    json.number("certificate_days_left", check.certificate_days_left);
    json.text("certificate_subject", check.certificate_subject.as_deref());
    json.text("certificate_issuer", check.certificate_issuer.as_deref());
    json.number("duration_ms", Some(check.duration_ms as i64));
    json.text("error", check.error.as_deref());
    json.end();
}

#[cfg(test)]
mod tests {
    use super::{Check, Findings, judge};
    use crate::report::FactSheet;

    #[test]
    fn a_certificate_that_expires_soon_is_worth_a_warning() {
        for (days, count) in [(14, 0), (13, 1), (0, 1)] {
            let until = Some("2025-11-30T00:00:00Z".parse().unwrap());
            let check =
                Check { certificate_until: until, certificate_days_left: Some(days), ..Check::default() };
            let mut findings = Findings::new(FactSheet::default());
            judge("lab", &check, &mut findings);
            let warnings = findings.warnings;
            assert_eq!((warnings.len(), findings.errors.len()), (count, 0), "{days}: {warnings:?}");
            assert!(warnings.iter().all(|warning| warning.ends_with("on 2025-11-30; renew it")));
        }
    }
}
