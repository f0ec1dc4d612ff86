//! Checks whether endpoints are reachable, without sending anything to them.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::Serialize;
use ureq::tls::Certificate;

use super::failure::Failure;
use super::http::{self, Probe, SharedTrust};
use super::redact::Redactor;
use crate::file_rules::FileRules;
use crate::settings::Endpoint;
use crate::system::System;

/// The result for one endpoint.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Check {
    /// The endpoint's name.
    pub endpoint: String,
    /// Host and port of the proxy.
    pub proxy: Option<String>,
    /// The address that accepted the connection: the receiver's or the proxy's.
    pub address: Option<String>,
    /// The negotiated TLS version.
    pub tls: Option<String>,
    /// When the certificate chain expires.
    pub certificate_until: Option<Timestamp>,
    /// How long the check took, in milliseconds.
    pub duration_ms: u64,
    /// Why the endpoint is not reachable.
    pub error: Option<String>,
}

/// Checks all endpoints concurrently, for up to `timeout`. The results are in the order of the endpoints.
pub fn check(
    endpoints: &[&Endpoint],
    authorities: &[Certificate<'static>],
    rules: &FileRules,
    timeout: Duration,
    system: &System,
) -> Vec<Check> {
    let trust = SharedTrust::new(&system.environment, authorities, rules);
    let timed_out = |endpoint: &&Endpoint| Check {
        endpoint: endpoint.name.clone(),
        duration_ms: timeout.as_millis() as u64,
        error: Some(Failure::ResponseTimeout(timeout).to_string()),
        ..Check::default()
    };
    let mut checks: Vec<Check> = endpoints.iter().map(timed_out).collect();
    let (sender, results) = mpsc::channel();
    for (index, endpoint) in endpoints.iter().enumerate() {
        let sender = sender.clone();
        let (endpoint, trust, system) = ((*endpoint).clone(), trust.clone(), system.clone());
        // A hanging DNS lookup cannot be cancelled, so its thread is abandoned.
        std::thread::spawn(move || {
            let _ = sender.send((index, check_one(&endpoint, &trust, timeout, &system)));
        });
    }
    drop(sender);
    let deadline = Instant::now() + timeout;
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
        endpoint: endpoint.name.clone(),
        proxy: found.proxy,
        address: found.address.map(|address| address.to_string()),
        tls: found.tls,
        certificate_until: found.certificate_until,
        duration_ms: start.elapsed().as_millis() as u64,
        error: result.err().map(|failure| redactor.redact(&failure.to_string())),
    }
}
