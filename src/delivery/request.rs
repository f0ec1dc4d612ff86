//! One event for one endpoint: headers, body and record.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::value::RawValue;

use super::record::{DeliveryStatus, Record};
use super::signature;
use crate::event::Event;
use crate::format::{Payload, WireFormat};
use crate::settings::{Encoding, Endpoint};
use crate::state::Lock;

/// Characters to escape in a form value, <https://url.spec.whatwg.org/#urlencoded-serializing>. A space becomes
/// `%20`, which all decoders accept.
const FORM_ESCAPES: &AsciiSet = &NON_ALPHANUMERIC.remove(b'*').remove(b'-').remove(b'.').remove(b'_');

/// Replaces values that must not be shown.
const HIDDEN: &str = "***";

/// One event to be delivered to one endpoint.
#[derive(Debug)]
pub struct Request {
    /// The delivery's id.
    pub delivery_id: String,
    /// The receiving endpoint.
    pub endpoint: Endpoint,
    /// The event's name.
    pub event: String,
    /// The format of the body.
    format: &'static WireFormat,
    /// The event's id.
    pub event_id: String,
    /// When the event happened.
    event_time: Timestamp,
    /// The event as JSON.
    payload: String,
    /// The headers that every attempt shares, without the configured ones.
    fixed_headers: Vec<(String, String)>,
    /// The exact request body, which is what gets signed.
    pub body: String,
    /// The record to continue and its lock, if this is a redelivery.
    previous: Option<(Box<Record>, Lock)>,
}

/// The `user-agent` header.
const USER_AGENT: &str = concat!("buildhook/", env!("CARGO_PKG_VERSION"));

impl Request {
    /// A request that delivers `event`, rendered as `payload`, to `endpoint`.
    pub fn new(delivery_id: String, event: &Event, payload: Payload, endpoint: Endpoint) -> Self {
        let (content_type, body) = match endpoint.encoding {
            Encoding::Json => ("application/json", payload.json.clone()),
            Encoding::Form => {
                let body = format!("payload={}", utf8_percent_encode(&payload.json, FORM_ESCAPES));
                ("application/x-www-form-urlencoded", body)
            }
        };
        let (name, event_id) = (payload.name.as_str(), event.id.to_string());
        let mut fixed_headers = vec![
            ("content-type".to_owned(), content_type.to_owned()),
            ("user-agent".to_owned(), USER_AGENT.to_owned()),
            ("x-webhook-event".to_owned(), name.to_owned()),
            ("x-webhook-id".to_owned(), event_id.clone()),
            ("x-webhook-timestamp".to_owned(), event.time.as_second().to_string()),
        ];
        fixed_headers.extend(payload.headers.into_iter().map(|(name, value)| (name.to_owned(), value)));
        Self {
            delivery_id,
            endpoint,
            event: name.to_owned(),
            format: payload.format,
            event_id,
            event_time: event.time,
            payload: payload.json,
            fixed_headers,
            body,
            previous: None,
        }
    }

    /// A request that resends a record, with the same ids and body, to the endpoint as it is configured now.
    pub fn from_record(record: Record, lock: Lock, endpoint: Endpoint) -> Self {
        // Hidden headers are generated again: signatures, and the headers of the current configuration.
        let fixed_headers = record
            .request_headers
            .iter()
            .filter(|(name, value)| {
                *value != HIDDEN && !matches!(name.as_str(), "webhook-id" | "webhook-timestamp")
            })
            .map(|(name, value)| match name.as_str() {
                "user-agent" => (name.clone(), USER_AGENT.to_owned()),
                _ => (name.clone(), value.clone()),
            })
            .collect();
        Self {
            delivery_id: record.id.clone(),
            endpoint,
            event: record.event.clone(),
            format: record.format,
            event_id: record.event_id.clone(),
            event_time: record.event_time,
            payload: record.request_payload.get().to_owned(),
            fixed_headers,
            body: record.body.clone(),
            previous: Some((Box::new(record), lock)),
        }
    }

    /// The headers that sign an attempt at this time. Empty without a secret.
    fn signature_headers(&self, attempted_at: Timestamp) -> Vec<(&'static str, String)> {
        let Endpoint { secret, previous_secret, .. } = &self.endpoint;
        secret.as_ref().map_or_else(Vec::new, |secret| {
            let body = self.body.as_bytes();
            signature::headers(
                self.format.signature_header,
                &self.event_id,
                body,
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
        let fixed = self.fixed_headers.iter().cloned();
        fixed.chain(signatures.map(|(name, value)| (name.to_owned(), value))).chain(configured).collect()
    }

    /// All headers for display: configured values are hidden, and signatures unless requested.
    pub fn shown_headers(&self, attempted_at: Timestamp, with_signatures: bool) -> Vec<(String, String)> {
        let mut headers = self.fixed_headers.clone();
        for (name, value) in self.signature_headers(attempted_at) {
            let is_signature = name.ends_with("signature") && !with_signatures;
            headers.push((name.to_owned(), if is_signature { HIDDEN.to_owned() } else { value }));
        }
        headers.extend(self.endpoint.headers.iter().map(|(name, value)| (name.clone(), value.to_string())));
        headers
    }

    /// The record to write before the first attempt: a new one, or for a redelivery the previous one and its lock.
    pub(super) fn begin_record(&mut self, now: Timestamp) -> Result<(Record, Option<Lock>)> {
        let request_headers = self.shown_headers(now, false).into_iter().collect();
        if let Some((record, lock)) = self.previous.take() {
            let record = Record { request_headers, status: DeliveryStatus::Pending, ..*record };
            return Ok((record, Some(lock)));
        }
        let payload = RawValue::from_string(self.payload.clone()).context("invalid JSON payload")?;
        let record = Record {
            id: self.delivery_id.clone(),
            event: self.event.clone(),
            url: self.endpoint.name.clone(),
            duration: None,
            request_headers,
            request_payload: payload,
            response_code: None,
            response_headers: BTreeMap::new(),
            response_payload: None,
            delivery_attempts: 0,
            created_at: now,
            status: DeliveryStatus::Pending,
            endpoint: self.endpoint.name.clone(),
            format: self.format,
            event_id: self.event_id.clone(),
            event_time: self.event_time,
            body: self.body.clone(),
            attempts: Vec::new(),
        };
        Ok((record, None))
    }
}
