//! Passes on requests that were received.

use std::sync::Arc;
use std::time::Duration;

use super::http::{Client, LOCATION, Response, SharedTrust, Target};
use crate::settings::{Endpoint, EndpointUrl, ForwardSettings, Secret};
use crate::system::System;

/// How long an answer may take, unless the timeout is set.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Headers of a connection, not of a request. `accept-encoding` is one because answers are not decompressed.
const OF_CONNECTIONS: [&str; 13] = [
    "accept-encoding",
    "connection",
    "content-length",
    "expect",
    "host",
    "http2-settings",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
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
pub struct Forwarder {
    target: Arc<Target>,
    /// The `authorization` header made from user and password of the URL.
    authorization: Option<Secret>,
    timeout: Duration,
}

impl Forwarder {
    /// Fails if the proxy or the certificates for the URL cannot be used.
    pub fn new(url: EndpointUrl, settings: &ForwardSettings, system: &System) -> Result<Self, String> {
        let trust = SharedTrust::new(&system.environment, &settings.authorities, &settings.file_rules);
        let authorization = url.authorization();
        let endpoint = Endpoint::new("forward", url, None);
        let target = Target::new(&endpoint, &trust, &system.environment);
        let target = Arc::new(target.map_err(|failure| failure.to_string())?);
        Ok(Self { target, authorization, timeout: settings.timeout.unwrap_or(TIMEOUT) })
    }

    /// Posts headers and body as they came. User and password of the URL replace an `authorization` header.
    pub fn post(&self, headers: &[(String, String)], body: &[u8]) -> Result<ForwardedResponse, String> {
        let mut headers = end_to_end(headers);
        // Bytes that are not UTF-8 were replaced when the request was read.
        if headers.iter().any(|(_, value)| value.contains(char::REPLACEMENT_CHARACTER)) {
            return Err("a header is not UTF-8".to_owned());
        }
        if let Some(authorization) = &self.authorization {
            headers.retain(|(name, _)| !name.eq_ignore_ascii_case("authorization"));
            headers.push(("authorization".to_owned(), authorization.expose_secret().to_owned()));
        }
        let response = Client::new(&self.target).post(&headers, body, self.timeout);
        let Response { status, retry_after, mut headers, body, .. } =
            response.map_err(|failure| failure.to_string())?;
        if status < 200 {
            return Err(format!("the status {status} is not an answer"));
        }
        headers.retain(|(name, _)| RETURNED.contains(&name.as_str()));
        headers.extend(retry_after.map(|value| ("retry-after".to_owned(), value)));
        Ok(ForwardedResponse { status, headers, body })
    }
}

/// The headers without those of the connection: the known ones, and those that `connection` names.
fn end_to_end(headers: &[(String, String)]) -> Vec<(String, String)> {
    let connection = headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("connection"));
    let named: Vec<&str> = connection.flat_map(|(_, value)| value.split(',')).map(str::trim).collect();
    let is_of_connection = |name: &str| {
        OF_CONNECTIONS.iter().chain(&named).any(|of_connection| name.eq_ignore_ascii_case(of_connection))
    };
    headers.iter().filter(|(name, _)| !is_of_connection(name)).cloned().collect()
}
