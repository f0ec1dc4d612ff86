//! Posts one request and reads the response.

mod certificate;
mod client_config;
mod connection;
mod dns;
mod no_proxy;
mod probe;
mod proxy;
mod route;
mod tls;
mod trust;

use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ureq::Agent;
use ureq::http::HeaderValue;

use client_config::{Asked, client_config};
use connection::Connected;
use dns::{ByProxy, LocalFirst};
use route::Route;

pub(super) use probe::{Probe, probe};
pub(super) use proxy::{credentials as proxy_credentials, has_https_proxy};
pub(super) use trust::Trust;

use super::failure::Failure;
use crate::settings::{Endpoint, EndpointUrl};
use crate::system::Environment;

/// How much of a response's body is read, in bytes.
const MAX_BODY_BYTES: u64 = 1024;
/// Largest response header section, in bytes.
const MAX_HEADER_BYTES: usize = 64 << 10;
/// Largest write to a connection, in bytes.
const OUTPUT_BUFFER_BYTES: usize = 8 << 10;
/// How long reading the body may take. It is kept for people only; the status decides.
const BODY_TIMEOUT: Duration = Duration::from_secs(1);
/// Response headers to keep.
const KEPT_HEADERS: [&str; 3] = ["content-type", "date", "content-length"];

/// An HTTP client for one endpoint.
#[derive(Debug)]
pub(super) struct Client {
    agent: Agent,
    connected: Connected,
    asked: Asked,
    /// Why the last connection failed, if ureq's errors have no words for it.
    failure: Arc<Mutex<Option<Failure>>>,
    /// The variable that names no certificate.
    unusable: Option<String>,
    url: EndpointUrl,
}

/// A response.
#[derive(Debug)]
pub(super) struct Response {
    pub(super) status: u16,
    /// The `retry-after` header.
    pub(super) retry_after: Option<String>,
    /// The headers to keep.
    pub(super) headers: Vec<(String, String)>,
    /// The first kilobyte of the body. Bytes that are not UTF-8 become `?`.
    pub(super) body: String,
}

impl Client {
    /// A client with the proxy that the environment configures.
    pub(super) fn new(
        endpoint: &Endpoint,
        trust: &Trust,
        environment: &Environment,
    ) -> Result<Self, Failure> {
        let url = &endpoint.url;
        let (connected, asked, failure) = (Connected::default(), Asked::default(), Arc::default());
        let proxy = proxy::select(url, environment)?;
        let identity = endpoint.client_identity();
        let tls = url.is_https().then(|| client_config(trust, identity.as_ref(), &asked)).transpose()?;
        let needs_proxy_tls = proxy.as_ref().is_some_and(|proxy| proxy.is_https);
        let proxy_tls = needs_proxy_tls.then(|| client_config(trust, None, &Asked::default())).transpose()?;
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .max_idle_connections(0)
            .input_buffer_size(MAX_HEADER_BYTES)
            .max_response_header_size(MAX_HEADER_BYTES - 1)
            .output_buffer_size(OUTPUT_BUFFER_BYTES)
            .build();
        let is_proxied = proxy.is_some();
        let (shared, failed) = (connected.clone(), Arc::clone(&failure));
        let route = Route { proxy, tls, proxy_tls, connected: shared, failure: failed };
        let agent = match is_proxied {
            true => Agent::with_parts(config, route, ByProxy),
            false => Agent::with_parts(config, route, LocalFirst::default()),
        };
        Ok(Self { agent, connected, asked, failure, unusable: trust.unusable.clone(), url: url.clone() })
    }

    /// Posts the body and returns the response, both within `timeout`.
    pub(super) fn post(
        &self,
        headers: &[(String, String)],
        body: &[u8],
        timeout: Duration,
    ) -> Result<Response, Failure> {
        let mut request = self.agent.post(self.url.request_uri().clone());
        for (name, value) in headers {
            request = request.header(name, value);
        }
        self.connected.set(false);
        let request = request
            .config()
            .timeout_global(Some(timeout))
            .timeout_recv_body(Some(BODY_TIMEOUT.min(timeout)))
            .build();
        let response = request.send(body).map_err(|error| self.failure(&error, timeout))?;
        let (head, body) = response.into_parts();
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = KEPT_HEADERS
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), text(head.headers.get(*name)?))))
            .collect();
        let mut start = Vec::new();
        // An incomplete or invalid body is not an error: what was read so far is kept.
        let _ = body.into_reader().take(MAX_BODY_BYTES).read_to_end(&mut start);
        // A character that the limit cuts is left out, so that a secret that ends with it is found.
        if let Err(error) = std::str::from_utf8(&start)
            && error.error_len().is_none()
        {
            start.truncate(error.valid_up_to());
        }
        Ok(Response {
            status: head.status.as_u16(),
            retry_after: head.headers.get("retry-after").map(text),
            headers,
            // The replacement character has three bytes, `?` keeps to the limit.
            body: String::from_utf8_lossy(&start).replace(char::REPLACEMENT_CHARACTER, "?"),
        })
    }

    /// Why a request got no response.
    fn failure(&self, error: &ureq::Error, timeout: Duration) -> Failure {
        if let Some(failure) = self.failure.lock().unwrap_or_else(PoisonError::into_inner).take() {
            return failure;
        }
        let failure =
            Failure::from_ureq(error, timeout, self.connected.get()).with_authorities(&self.unusable);
        let may_be_refused = matches!(failure, Failure::Tls(_) | Failure::Closed);
        if may_be_refused && self.asked.get() { Failure::ClientCertificate } else { failure }
    }
}
