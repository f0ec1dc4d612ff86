//! Why a signature does not hold.

use std::fmt;
use std::time::Duration;

/// Why a signature does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// No secret to verify it with.
    NoSecret,
    /// No secret with which Standard Webhooks' signatures are made.
    NoStandardSecret,
    /// It is not written as its scheme demands.
    Malformed(&'static str),
    /// A header that it covers is missing.
    Missing(&'static str),
    /// This header, which it is or covers, has several values.
    Repeated(&'static str),
    /// It holds for a body from which this one was made.
    BodyChanged(&'static str),
    /// The body is the one that was signed, but not the headers, or the secret.
    HeadersChanged,
    /// The body is the one that was signed, but not the secret.
    OtherSecret,
    /// It is made with another secret, or for another body.
    Wrong,
    /// The same, and there is no body.
    MissingBody,
    /// It holds, but its timestamp is older than the limit.
    TooOld {
        /// How old it is.
        age: Duration,
        /// How old it may be.
        limit: Duration,
    },
    /// It holds, but its timestamp is further in the future than the limit.
    InFuture {
        /// How far it is from now.
        ahead: Duration,
        /// How far it may be.
        limit: Duration,
    },
}

impl Problem {
    /// Whether the signature itself holds, and only the timestamp is wrong.
    pub fn is_of_time(&self) -> bool {
        matches!(self, Self::TooOld { .. } | Self::InFuture { .. })
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSecret => f.write_str("not verified: no secret is set"),
            Self::NoStandardSecret => f.write_str("not verified: no secret begins with whsec_"),
            Self::Malformed(expected) => write!(f, "malformed; expected {expected}"),
            Self::Missing(header) => write!(f, "the header {header}, which it covers, is missing"),
            Self::Repeated(header) => {
                write!(f, "the header {header} is there more than once, with different values")
            }
            Self::BodyChanged(how) => write!(f, "body changed: it {how}"),
            Self::HeadersChanged => {
                f.write_str("another secret, or changed webhook-id or webhook-timestamp; the body is intact")
            }
            Self::OtherSecret => f.write_str("another secret; the body is intact"),
            Self::Wrong => f.write_str("wrong secret, or body changed"),
            Self::MissingBody => f.write_str("wrong secret, or the body is missing"),
            Self::TooOld { age, limit } => {
                write!(f, "timestamp too old: {} (limit {})", Words(*age), Words(*limit))
            }
            Self::InFuture { ahead, limit } => {
                write!(f, "timestamp in the future, by {} (limit {})", Words(*ahead), Words(*limit))
            }
        }
    }
}

/// A duration in its largest unit.
struct Words(Duration);

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        let (count, unit) = match seconds {
            0..120 => (seconds, "second"),
            120..7200 => (seconds / 60, "minute"),
            7200..172_800 => (seconds / 3600, "hour"),
            _ => (seconds / 86_400, "day"),
        };
        write!(f, "{count} {unit}{}", if count == 1 { "" } else { "s" })
    }
}
