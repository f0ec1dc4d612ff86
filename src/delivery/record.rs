//! The record of a delivery, from which it can be shown and resent.
//!
//! A record is a file of JSON Lines. The first line is the [`Head`], sealed, with everything that a redelivery needs. Each
//! attempt adds a line. Lines that a killed process left incomplete are skipped.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::origin::Origin;
use crate::format::WireFormat;
use crate::settings::Encoding;

/// Length of a short id, in characters.
const SHORT_ID_LEN: usize = 12;

/// The first line: a delivery before the first attempt. URL and secrets are not included; a redelivery takes them from
/// the current configuration.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Head {
    /// The delivery's id.
    pub id: String,
    /// The event's name.
    pub event: String,
    /// The result, file, stream, label or version that it is about, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The endpoint's name.
    pub endpoint: String,
    /// When the delivery was recorded.
    pub created_at: Timestamp,
    /// The format of the body.
    #[serde(rename = "form")]
    pub format: &'static WireFormat,
    /// The encoding of the body.
    pub encoding: Encoding,
    /// The event's id.
    pub event_id: String,
    /// When the event happened, in Unix seconds.
    #[serde(with = "jiff::fmt::serde::timestamp::second::required")]
    pub event_time: Timestamp,
    /// The format's own headers.
    pub format_headers: BTreeMap<String, String>,
    /// Names of the headers with signatures and with values of the configuration.
    pub hidden_headers: Vec<String>,
    /// The job that the event comes from: what `build_slug` is if each job is a build.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<String>,
    /// The id of the command that sends it first, which holds a lock of this name meanwhile.
    pub command_id: String,
    /// The event as JSON.
    pub payload: Box<RawValue>,
}

/// A delivery in full, shaped like Buildstash's `WebhookRequest`, without its URL and with what else is known.
#[derive(Debug, Clone, Serialize)]
pub struct Record {
    /// The delivery's id.
    pub id: String,
    /// The event's name.
    pub event: String,
    /// The result, file, stream, label or version that it is about, for people.
    pub subject: Option<String>,
    /// Duration of the last attempt in seconds.
    pub duration: Option<f64>,
    /// Headers of the last attempt, with signatures and configured headers replaced by `***`.
    pub request_headers: BTreeMap<String, String>,
    /// The event as JSON.
    pub request_payload: Box<RawValue>,
    /// Status code of the last response.
    pub response_code: Option<u16>,
    /// `content-type`, `date`, `content-length` and `location` of the last response.
    pub response_headers: BTreeMap<String, String>,
    /// The first kilobyte of the last response's body.
    pub response_payload: Option<String>,
    /// Number of attempts.
    pub delivery_attempts: usize,
    /// When the delivery was first recorded.
    pub created_at: Timestamp,
    /// Current status.
    pub status: DeliveryStatus,
    /// The endpoint's name, because its URL may be a secret.
    pub endpoint: String,
    /// The format of the body.
    #[serde(rename = "form")]
    pub format: &'static WireFormat,
    /// The event's id.
    pub event_id: String,
    /// When the event happened, in Unix seconds.
    #[serde(with = "jiff::fmt::serde::timestamp::second::required")]
    pub event_time: Timestamp,
    /// The exact request body.
    pub body: String,
    /// All attempts, oldest first.
    pub attempts: Vec<Attempt>,
    /// Whether this program wrote the record.
    pub origin: Origin,
}

impl Record {
    /// The seconds that the delivery took with all its attempts.
    pub fn took(&self) -> Option<f64> {
        duration(&self.attempts)
    }

    /// The last characters of the id, by which the delivery can be named.
    pub fn short_id(&self) -> &str {
        self.id.get(self.id.len().saturating_sub(SHORT_ID_LEN)..).unwrap_or(&self.id)
    }
}

/// Status of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryStatus {
    /// In progress, interrupted, or not sent before the deadline.
    Pending,
    /// Accepted by the receiver.
    Delivered,
    /// Rejected, or given up after retries.
    Failed,
}

/// The name of an event with what it is about: `build.created app.apk`.
pub fn describe_event<'a>(event: &'a str, subject: Option<&str>) -> Cow<'a, str> {
    subject.map_or(Cow::Borrowed(event), |subject| Cow::Owned(format!("{event} {subject}")))
}

impl DeliveryStatus {
    /// The status as written in records.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }
}

/// One attempt to deliver.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Attempt {
    /// Start time.
    pub at: Timestamp,
    /// Duration in seconds.
    pub duration: f64,
    /// Status code of the response, if one was received.
    pub response_code: Option<u16>,
    /// Why the attempt failed.
    pub error: Option<String>,
    /// Status of the delivery after it; pending if a retry follows.
    pub status: DeliveryStatus,
    /// `content-type`, `date`, `content-length` and `location` of the response.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub response_headers: BTreeMap<String, String>,
    /// The first kilobyte of the response's body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_payload: Option<String>,
}

impl Attempt {
    /// The error, or else the status code.
    pub fn result(&self) -> Cow<'_, str> {
        result(self.error.as_deref(), self.response_code)
    }
}

/// The seconds from the start of the first attempt to the end of the last one.
pub(super) fn duration(attempts: &[Attempt]) -> Option<f64> {
    let (first, last) = (attempts.first()?, attempts.last()?);
    Some(last.at.duration_since(first.at).as_secs_f64() + last.duration)
}

/// The error if there is one, else the status code.
pub(super) fn result(error: Option<&str>, response_code: Option<u16>) -> Cow<'_, str> {
    match (error, response_code) {
        (Some(error), _) => Cow::Borrowed(error),
        (None, Some(code)) => Cow::Owned(code.to_string()),
        (None, None) => Cow::Borrowed("not delivered"),
    }
}
