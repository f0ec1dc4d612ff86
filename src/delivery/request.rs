//! One event for one endpoint: headers and body, made from what its record keeps.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::content::Content;
use super::origin::Origin;
use super::record::{Attempt, DeliveryStatus, Head, Record};
use super::signature;
use crate::settings::{Encoding, Endpoint};
use crate::state::Lock;

/// Replaces values that must not be shown.
const HIDDEN: &str = "***";

/// The `user-agent` header.
const USER_AGENT: &str = concat!("buildhook/", env!("CARGO_PKG_VERSION"));

/// One event to be delivered to one endpoint. Many of them are small: they share endpoint and content.
#[derive(Debug)]
pub struct Request {
    /// The receiving endpoint.
    pub endpoint: Arc<Endpoint>,
    /// The delivery's id.
    pub id: Arc<str>,
    /// The event in the form that the endpoint wants.
    pub content: Arc<Content>,
    /// The lock of the record, if this resends it.
    resent: Option<Lock>,
}

impl Request {
    /// A request that delivers this content.
    pub fn new(delivery_id: &str, content: Arc<Content>, endpoint: Arc<Endpoint>) -> Self {
        Self { endpoint, id: delivery_id.into(), content, resent: None }
    }

    /// A request that resends a record, with the same ids and body, to the endpoint as it is configured now.
    pub fn resend(head: &Head, lock: Lock, endpoint: Arc<Endpoint>) -> Self {
        let content = Arc::new(Content::from_record(head));
        Self { endpoint, id: head.id.as_str().into(), content, resent: Some(lock) }
    }

    /// A request that delivers the event of a record to another endpoint, with a new id: it is a separate delivery.
    pub fn redirect(head: &Head, delivery_id: &str, endpoint: Arc<Endpoint>) -> Self {
        Self::new(delivery_id, Arc::new(Content::from_record(head)), endpoint)
    }

    /// Whether this resends a record.
    pub(super) fn is_resent(&self) -> bool {
        self.resent.is_some()
    }

    /// The headers that sign an attempt at this time. Empty without a secret.
    fn signature_headers(&self, attempted_at: Timestamp) -> Vec<(&'static str, String)> {
        let Endpoint { secret, previous_secret, .. } = &*self.endpoint;
        let sign = |secret| {
            signature::headers(&self.content, &self.id, secret, previous_secret.as_ref(), attempted_at)
        };
        secret.as_ref().map_or_else(Vec::new, sign)
    }

    /// All headers of an attempt at this time.
    pub fn headers(&self, attempted_at: Timestamp) -> Vec<(String, String)> {
        let signatures = self.signature_headers(attempted_at).into_iter();
        let configured = self
            .endpoint
            .headers
            .iter()
            .map(|(name, value)| (name.clone(), value.expose_secret().to_owned()));
        let fixed = fixed_headers(&self.id, &self.content).into_iter();
        fixed.chain(signatures.map(|(name, value)| (name.to_owned(), value))).chain(configured).collect()
    }

    /// All headers for display: configured values are hidden, and signatures unless requested.
    pub fn shown_headers(&self, attempted_at: Timestamp, with_signatures: bool) -> Vec<(String, String)> {
        let mut headers = fixed_headers(&self.id, &self.content);
        for (name, value) in self.signature_headers(attempted_at) {
            let is_signature = name.contains("signature") && !with_signatures;
            headers.push((name.to_owned(), if is_signature { HIDDEN.to_owned() } else { value }));
        }
        headers.extend(self.endpoint.headers.iter().map(|(name, value)| (name.clone(), value.to_string())));
        headers
    }

    /// The head of the record that the command with this id begins.
    pub(super) fn head(&self, command_id: &str, now: Timestamp) -> Head {
        let content = &self.content;
        let secret = self.endpoint.secret.as_ref();
        let signatures = secret.map_or_else(Vec::new, |secret| signature::names(content, secret));
        let signatures = signatures.into_iter().map(str::to_owned);
        let configured = self.endpoint.headers.iter().map(|(name, _)| name.clone());
        Head {
            id: self.id.to_string(),
            event: content.event.to_string(),
            subject: content.subject.as_deref().map(str::to_owned),
            endpoint: self.endpoint.name.clone(),
            created_at: now,
            format: content.format,
            encoding: content.encoding,
            event_id: content.event_id.to_string(),
            event_time: content.event_time,
            format_headers: content.format_headers.clone(),
            hidden_headers: signatures.chain(configured).collect(),
            job: content.job.clone(),
            command_id: command_id.to_owned(),
            payload: content.payload.clone(),
        }
    }
}

/// The record in full.
pub(super) fn record(head: Head, attempts: Vec<Attempt>, origin: Origin) -> Record {
    let content = Content::from_record(&head);
    let mut request_headers: BTreeMap<String, String> =
        fixed_headers(&head.id, &content).into_iter().collect();
    let last = attempts.last();
    for name in &head.hidden_headers {
        let value = match name.as_str() {
            signature::STANDARD_ID => head.id.clone(),
            signature::STANDARD_TIMESTAMP => match last {
                Some(attempt) => attempt.at.as_second().to_string(),
                None => continue,
            },
            _ => HIDDEN.to_owned(),
        };
        request_headers.insert(name.clone(), value);
    }
    let answered = attempts.iter().rev().find(|attempt| attempt.response_code.is_some());
    Record {
        duration: last.map(|attempt| attempt.duration),
        request_headers,
        response_code: answered.and_then(|attempt| attempt.response_code),
        response_headers: answered.map(|attempt| attempt.response_headers.clone()).unwrap_or_default(),
        response_payload: answered.and_then(|attempt| attempt.response_payload.clone()),
        delivery_attempts: attempts.len(),
        status: last.map_or(DeliveryStatus::Pending, |attempt| attempt.status),
        body: content.body().to_owned(),
        origin,
        id: head.id,
        event: head.event,
        subject: head.subject,
        request_payload: head.payload,
        created_at: head.created_at,
        endpoint: head.endpoint,
        format: head.format,
        event_id: head.event_id,
        event_time: head.event_time,
        attempts,
    }
}

/// The headers that every attempt shares, without the configured ones.
fn fixed_headers(delivery_id: &str, content: &Content) -> Vec<(String, String)> {
    let content_type = match content.encoding {
        Encoding::Json => "application/json",
        Encoding::Form => "application/x-www-form-urlencoded",
    };
    let mut headers = vec![
        ("content-type".to_owned(), content_type.to_owned()),
        ("user-agent".to_owned(), USER_AGENT.to_owned()),
        ("x-webhook-event".to_owned(), content.event.to_string()),
        ("x-webhook-id".to_owned(), delivery_id.to_owned()),
        ("x-webhook-timestamp".to_owned(), content.event_time.as_second().to_string()),
    ];
    headers.extend(content.format_headers.clone());
    headers
}
