//! Which of two secrets a receiver takes: the answers to pings that are signed with one of them alone.

use super::Findings;
use crate::delivery::Outcome;

/// The answers, and what follows from them.
pub(super) struct Rotation {
    accepts: Accepts,
    /// The response codes with the current and the previous secret.
    codes: [Option<u16>; 2],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Accepts {
    Current,
    Previous,
    /// Or it does not verify signatures.
    Both,
    Neither,
    /// The answers are about something else than signatures.
    Unknown,
}

impl Rotation {
    pub(super) fn new(current: &Outcome, previous: &Outcome) -> Self {
        let codes = [current, previous].map(|outcome| outcome.response_code);
        Self { accepts: Accepts::judge(codes), codes }
    }

    /// What to do, if the receiver has the wrong secret.
    pub(super) fn advice(&self) -> Option<&'static str> {
        match self.accepts {
            Accepts::Previous => {
                Some("the receiver accepts only the previous secret; give it the current one")
            }
            Accepts::Neither => Some("the receiver accepts neither secret; give it the current one"),
            Accepts::Current | Accepts::Both | Accepts::Unknown => None,
        }
    }

    /// Describes it. On the screen, the advice follows the facts.
    pub(super) fn describe(&self, findings: &mut Findings) {
        let Findings { sheet, json, .. } = findings;
        let accepts = match self.accepts {
            Accepts::Current => {
                sheet.fact("secrets", &["the receiver accepts the current secret; the previous one can go"]);
                "current"
            }
            Accepts::Both => {
                sheet.fact("secrets", &["the receiver accepts both secrets, or does not verify signatures"]);
                "both"
            }
            Accepts::Unknown => {
                let [current, previous] =
                    self.codes.map(|code| code.map_or("no answer".to_owned(), |code| code.to_string()));
                let unclear = "not clear which one the receiver accepts: ";
                let parts = [unclear, &current, " with the current, ", &previous, " with the previous"];
                sheet.fact("secrets", &parts);
                "unknown"
            }
            Accepts::Previous => "previous",
            Accepts::Neither => "neither",
        };
        let [current, previous] = self.codes.map(|code| code.map(i64::from));
        json.begin("rotation");
        json.text("accepts", Some(accepts));
        json.number("current_response_code", current);
        json.number("previous_response_code", previous);
        json.end();
    }
}

impl Accepts {
    /// From the response codes with the current and the previous secret.
    fn judge(codes: [Option<u16>; 2]) -> Self {
        let is_accepted = |code: Option<u16>| code.is_some_and(|code| (200..300).contains(&code));
        // Receivers refuse a wrong signature with any of these. Only two of them mean that it was the signature.
        let is_refused =
            |code: Option<u16>| code.is_some_and(|code| (400..500).contains(&code) && code != 429);
        let is_denied = |code: Option<u16>| matches!(code, Some(401 | 403));
        match codes {
            [current, previous] if is_accepted(current) && is_accepted(previous) => Self::Both,
            [current, previous] if is_accepted(current) && is_refused(previous) => Self::Current,
            [current, previous] if is_refused(current) && is_accepted(previous) => Self::Previous,
            [current, previous] if is_denied(current) && is_denied(previous) => Self::Neither,
            _ => Self::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Accepts::{self, Both, Current, Neither, Previous, Unknown};

    #[test]
    fn only_clear_answers_show_which_secret_is_accepted() {
        for (current, previous, expected) in [
            (Some(204), Some(200), Both),
            (Some(200), Some(401), Current),
            (Some(200), Some(400), Current),
            (Some(403), Some(202), Previous),
            (Some(401), Some(403), Neither),
            (Some(404), Some(404), Unknown),
            (Some(200), Some(503), Unknown),
            (Some(200), Some(429), Unknown),
            (Some(302), Some(302), Unknown),
            (None, Some(200), Unknown),
            (None, None, Unknown),
        ] {
            assert_eq!(Accepts::judge([current, previous]), expected, "{current:?} {previous:?}");
        }
    }
}
