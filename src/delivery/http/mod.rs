//! The HTTP client: one connection, which is kept between requests.

mod certificate;
mod client_config;
mod connection;
mod dns;
mod no_proxy;
mod probe;
mod proxy;
mod route;
mod target;
mod tls;
mod trust;

use std::io::Read;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use ureq::Agent;
use ureq::http::HeaderValue;

use connection::Progress;
use dns::{ByProxy, LocalFirst};
use route::Route;

pub(super) use probe::{Probe, probe};
pub(super) use proxy::credentials as proxy_credentials;
pub(super) use target::Target;
pub use trust::SharedTrust;
pub(super) use trust::Trust;

use super::failure::Failure;

/// How much of a response's body is read, in bytes.
const MAX_BODY_BYTES: u64 = 1024;
/// Largest response header section, in bytes.
const MAX_HEADER_BYTES: usize = 64 << 10;
/// Largest read from a connection with TLS, in bytes: a record.
const TLS_BUFFER_BYTES: usize = 17 << 10;
/// Largest write to a connection, in bytes.
const OUTPUT_BUFFER_BYTES: usize = 8 << 10;
/// How long reading the body may take. It is kept for people only; the status decides.
const BODY_TIMEOUT: Duration = Duration::from_secs(1);
/// Where a redirect leads.
pub(super) const LOCATION: &str = "location";
/// Response headers to keep.
const KEPT_HEADERS: [&str; 4] = ["content-type", "date", "content-length", LOCATION];

/// One connection to an endpoint, which is kept between requests.
#[derive(Debug)]
pub(super) struct Client {
    target: Arc<Target>,
    agent: Agent,
    progress: Progress,
    is_aborted: Arc<AtomicBool>,
    /// Why the last connection failed, if ureq's errors have no words for it.
    failure: Arc<Mutex<Option<Failure>>>,
}

/// Ends the request of a [`Client`] from another thread.
#[derive(Debug)]
pub(super) struct AbortHandle {
    agent: Agent,
    is_aborted: Arc<AtomicBool>,
}

impl AbortHandle {
    /// Closes the connection, for good. A host name that is being looked up, or a connection that is being made, still takes its time.
    pub(super) fn abort(self) {
        self.is_aborted.store(true, Ordering::Relaxed);
        self.agent.shutdown();
    }
}

/// A response.
#[derive(Debug)]
pub(super) struct Response {
    pub(super) status: u16,
    /// Whether the server has asked for a client certificate that is not configured.
    pub(super) wants_certificate: bool,
    /// The `retry-after` header.
    pub(super) retry_after: Option<String>,
    /// The headers to keep.
    pub(super) headers: Vec<(String, String)>,
    /// The first kilobyte of the body. Bytes that are not UTF-8 become `?`.
    pub(super) body: String,
}

impl Client {
    /// A client that connects when it is used.
    pub(super) fn new(target: &Arc<Target>) -> Self {
        let (progress, failure) = (Progress::default(), Arc::default());
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            // Every request has its own, or is forwarded without one.
            .user_agent("")
            .max_idle_connections(1)
            .max_idle_connections_per_host(1)
            .input_buffer_size(if target.tls.is_some() { TLS_BUFFER_BYTES } else { MAX_HEADER_BYTES })
            .max_response_header_size(MAX_HEADER_BYTES - 1)
            .output_buffer_size(OUTPUT_BUFFER_BYTES)
            .build();
        let route =
            Route { target: Arc::clone(target), progress: progress.clone(), failure: Arc::clone(&failure) };
        let agent = match target.proxy {
            Some(_) => Agent::with_parts(config, route, ByProxy),
            None => Agent::with_parts(config, route, LocalFirst::new(&progress)),
        };
        Self { target: Arc::clone(target), agent, progress, is_aborted: Arc::default(), failure }
    }

    pub(super) fn abort_handle(&self) -> AbortHandle {
        AbortHandle { agent: self.agent.clone(), is_aborted: Arc::clone(&self.is_aborted) }
    }

    /// Whether the connection was closed for good.
    pub(super) fn is_aborted(&self) -> bool {
        self.is_aborted.load(Ordering::Relaxed)
    }

    /// The failure of a request that took too long.
    pub(super) fn timeout(&self, waited: Duration) -> Failure {
        match self.progress.is_connected() {
            true => Failure::ResponseTimeout(waited),
            false => Failure::ConnectTimeout(waited),
        }
    }

    /// Posts the body and returns the response, both within `timeout`.
    ///
    /// A connection that was used before may have been closed by the receiver meanwhile. Then the request is repeated at once on
    /// a new one. A receiver that had read it before it closed the connection gets it twice, with the same id.
    pub(super) fn post(
        &self,
        headers: &[(String, String)],
        body: &[u8],
        timeout: Duration,
    ) -> Result<Response, Failure> {
        let start = Instant::now();
        match self.post_once(headers, body, timeout) {
            // The receiver closed it since the last request.
            Err(Failure::Closed) if self.progress.is_reused() && !self.is_aborted() => {
                self.post_once(headers, body, timeout.saturating_sub(start.elapsed()))
            }
            result => result,
        }
    }

    fn post_once(
        &self,
        headers: &[(String, String)],
        body: &[u8],
        timeout: Duration,
    ) -> Result<Response, Failure> {
        let mut request = self.agent.post(self.target.url.request_uri().clone());
        for (name, value) in headers {
            request = request.header(name, value.as_bytes());
        }
        self.progress.start();
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
            wants_certificate: self.target.asked.get(),
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
        let Target { asked, unusable, .. } = &*self.target;
        let failure =
            Failure::from_ureq(error, timeout, self.progress.is_connected()).with_authorities(unusable);
        // If a connection that was used before is closed, that has nothing to do with certificates.
        let may_be_refused =
            matches!(failure, Failure::Tls(_) | Failure::Closed) && !self.progress.is_reused();
        if may_be_refused && asked.get() { Failure::ClientCertificate } else { failure }
    }
}
