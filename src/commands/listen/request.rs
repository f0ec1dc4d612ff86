//! A request that was answered.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::delivery::ForwardedResponse;
use crate::receive::{Answer, Received, ReceivedEvent, Signature};
use crate::report::date_time;

/// A request that was answered.
pub(super) struct Request {
    pub(super) time: Timestamp,
    /// Without headers and body unless they are shown, and with the start of a large body.
    pub(super) received: Received,
    /// The size of the body, in bytes.
    pub(super) size: usize,
    pub(super) is_json: bool,
    pub(super) event: ReceivedEvent,
    /// The file that it was saved in.
    pub(super) saved: Option<String>,
    pub(super) signatures: Vec<Signature>,
    /// Whether there is a secret to verify signatures with.
    pub(super) is_verified: bool,
    pub(super) answer: Answer,
    pub(super) forwarded: Option<Forwarded>,
}

/// What became of a request that was passed on.
pub(super) struct Forwarded {
    /// The response, or why there is none.
    pub(super) result: Result<ForwardedResponse, String>,
    pub(super) duration: Duration,
}

/// Whether a request is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trust {
    Signed,
    Unsigned,
    /// A signature does not hold.
    Wrong,
    /// There is a signature, and no secret.
    Unverified,
}

impl Request {
    pub(super) fn trust(&self) -> Trust {
        match self.signatures.as_slice() {
            [] => Trust::Unsigned,
            _ if !self.is_verified => Trust::Unverified,
            signatures if signatures.iter().all(|signature| signature.result.is_ok()) => Trust::Signed,
            _ => Trust::Wrong,
        }
    }

    /// Whether only the start of the body was kept.
    pub(super) fn is_cut(&self) -> bool {
        self.received.body.len() < self.size
    }

    /// The request as JSON.
    pub(super) fn to_json(&self) -> Value {
        let signatures: Vec<Value> = self.signatures.iter().map(Signature::to_json).collect();
        let status = match &self.answer {
            Answer::Response(response) => Some(response.status),
            Answer::Late(_) => Some(200),
            Answer::Reset => None,
        };
        let forwarded = self.forwarded.as_ref().map(|forwarded| {
            let (status, error) = match &forwarded.result {
                Ok(response) => (Some(response.status), None),
                Err(reason) => (None, Some(reason)),
            };
            json!({ "status": status, "duration_ms": forwarded.duration.as_millis() as u64, "error": error })
        });
        let ReceivedEvent { event, id, repository, branch, tag, pull_request, result, subject } = &self.event;
        let mut line = json!({
            "time": date_time(self.time), "event": event, "id": id, "repository": repository, "branch": branch, "tag": tag,
            "pull_request": pull_request, "result": result, "subject": subject,
            "method": self.received.method, "path": self.received.target, "size_bytes": self.size,
            "signed": matches!(self.trust(), Trust::Signed), "signatures": signatures, "status": status, "forwarded": forwarded,
            "saved": self.saved,
        });
        if !self.received.headers.is_empty() {
            let headers: Vec<Value> =
                self.received.headers.iter().map(|(name, value)| json!([name, value])).collect();
            line["headers"] = Value::from(headers);
            line["body"] = Value::from(String::from_utf8_lossy(&self.received.body));
            line["body_truncated"] = Value::from(self.is_cut());
        }
        line
    }
}
