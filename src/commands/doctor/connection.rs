//! The way to an endpoint: name, proxy, address, TLS, certificate.

use crate::delivery::Check;
use crate::report::{FactSheet, date, human_millis};

/// A certificate that expires sooner is worth a warning, in days.
const EXPIRES_SOON_DAYS: i64 = 14;

/// Adds a sentence for each problem with the connection to the endpoint of this name.
pub(super) fn judge(name: &str, check: &Check, warnings: &mut Vec<String>, errors: &mut Vec<String>) {
    if let Some(error) = &check.error {
        errors.push(format!("{name}: {error}"));
    }
    let expires_soon = check.certificate_days_left.is_some_and(|days| days < EXPIRES_SOON_DAYS);
    if let (Some(until), true) = (check.certificate_until, expires_soon) {
        let until = date(until);
        warnings.push(format!(
            "{name}: the certificate expires in less than {EXPIRES_SOON_DAYS} days, on {until}; renew it"
        ));
    }
}

/// Shows the connection to an endpoint with this URL.
pub(super) fn show(check: &Check, url: &str, sheet: &mut FactSheet) {
    if let Some(proxy) = &check.proxy {
        sheet.fact("proxy", proxy);
    }
    // Of an address it is plain.
    let host = check.proxy.as_deref().unwrap_or(url);
    let is_address = matches!(&check.addresses[..], [only] if host.contains(only.as_str()));
    if !check.addresses.is_empty() && !is_address {
        sheet.fact("resolves to", &check.addresses.join(", "));
    }
    let took = human_millis(check.duration_ms);
    let by = check.tls.as_ref().map(|tls| format!(" by {tls}")).unwrap_or_default();
    match (&check.error, &check.address) {
        (None, Some(address)) => sheet.fact("reached", &format!("{address}{by} in {took}")),
        (Some(error), Some(address)) => sheet.fact("not reached", &format!("{address}: {error}")),
        (Some(error), None) => sheet.fact("not reached", error),
        (None, None) => {}
    }
    if let (Some(until), Some(days)) = (check.certificate_until, check.certificate_days_left) {
        let subject = check.certificate_subject.as_deref().unwrap_or("the host");
        let issuer = check.certificate_issuer.as_deref().unwrap_or("an unnamed authority");
        let until = date(until);
        sheet.fact("certificate", &format!("for {subject}, by {issuer}, until {until} ({days} days left)"));
    }
}

#[cfg(test)]
mod tests {
    use super::{Check, judge};

    #[test]
    fn a_certificate_that_expires_soon_is_worth_a_warning() {
        for (days, count) in [(14, 0), (13, 1), (0, 1)] {
            let until = Some("2025-11-30T00:00:00Z".parse().unwrap());
            let check =
                Check { certificate_until: until, certificate_days_left: Some(days), ..Check::default() };
            let (mut warnings, mut errors) = (Vec::new(), Vec::new());
            judge("lab", &check, &mut warnings, &mut errors);
            assert_eq!((warnings.len(), errors.len()), (count, 0), "{days}: {warnings:?}");
            assert!(warnings.iter().all(|warning| warning.ends_with("on 2025-11-30; renew it")));
        }
    }
}
