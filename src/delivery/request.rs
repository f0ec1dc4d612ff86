//! One event for one endpoint: headers and body, made from what its record keeps.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::value::RawValue;

use super::origin::Origin;
use super::record::{Attempt, DeliveryStatus, Head, Record};
use super::signature;
use crate::event::Event;
use crate::format::Payload;
use crate::settings::{Encoding, Endpoint};
use crate::state::Lock;

/// Characters to escape in a form value, <https://url.spec.whatwg.org/#urlencoded-serializing>. A space becomes
/// `%20`, which all decoders accept.
const FORM_ESCAPES: &AsciiSet = &NON_ALPHANUMERIC.remove(b'*').remove(b'-').remove(b'.').remove(b'_');

/// Replaces values that must not be shown.
const HIDDEN: &str = "***";

/// The `user-agent` header.
const USER_AGENT: &str = concat!("buildhook/", env!("CARGO_PKG_VERSION"));

/// One event to be delivered to one endpoint.
#[derive(Debug)]
pub struct Request {
    /// The receiving endpoint.
    pub endpoint: Endpoint,
    /// The head of its record.
    pub head: Head,
    /// The exact request body, which is what gets signed.
    pub body: String,
    /// The lock of the record, if this resends it.
    resent: Option<Lock>,
}

impl Request {
    /// A request that delivers `event`, rendered as `payload`, to `endpoint`.
    pub fn new(
        delivery_id: String,
        event: &Event,
        payload: Payload,
        endpoint: Endpoint,
        now: Timestamp,
    ) -> Result<Self> {
        let format_headers =
            payload.headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let head = Head {
            id: delivery_id,
            event: payload.name.as_str().to_owned(),
            endpoint: endpoint.name.clone(),
            created_at: now,
            format: payload.format,
            encoding: endpoint.encoding,
            event_id: event.id_as(payload.name).to_string(),
            event_time: event.time,
            format_headers,
            hidden_headers: Vec::new(),
            command_id: String::new(),
            payload: RawValue::from_string(payload.json).context("invalid JSON payload")?,
        };
        let body = body(&head);
        Ok(Self { endpoint, head, body, resent: None })
    }

    /// A request that resends a record, with the same ids and body, to the endpoint as it is configured now.
    pub fn resend(head: Head, lock: Lock, endpoint: Endpoint) -> Self {
        let body = body(&head);
        Self { endpoint, head, body, resent: Some(lock) }
    }

    /// The headers that sign an attempt at this time. Empty without a secret.
    fn signature_headers(&self, attempted_at: Timestamp) -> Vec<(&'static str, String)> {
        let Endpoint { secret, previous_secret, .. } = &self.endpoint;
        secret.as_ref().map_or_else(Vec::new, |secret| {
            signature::headers(
                self.head.format.signature_header,
                &self.head.id,
                self.body.as_bytes(),
                secret,
                previous_secret.as_ref(),
                attempted_at,
            )
        })
    }

    /// All headers of an attempt at this time.
    pub fn headers(&self, attempted_at: Timestamp) -> Vec<(String, String)> {
        let signatures = self.signature_headers(attempted_at).into_iter();
        let configured = self
            .endpoint
            .headers
            .iter()
            .map(|(name, value)| (name.clone(), value.expose_secret().to_owned()));
        let fixed = fixed_headers(&self.head).into_iter();
        fixed.chain(signatures.map(|(name, value)| (name.to_owned(), value))).chain(configured).collect()
    }

    /// All headers for display: configured values are hidden, and signatures unless requested.
    pub fn shown_headers(&self, attempted_at: Timestamp, with_signatures: bool) -> Vec<(String, String)> {
        let mut headers = fixed_headers(&self.head);
        for (name, value) in self.signature_headers(attempted_at) {
            let is_signature = name.contains("signature") && !with_signatures;
            headers.push((name.to_owned(), if is_signature { HIDDEN.to_owned() } else { value }));
        }
        headers.extend(self.endpoint.headers.iter().map(|(name, value)| (name.clone(), value.to_string())));
        headers
    }

    /// Takes the lock of the record, if this resends it.
    pub(super) fn take_lock(&mut self) -> Option<Lock> {
        self.resent.take()
    }

    /// Completes the head before it is recorded by the command with this id.
    pub(super) fn complete_head(&mut self, command_id: &str, now: Timestamp) {
        let signatures = self.signature_headers(now).into_iter().map(|(name, _)| name.to_owned());
        let configured = self.endpoint.headers.iter().map(|(name, _)| name.clone());
        let hidden = signatures.chain(configured).collect();
        self.head.hidden_headers = hidden;
        self.head.command_id = command_id.to_owned();
    }
}

/// The record in full.
pub(super) fn record(head: Head, attempts: Vec<Attempt>, origin: Origin) -> Record {
    let mut request_headers: BTreeMap<String, String> = fixed_headers(&head).into_iter().collect();
    request_headers.extend(head.hidden_headers.iter().map(|name| (name.clone(), HIDDEN.to_owned())));
    let body = body(&head);
    let last = attempts.last();
    let answered = attempts.iter().rev().find(|attempt| attempt.response_code.is_some());
    Record {
        url: head.endpoint.clone(),
        duration: last.map(|attempt| attempt.duration),
        request_headers,
        response_code: answered.and_then(|attempt| attempt.response_code),
        response_headers: answered.map(|attempt| attempt.response_headers.clone()).unwrap_or_default(),
        response_payload: answered.and_then(|attempt| attempt.response_payload.clone()),
        delivery_attempts: attempts.len(),
        status: last.map_or(DeliveryStatus::Pending, |attempt| attempt.status),
        body,
        origin,
        id: head.id,
        event: head.event,
        request_payload: head.payload,
        created_at: head.created_at,
        endpoint: head.endpoint,
        format: head.format,
        event_id: head.event_id,
        event_time: head.event_time,
        attempts,
    }
}

/// The exact body.
fn body(head: &Head) -> String {
    match head.encoding {
        Encoding::Json => head.payload.get().to_owned(),
        Encoding::Form => format!("payload={}", utf8_percent_encode(head.payload.get(), FORM_ESCAPES)),
    }
}

/// The headers that every attempt shares, without the configured ones.
fn fixed_headers(head: &Head) -> Vec<(String, String)> {
    let content_type = match head.encoding {
        Encoding::Json => "application/json",
        Encoding::Form => "application/x-www-form-urlencoded",
    };
    let mut headers = vec![
        ("content-type".to_owned(), content_type.to_owned()),
        ("user-agent".to_owned(), USER_AGENT.to_owned()),
        ("x-webhook-event".to_owned(), head.event.clone()),
        ("x-webhook-id".to_owned(), head.id.clone()),
        ("x-webhook-timestamp".to_owned(), head.event_time.as_second().to_string()),
    ];
    headers.extend(head.format_headers.clone());
    headers
}
