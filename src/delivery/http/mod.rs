//! One attempt: a POST and the answer to it.

use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use ureq::Agent;
use ureq::tls::{RootCerts, TlsConfig};

mod connection;
pub(super) mod dns;
pub(super) mod proxy;
pub(super) mod tls;
pub(super) mod trust;

use connection::Connected;
use dns::AddressFirst;

use super::failure::Failure;
use crate::settings::EndpointUrl;
use crate::system::Environment;

/// How much of a response's body is read.
const BODY_LIMIT: u64 = 1024;
/// Headers of a response that have as many bytes do not end.
const HEADERS_LIMIT: usize = 64 << 10;
/// Bytes that are sent at once.
const OUTPUT_BUFFER: usize = 8 << 10;
/// How long its body may take once the status is there: the status decides, the body is only kept for people.
const BODY_TIMEOUT: Duration = Duration::from_secs(1);
/// Headers of a response that are kept.
const KEPT_HEADERS: [&str; 3] = ["content-type", "date", "content-length"];

/// A client for one endpoint.
#[derive(Debug)]
pub(super) struct Client {
    agent: Agent,
    connected: Connected,
    url: EndpointUrl,
}

/// An answer.
#[derive(Debug)]
pub(super) struct Response {
    pub(super) status: u16,
    /// `retry-after` as it was sent.
    pub(super) retry_after: Option<String>,
    /// Those headers that are kept.
    pub(super) headers: Vec<(String, String)>,
    /// The first kilobyte of the body.
    pub(super) body: String,
}

/// Bytes as text of at most as many bytes: what is no UTF-8 becomes `?`.
fn text_of(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).replace(char::REPLACEMENT_CHARACTER, "?")
}

impl Client {
    /// A client that trusts `authorities` and goes through the proxy that `environment` names.
    pub(super) fn new(
        url: &EndpointUrl,
        authorities: Option<RootCerts>,
        environment: &Environment,
    ) -> Result<Self, Failure> {
        let mut config = TlsConfig::builder();
        if let Some(authorities) = authorities {
            config =
                config.root_certs(authorities).unversioned_rustls_crypto_provider(Arc::new(tls::provider()));
        }
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(proxy::choose(url, environment).map_err(Failure::ProxyVariable)?)
            .tls_config(config.build())
            .max_idle_connections(0)
            .input_buffer_size(HEADERS_LIMIT)
            .max_response_header_size(HEADERS_LIMIT - 1)
            .output_buffer_size(OUTPUT_BUFFER)
            .build();
        let connected = Connected::default();
        let agent = Agent::with_parts(config, connection::connector(&connected), AddressFirst::default());
        Ok(Self { agent, connected, url: url.clone() })
    }

    /// Posts the body and waits for the answer, `timeout` at the longest.
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
        let configured = request
            .config()
            .timeout_global(Some(timeout))
            .timeout_recv_body(Some(BODY_TIMEOUT.min(timeout)))
            .build();
        let answer = configured
            .send(body)
            .map_err(|error| Failure::from_ureq(&error, timeout, self.connected.get()))?;
        let (parts, body) = answer.into_parts();
        let text = |value: &ureq::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = KEPT_HEADERS
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), text(parts.headers.get(*name)?))))
            .collect();
        let mut beginning = Vec::new();
        // What of the body came in time is kept; that it ended badly changes nothing.
        let _ = body.into_reader().take(BODY_LIMIT).read_to_end(&mut beginning);
        Ok(Response {
            status: parts.status.as_u16(),
            retry_after: parts.headers.get("retry-after").map(text),
            headers,
            body: text_of(&beginning),
        })
    }
}
