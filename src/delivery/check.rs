//! Checks whether endpoints are reachable, without sending anything to them.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::failure::Failure;
use super::http::{self, Probe, SharedTrust};
use super::redact::Redactor;
use crate::settings::Endpoint;
use crate::system::System;

/// The way to one endpoint, as far as it could be gone.
#[derive(Debug, Clone, Default)]
pub struct Check {
    /// Host and port of the proxy.
    pub proxy: Option<String>,
    /// The addresses that the name resolves to: the receiver's or the proxy's.
    pub addresses: Vec<String>,
    /// The address and port that accepted the connection.
    pub address: Option<String>,
    /// The negotiated version of TLS, such as `TLS 1.3`.
    pub tls: Option<String>,
    /// When the certificate chain expires.
    pub certificate_until: Option<Timestamp>,
    /// In how many days that is, rounded down.
    pub certificate_days_left: Option<i64>,
    /// The name in the certificate.
    pub certificate_subject: Option<String>,
    /// The name of its issuer.
    pub certificate_issuer: Option<String>,
    /// How long the check took, in milliseconds.
    pub duration_ms: u64,
    /// Why the endpoint is not reachable.
    pub error: Option<String>,
}

/// Checks all endpoints concurrently, each for up to its own timeout or else `timeout`. The results are in the order of the endpoints.
pub fn check(endpoints: &[&Endpoint], trust: &SharedTrust, timeout: Duration, system: &System) -> Vec<Check> {
    let timeout_of = |endpoint: &Endpoint| endpoint.timeout.unwrap_or(timeout);
    let timed_out = |endpoint: &&Endpoint| Check {
        duration_ms: timeout_of(endpoint).as_millis() as u64,
        error: Some(Failure::ResponseTimeout(timeout_of(endpoint)).to_string()),
        ..Check::default()
    };
    let mut checks: Vec<Check> = endpoints.iter().map(timed_out).collect();
    let (sender, results) = mpsc::channel();
    for (index, endpoint) in endpoints.iter().enumerate() {
        let sender = sender.clone();
        let timeout = timeout_of(endpoint);
        let (endpoint, trust, system) = ((*endpoint).clone(), trust.clone(), system.clone());
        // A hanging DNS lookup cannot be cancelled, so its thread is abandoned.
        std::thread::spawn(move || {
            let _ = sender.send((index, check_one(&endpoint, &trust, timeout, &system)));
        });
    }
    drop(sender);
    let longest = endpoints.iter().map(|endpoint| timeout_of(endpoint)).max().unwrap_or_default();
    let deadline = Instant::now() + longest;
    while let Ok((index, check)) = results.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
        checks[index] = check;
    }
    checks
}

fn check_one(endpoint: &Endpoint, trust: &SharedTrust, timeout: Duration, system: &System) -> Check {
    let start = Instant::now();
    let mut found = Probe::default();
    let redactor = Redactor::new(endpoint, &system.environment);
    let result = http::probe(endpoint, trust.get(), timeout, system, &mut found);
    Check {
        proxy: found.proxy,
        addresses: found.addresses.iter().map(ToString::to_string).collect(),
        address: found.address.map(|address| address.to_string()),
        tls: found.tls,
        certificate_until: found.certificate_until,
        certificate_days_left: found
            .certificate_until
            .map(|until| (until.as_second() - system.now().as_second()) / 86_400),
        certificate_subject: found.certificate_names.subject,
        certificate_issuer: found.certificate_names.issuer,
        duration_ms: start.elapsed().as_millis() as u64,
        error: result.err().map(|failure| redactor.redact(&failure.to_string())),
    }
}
