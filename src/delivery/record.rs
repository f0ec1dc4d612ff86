//! What is written down of a delivery, so that it can be looked at and sent again.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::format::WireFormat;
use crate::state::StateFolder;

/// One delivery, shaped as Buildstash's `WebhookRequest`, with what sending it again needs. The address and the
/// secret are not in it: they come from the configuration of the day.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Record {
    /// The delivery's own id.
    pub id: String,
    /// The event's name.
    pub event: String,
    /// The endpoint's name, in the place of its address.
    pub url: String,
    /// Seconds that the last attempt took.
    pub duration: Option<f64>,
    /// Headers as sent; signatures and configured headers as `***`.
    pub request_headers: BTreeMap<String, String>,
    /// The event's JSON.
    pub request_payload: Box<RawValue>,
    /// Status of the last response.
    pub response_code: Option<u16>,
    /// `content-type`, `date` and `content-length` of the last response.
    pub response_headers: BTreeMap<String, String>,
    /// The first kilobyte of the last response.
    pub response_payload: Option<String>,
    /// How often it was tried.
    pub delivery_attempts: u32,
    /// When it was begun, RFC 3339.
    pub created_at: String,
    /// Where it stands.
    pub status: DeliveryStatus,
    /// The endpoint's name.
    pub endpoint: String,
    /// The format of the body.
    #[serde(rename = "form")]
    pub format: &'static WireFormat,
    /// The event's id.
    pub event_id: String,
    /// The event's time, Unix seconds.
    pub event_time: i64,
    /// The body to the byte.
    pub body: String,
    /// Each attempt, the first one first.
    pub attempts: Vec<Attempt>,
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryStatus {
    /// Not yet accepted, not yet given up.
    Pending,
    /// Accepted by the receiver.
    Delivered,
    /// Given up.
    Failed,
}

/// One attempt.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Attempt {
    /// When it began, RFC 3339.
    pub at: String,
    /// Seconds that it took.
    pub duration: f64,
    /// Status of the response, if there was one.
    pub response_code: Option<u16>,
    /// What went wrong, if something did.
    pub error: Option<String>,
}

impl DeliveryStatus {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }
}

impl Record {
    /// Writes it to the state folder, in the place of what was there.
    pub fn save(&self, state: &StateFolder) -> io::Result<()> {
        let name = Path::new("deliveries").join(format!("{}.json", self.id));
        state.write(&name, &serde_json::to_vec(self)?, true)
    }
}
