//! A request as it is shown.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::receive::{Answer, Received, ReceivedEvent, Signature};
use crate::report::{Console, date_time, human_duration, printable, shortened};

/// Longest value to show, in characters.
const MAX_VALUE_CHARS: usize = 60;

/// A request that was answered.
pub(super) struct Request {
    pub(super) time: Timestamp,
    /// Without headers and body unless they are shown.
    pub(super) received: Received,
    /// The size of the body, in bytes.
    pub(super) size: usize,
    pub(super) event: ReceivedEvent,
    pub(super) signatures: Vec<Signature>,
    /// Whether there is a secret to verify signatures with.
    pub(super) is_verified: bool,
    pub(super) answer: Answer,
    pub(super) forwarded: Option<Forwarded>,
}

/// What became of a request that was passed on.
pub(super) struct Forwarded {
    /// The status and the start of the body, or why there is none.
    pub(super) result: Result<(u16, String), String>,
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

    /// Prints a line, and headers and body if they were kept.
    pub(super) fn print(&self, console: &mut Console) {
        let ReceivedEvent { event, repository, branch, result } = &self.event;
        let shown = |text: &Option<String>| {
            text.as_deref().map(|text| shortened(&printable(text), MAX_VALUE_CHARS).into_owned())
        };
        let event =
            shown(event).unwrap_or_else(|| format!("{} {}", self.received.method, self.size_in_words()));
        let about: Vec<String> = [repository, branch, result].into_iter().filter_map(shown).collect();
        // Only the time of day: the command runs in a terminal.
        let time = date_time(self.time);
        let time = time.split('T').nth(1).unwrap_or_default();
        let (about, signed, answer) = (about.join("  "), self.signed(), self.answer());
        console.print(&format!("{time}  {event:<17}  {about:<40}  {signed}  {answer}"));
        for (name, value) in &self.received.headers {
            console.print(&format!("  {}: {}", printable(name), printable(value)));
        }
        if !self.received.body.is_empty() {
            console.print("");
            for line in body(&self.received.body).lines() {
                console.print(&format!("  {}", printable(line)));
            }
            console.print("");
        }
    }

    fn size_in_words(&self) -> String {
        format!("of {} bytes", self.size)
    }

    fn signed(&self) -> String {
        let names = |signatures: Vec<&Signature>| {
            signatures.iter().map(|signature| signature.header).collect::<Vec<_>>().join(", ")
        };
        match self.trust() {
            Trust::Unsigned => "unsigned".to_owned(),
            Trust::Unverified => "signed, not verified".to_owned(),
            Trust::Signed => {
                let origins: Vec<&String> =
                    self.signatures.iter().filter_map(|one| one.result.as_ref().ok()).collect();
                match origins.first().filter(|first| origins.iter().all(|origin| origin == *first)) {
                    Some(origin) => format!("✓ signed with {}", printable(origin)),
                    None => "✓ signed".to_owned(),
                }
            }
            Trust::Wrong => {
                let mut reasons: Vec<(String, Vec<&Signature>)> = Vec::new();
                for signature in &self.signatures {
                    let Err(problem) = &signature.result else { continue };
                    let reason = problem.to_string();
                    match reasons.iter_mut().find(|(known, _)| *known == reason) {
                        Some((_, signatures)) => signatures.push(signature),
                        None => reasons.push((reason, vec![signature])),
                    }
                }
                let is_one = reasons.len() == 1 && self.signatures.iter().all(|one| one.result.is_err());
                let parts = reasons.into_iter().map(|(reason, signatures)| match is_one {
                    true => reason,
                    false => format!("{}: {reason}", names(signatures)),
                });
                format!("✗ {}", parts.collect::<Vec<_>>().join("; "))
            }
        }
    }

    fn answer(&self) -> String {
        let answer = match &self.answer {
            Answer::Status(status, _) => format!("→ {status}"),
            Answer::Late(pause) => format!("→ 200 after {} s", pause.as_secs()),
            Answer::Reset => "→ reset".to_owned(),
        };
        match &self.forwarded {
            None => answer,
            Some(Forwarded { result: Ok((_, text)), duration }) => {
                let text = text.trim();
                let text = if text.is_empty() {
                    String::new()
                } else {
                    format!(": {}", shortened(&printable(text), MAX_VALUE_CHARS))
                };
                format!("{answer} in {}{text}", human_duration(duration.as_secs_f64()))
            }
            Some(Forwarded { result: Err(reason), .. }) => {
                format!("{answer}: cannot forward: {}", printable(reason))
            }
        }
    }

    /// The request as JSON.
    pub(super) fn to_json(&self) -> Value {
        let signatures: Vec<Value> = self.signatures.iter().map(Signature::to_json).collect();
        let status = match &self.answer {
            Answer::Status(status, _) => Some(*status),
            Answer::Late(_) => Some(200),
            Answer::Reset => None,
        };
        let forwarded = self.forwarded.as_ref().map(|forwarded| {
            let (status, error) = match &forwarded.result {
                Ok((status, _)) => (Some(status), None),
                Err(reason) => (None, Some(reason)),
            };
            json!({ "status": status, "duration_ms": forwarded.duration.as_millis() as u64, "error": error })
        });
        let ReceivedEvent { event, repository, branch, result } = &self.event;
        let mut line = json!({
            "time": date_time(self.time), "event": event, "repository": repository, "branch": branch, "result": result,
            "method": self.received.method, "path": self.received.target, "size_bytes": self.size,
            "signed": matches!(self.trust(), Trust::Signed), "signatures": signatures, "status": status, "forwarded": forwarded,
        });
        if !self.received.headers.is_empty() {
            let headers: Vec<Value> =
                self.received.headers.iter().map(|(name, value)| json!([name, value])).collect();
            line["headers"] = Value::from(headers);
            line["body"] = Value::from(String::from_utf8_lossy(&self.received.body));
        }
        line
    }
}

/// The body as indented JSON if it is JSON and not large, else as text.
fn body(body: &[u8]) -> String {
    const MAX_JSON_BYTES: usize = 1 << 20;
    let value: Option<Value> =
        serde_json::from_slice(body).ok().filter(|_: &Value| body.len() <= MAX_JSON_BYTES);
    value
        .and_then(|value| serde_json::to_string_pretty(&value).ok())
        .unwrap_or_else(|| String::from_utf8_lossy(body).into_owned())
}
