//! Passes on requests that were received.

use std::sync::Arc;
use std::time::Duration;

use super::failure::Failure;
use super::http::{Client, LOCATION, Response, SharedTrust, Target};
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

/// Headers of a response that its sender acts on.
const RETURNED: [&str; 2] = ["content-type", LOCATION];

/// The response to a request that was passed on.
#[derive(Debug)]
pub struct ForwardedResponse {
    /// The status.
    pub status: u16,
    /// `content-type`, `location` and `retry-after`.
    pub headers: Vec<(String, String)>,
    /// The first kilobyte of the body.
    pub body: String,
}

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

    /// Posts headers and body as they came.
    pub fn post(&self, headers: &[(String, String)], body: &[u8]) -> Result<ForwardedResponse, String> {
        let passed = |name: &str| !OF_CONNECTIONS.iter().any(|known| name.eq_ignore_ascii_case(known));
        let headers: Vec<(String, String)> =
            headers.iter().filter(|(name, _)| passed(name)).cloned().collect();
        let Response { status, retry_after, mut headers, body, .. } =
            Client::new(&self.0).post(&headers, body, TIMEOUT).map_err(reason)?;
        headers.retain(|(name, _)| RETURNED.contains(&name.as_str()));
        headers.extend(retry_after.map(|value| ("retry-after".to_owned(), value)));
        Ok(ForwardedResponse { status, headers, body })
    }
}

/// Why there is no response. The time is not that of the settings.
fn reason(failure: Failure) -> String {
    match failure {
        Failure::ResponseTimeout(limit) => format!("no answer within {} s", limit.as_secs()),
        failure => failure.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_setting_is_named_that_has_no_effect() {
        assert_eq!(reason(Failure::ResponseTimeout(TIMEOUT)), "no answer within 30 s");
        assert!(!reason(Failure::ConnectTimeout(TIMEOUT)).contains("BUILDHOOK_"));
    }
}
