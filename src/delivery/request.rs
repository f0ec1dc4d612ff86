//! What is posted to one endpoint, the signature apart.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::value::RawValue;

use super::record::{DeliveryStatus, Record};
use super::records::Lock;
use super::signature;
use crate::event::Event;
use crate::format::{Payload, WireFormat};
use crate::settings::{Encoding, Endpoint};

/// The bytes that stand for themselves in a form, <https://url.spec.whatwg.org/#urlencoded-serializing>; a space
/// becomes `%20`, which every decoder takes.
const FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'*').remove(b'-').remove(b'.').remove(b'_');

/// What stands in the place of a value that must not show.
const HIDDEN: &str = "***";

/// One event on its way to one endpoint.
#[derive(Debug)]
pub struct Request {
    /// The delivery's own id.
    pub delivery_id: String,
    /// Where it goes.
    pub endpoint: Endpoint,
    /// The event's name.
    pub event: String,
    /// The format of the body.
    format: &'static WireFormat,
    /// The event's id.
    pub event_id: String,
    /// The event's time, Unix seconds.
    event_time: i64,
    /// The event as JSON.
    payload: String,
    /// The headers that do not change from one attempt to the next, those of the user apart.
    plain_headers: Vec<(String, String)>,
    /// The bytes that are posted and signed.
    pub body: String,
    /// What was written down of it before, and the right to do it again.
    previous: Option<(Box<Record>, Lock)>,
}

/// Who posts.
const USER_AGENT: &str = concat!("buildhook/", env!("CARGO_PKG_VERSION"));

impl Request {
    /// The request that takes `event`, written as `payload`, to `endpoint`.
    pub fn new(delivery_id: String, event: &Event, payload: Payload, endpoint: Endpoint) -> Self {
        let (content_type, body) = match endpoint.encoding {
            Encoding::Json => ("application/json", payload.json.clone()),
            Encoding::Form => {
                let body = format!("payload={}", utf8_percent_encode(&payload.json, FORM));
                ("application/x-www-form-urlencoded", body)
            }
        };
        let (name, event_id, event_time) =
            (payload.name.as_str(), event.id.to_string(), event.time.as_second());
        let mut plain_headers = vec![
            ("content-type".to_owned(), content_type.to_owned()),
            ("user-agent".to_owned(), USER_AGENT.to_owned()),
            ("x-webhook-event".to_owned(), name.to_owned()),
            ("x-webhook-id".to_owned(), event_id.clone()),
            ("x-webhook-timestamp".to_owned(), event_time.to_string()),
        ];
        plain_headers.extend(payload.headers.into_iter().map(|(name, value)| (name.to_owned(), value)));
        Self {
            delivery_id,
            endpoint,
            event: name.to_owned(),
            format: payload.format,
            event_id,
            event_time,
            payload: payload.json,
            plain_headers,
            body,
            previous: None,
        }
    }

    /// The request that a record tells of, with the same id and the same bytes, to where the endpoint of that name is
    /// now.
    pub fn from_record(record: Record, lock: Lock, endpoint: Endpoint) -> Self {
        // What was hidden is what is made anew: signatures and the headers of today's configuration.
        let plain_headers = record
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
            plain_headers,
            body: record.body.clone(),
            previous: Some((Box::new(record), lock)),
        }
    }

    /// The headers that sign an attempt at this time; none without a secret.
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

    /// All headers of an attempt at this time, as they are sent.
    pub fn headers(&self, attempted_at: Timestamp) -> Vec<(String, String)> {
        let signatures = self.signature_headers(attempted_at).into_iter();
        let configured = self
            .endpoint
            .headers
            .iter()
            .map(|(name, value)| (name.clone(), value.expose_secret().to_owned()));
        let own = self.plain_headers.iter().cloned();
        own.chain(signatures.map(|(name, value)| (name.to_owned(), value))).chain(configured).collect()
    }

    /// All headers as they may be shown: signatures only on demand, the user's never.
    pub fn shown_headers(&self, attempted_at: Timestamp, with_signatures: bool) -> Vec<(String, String)> {
        let mut headers = self.plain_headers.clone();
        for (name, value) in self.signature_headers(attempted_at) {
            let is_signature = name.ends_with("signature") && !with_signatures;
            headers.push((name.to_owned(), if is_signature { HIDDEN.to_owned() } else { value }));
        }
        headers.extend(self.endpoint.headers.iter().map(|(name, value)| (name.clone(), value.to_string())));
        headers
    }

    /// The record of the delivery, and whose it is: the one from before, or a new one.
    pub(super) fn begin_record(&mut self, now: Timestamp) -> Result<(Record, Option<Lock>)> {
        let request_headers = self.shown_headers(now, false).into_iter().collect();
        if let Some((record, lock)) = self.previous.take() {
            let record = Record { request_headers, status: DeliveryStatus::Pending, ..*record };
            return Ok((record, Some(lock)));
        }
        let payload = RawValue::from_string(self.payload.clone()).context("the payload is not JSON")?;
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
            created_at: now.to_string(),
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
