//! Posts one request and reads the response.

mod certificate;
mod connection;
mod dns;
mod no_proxy;
mod probe;
mod proxy;
mod tls;
mod trust;

use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use ureq::Agent;
use ureq::http::HeaderValue;
use ureq::tls::{RootCerts, TlsConfig};

use connection::Connected;
use dns::LocalFirst;

pub(super) use probe::{Probe, probe};
pub(super) use trust::{trusted_certificates, trusted_roots};

use super::failure::Failure;
use crate::settings::EndpointUrl;
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
    /// A client that trusts `roots` and uses the proxy configured in the environment.
    pub(super) fn new(
        url: &EndpointUrl,
        roots: Option<RootCerts>,
        environment: &Environment,
    ) -> Result<Self, Failure> {
        let mut tls = TlsConfig::builder();
        if let Some(roots) = roots {
            tls = tls.root_certs(roots).unversioned_rustls_crypto_provider(Arc::new(tls::provider()));
        }
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(proxy::select(url, environment)?)
            .tls_config(tls.build())
            .max_idle_connections(0)
            .input_buffer_size(MAX_HEADER_BYTES)
            .max_response_header_size(MAX_HEADER_BYTES - 1)
            .output_buffer_size(OUTPUT_BUFFER_BYTES)
            .build();
        let connected = Connected::default();
        let agent = Agent::with_parts(config, connection::connector(&connected), LocalFirst::default());
        Ok(Self { agent, connected, url: url.clone() })
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
        let response =
            request.send(body).map_err(|error| Failure::from_ureq(&error, timeout, self.connected.get()))?;
        let (head, body) = response.into_parts();
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = KEPT_HEADERS
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), text(head.headers.get(*name)?))))
            .collect();
        let mut start = Vec::new();
        // An incomplete or invalid body is not an error: what was read so far is kept.
        let _ = body.into_reader().take(MAX_BODY_BYTES).read_to_end(&mut start);
        Ok(Response {
            status: head.status.as_u16(),
            retry_after: head.headers.get("retry-after").map(text),
            headers,
            // The replacement character has three bytes, `?` keeps to the limit.
            body: String::from_utf8_lossy(&start).replace(char::REPLACEMENT_CHARACTER, "?"),
        })
    }
}
