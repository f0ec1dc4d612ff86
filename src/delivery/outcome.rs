//! The outcome of a delivery, as shown to the user.

use std::borrow::Cow;
use std::sync::Arc;

use serde::Serialize;

use super::record::{self, Attempt, DeliveryStatus, Head, describe_event};

/// Outcome of one delivery. Serialized, it is what `--json` prints.
#[derive(Debug, Clone, Serialize)]
pub struct Outcome {
    /// The endpoint's name.
    pub endpoint: Arc<str>,
    /// The event's name.
    pub event: Arc<str>,
    /// The result, file, stream, label or version that it is about, for people.
    pub subject: Option<Arc<str>>,
    /// The event's id.
    #[serde(skip)]
    pub event_id: Arc<str>,
    /// The delivery's id, which is also the name of its record.
    pub delivery: Arc<str>,
    /// Final status.
    pub status: DeliveryStatus,
    /// Status code of the last response.
    pub response_code: Option<u16>,
    /// Number of attempts.
    pub attempts: u32,
    /// Milliseconds from the first attempt to the end; 0 without an attempt, unless the thread was stuck.
    pub duration_ms: u64,
    /// Why the last attempt failed.
    pub error: Option<String>,
    /// The attempts of this command, oldest first, each without the response's body. The last one has the response's headers
    /// if it failed.
    #[serde(skip)]
    pub history: Vec<Attempt>,
    /// The first kilobyte of the last response's body.
    #[serde(skip)]
    pub response: Option<String>,
    /// Why the record lacks an attempt, if it does.
    #[serde(skip)]
    pub unrecorded: Option<String>,
}

impl Outcome {
    /// What became of a delivery by its record.
    pub(super) fn recorded(head: Head, attempts: Vec<Attempt>) -> Self {
        let last = attempts.last();
        Self {
            endpoint: head.endpoint.into(),
            event: head.event.into(),
            subject: head.subject.map(Into::into),
            event_id: head.event_id.into(),
            delivery: head.id.into(),
            status: last.map_or(DeliveryStatus::Pending, |attempt| attempt.status),
            response_code: last.and_then(|attempt| attempt.response_code),
            attempts: u32::try_from(attempts.len()).unwrap_or(u32::MAX),
            duration_ms: (record::duration(&attempts).unwrap_or_default() * 1000.0) as u64,
            error: last.and_then(|attempt| attempt.error.clone()),
            response: last.and_then(|attempt| attempt.response_payload.clone()),
            history: attempts,
            unrecorded: None,
        }
    }

    /// Whether the receiver accepted the event.
    pub fn is_delivered(&self) -> bool {
        self.status == DeliveryStatus::Delivered
    }

    /// The event's name with what it is about.
    pub fn event_and_subject(&self) -> Cow<'_, str> {
        describe_event(&self.event, self.subject.as_deref())
    }

    /// The seconds from the start of the first attempt to the end of the last one. An attempt's own duration is more precise
    /// than milliseconds.
    pub fn seconds(&self) -> f64 {
        match self.history.as_slice() {
            [only] if self.attempts == 1 => only.duration,
            _ => self.duration_ms as f64 / 1000.0,
        }
    }

    /// The error, or else the status code.
    pub fn result(&self) -> Cow<'_, str> {
        record::result(self.error.as_deref(), self.response_code)
    }
}
