//! What is posted to one endpoint, the signature apart.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::value::RawValue;

use super::record::{DeliveryStatus, Record};
use super::sign;
use crate::event::Event;
use crate::format::Payload;
use crate::settings::{Encoding, Endpoint};

/// The bytes that stand for themselves in a form, <https://url.spec.whatwg.org/#urlencoded-serializing>; a space
/// becomes `%20`, which every decoder takes.
const FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'*').remove(b'-').remove(b'.').remove(b'_');

/// One event on its way to one endpoint.
#[derive(Debug)]
pub struct Request {
    /// The delivery's own id.
    pub delivery_id: String,
    /// Where it goes.
    pub endpoint: Endpoint,
    /// The event as it goes over the wire.
    pub payload: Payload,
    /// The event's id.
    pub event_id: String,
    /// The event's time.
    pub event_time: Timestamp,
    /// The bytes that are posted and signed.
    pub body: String,
}

impl Request {
    /// The request that takes `event`, written as `payload`, to `endpoint`.
    pub fn new(delivery_id: String, event: &Event, payload: Payload, endpoint: Endpoint) -> Self {
        let body = match endpoint.encoding {
            Encoding::Json => payload.json.clone(),
            Encoding::Form => format!("payload={}", utf8_percent_encode(&payload.json, FORM)),
        };
        Self { delivery_id, event_id: event.id.to_string(), event_time: event.time, endpoint, payload, body }
    }

    /// The headers that do not change from one attempt to the next, those of the user apart.
    fn plain_headers(&self) -> Vec<(&'static str, String)> {
        let content_type = match self.endpoint.encoding {
            Encoding::Json => "application/json",
            Encoding::Form => "application/x-www-form-urlencoded",
        };
        let mut headers = vec![
            ("content-type", content_type.to_owned()),
            ("user-agent", concat!("buildhook/", env!("CARGO_PKG_VERSION")).to_owned()),
            ("x-webhook-event", self.payload.name.as_str().to_owned()),
            ("x-webhook-id", self.event_id.clone()),
            ("x-webhook-timestamp", self.event_time.as_second().to_string()),
        ];
        headers.extend(self.payload.headers.iter().cloned());
        headers
    }

    /// The headers that sign an attempt at this time; none without a secret.
    fn signature_headers(&self, attempted_at: Timestamp) -> Vec<(&'static str, String)> {
        let Endpoint { secret, previous_secret, .. } = &self.endpoint;
        secret.as_ref().map_or_else(Vec::new, |secret| {
            let body = self.body.as_bytes();
            sign::headers(
                self.payload.form,
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
        let own = self.plain_headers().into_iter().chain(self.signature_headers(attempted_at));
        let configured =
            self.endpoint.headers.iter().map(|(name, value)| (name.clone(), value.expose().to_owned()));
        own.map(|(name, value)| (name.to_owned(), value)).chain(configured).collect()
    }

    /// All headers as they may be shown: signatures only on demand, the user's never.
    pub fn shown_headers(&self, attempted_at: Timestamp, with_signatures: bool) -> Vec<(String, String)> {
        let mut headers = self.plain_headers();
        for (name, value) in self.signature_headers(attempted_at) {
            let is_signature = name.ends_with("signature") && !with_signatures;
            headers.push((name, if is_signature { "***".to_owned() } else { value }));
        }
        let configured = self.endpoint.headers.iter().map(|(name, value)| (name.clone(), value.to_string()));
        headers.into_iter().map(|(name, value)| (name.to_owned(), value)).chain(configured).collect()
    }

    /// The record of the delivery before its first attempt.
    pub(super) fn record(&self, now: Timestamp) -> Result<Record> {
        let payload = RawValue::from_string(self.payload.json.clone()).context("the payload is not JSON")?;
        Ok(Record {
            id: self.delivery_id.clone(),
            event: self.payload.name.as_str(),
            url: self.endpoint.name.clone(),
            duration: None,
            request_headers: self.shown_headers(now, false).into_iter().collect(),
            request_payload: payload,
            response_code: None,
            response_headers: BTreeMap::new(),
            response_payload: None,
            delivery_attempts: 0,
            created_at: now.to_string(),
            status: DeliveryStatus::Pending,
            endpoint: self.endpoint.name.clone(),
            event_id: self.event_id.clone(),
            event_time: self.event_time.as_second(),
            body: self.body.clone(),
            attempts: Vec::new(),
        })
    }
}
