//! The content of requests: an event, rendered once for all endpoints that want the same form. The signature of the body is
//! calculated once for each secret, however many endpoints and attempts there are.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::value::RawValue;

use super::record::Head;
use super::signature;
use crate::event::Event;
use crate::format::{Payload, WireFormat};
use crate::settings::{Encoding, Secret};

/// Characters to escape in a form value, <https://url.spec.whatwg.org/#urlencoded-serializing>. A space becomes
/// `%20`, which all decoders accept.
const FORM_ESCAPES: &AsciiSet = &NON_ALPHANUMERIC.remove(b'*').remove(b'-').remove(b'.').remove(b'_');

/// An event in one form.
pub struct Content {
    pub(super) event: Arc<str>,
    pub(super) subject: Option<Arc<str>>,
    pub(super) event_id: Arc<str>,
    /// The job that the event comes from.
    pub(super) job: Option<String>,
    pub(super) event_time: Timestamp,
    pub(super) format: &'static WireFormat,
    pub(super) encoding: Encoding,
    pub(super) format_headers: BTreeMap<String, String>,
    pub(super) payload: Box<RawValue>,
    /// The body, unless it is the payload as it is.
    encoded: Option<String>,
    signatures: Mutex<Vec<(Secret, String)>>,
}

/// Leaves out the payload.
impl fmt::Debug for Content {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Content({} {})", self.event, self.event_id)
    }
}

impl Content {
    /// The content of `event`, from its rendered payload.
    pub fn new(event: &Event, payload: Payload, encoding: Encoding) -> Result<Self> {
        let Payload { name, format, headers, json } = payload;
        let content = Self {
            event: name.as_str().into(),
            subject: event.subject().map(Into::into),
            event_id: event.id_as(name).to_string().into(),
            job: Some(event.source.ids.job_slug.clone()),
            event_time: event.time,
            format,
            encoding,
            format_headers: headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            payload: RawValue::from_string(json).context("invalid JSON payload")?,
            encoded: None,
            signatures: Mutex::default(),
        };
        Ok(content.encoded())
    }

    /// The content of a record.
    pub(super) fn from_record(head: &Head) -> Self {
        let content = Self {
            event: head.event.as_str().into(),
            subject: head.subject.as_deref().map(Into::into),
            event_id: head.event_id.as_str().into(),
            job: head.job.clone(),
            event_time: head.event_time,
            format: head.format,
            encoding: head.encoding,
            format_headers: head.format_headers.clone(),
            payload: head.payload.clone(),
            encoded: None,
            signatures: Mutex::default(),
        };
        content.encoded()
    }

    fn encoded(mut self) -> Self {
        self.encoded = match self.encoding {
            Encoding::Json => None,
            Encoding::Form => {
                Some(format!("payload={}", utf8_percent_encode(self.payload.get(), FORM_ESCAPES)))
            }
        };
        self
    }

    /// The exact body, which is what gets signed.
    pub fn body(&self) -> &str {
        self.encoded.as_deref().unwrap_or_else(|| self.payload.get())
    }

    /// The HMAC-SHA256 of the body in hex.
    pub(super) fn signature(&self, secret: &Secret) -> String {
        let mut signatures = self.signatures.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, signature)) = signatures.iter().find(|(known, _)| known == secret) {
            return signature.clone();
        }
        let signature = signature::body_signature(self.body().as_bytes(), secret);
        signatures.push((secret.clone(), signature.clone()));
        signature
    }
}
