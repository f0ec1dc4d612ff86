//! Passes on requests that were received.

use std::sync::Arc;
use std::time::Duration;

use super::http::{Client, SharedTrust, Target};
use crate::file_rules::FileRules;
use crate::settings::{Endpoint, EndpointUrl};
use crate::system::System;

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Headers of a connection, not of a request.
const OF_CONNECTIONS: [&str; 9] = [
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// A URL to which requests are passed on.
#[derive(Debug)]
pub struct Forwarder(Arc<Target>);

impl Forwarder {
    /// Fails if the proxy or the certificates for the URL cannot be used.
    pub fn new(url: EndpointUrl, rules: &FileRules, system: &System) -> Result<Self, String> {
        let trust = SharedTrust::new(&system.environment, &[], rules);
        let endpoint = Endpoint::new("forward", url, None);
        let target = Target::new(&endpoint, &trust, &system.environment);
        target.map(|target| Self(Arc::new(target))).map_err(|failure| failure.to_string())
    }

    /// Posts headers and body as they came. Returns the status and the first kilobyte of the answer.
    pub fn post(&self, headers: &[(String, String)], body: &[u8]) -> Result<(u16, String), String> {
        let passed = |name: &str| !OF_CONNECTIONS.iter().any(|known| name.eq_ignore_ascii_case(known));
        let headers: Vec<(String, String)> =
            headers.iter().filter(|(name, _)| passed(name)).cloned().collect();
        match Client::new(&self.0).post(&headers, body, TIMEOUT) {
            Ok(response) => Ok((response.status, response.body)),
            Err(failure) => Err(failure.to_string()),
        }
    }
}
