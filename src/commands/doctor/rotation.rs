//! Which of two secrets a receiver takes: the answers to pings that are signed with one of them alone.

use serde::Serialize;

use crate::delivery::Outcome;
use crate::report::FactSheet;

/// The answers, and what follows from them.
#[derive(Serialize)]
pub(super) struct Rotation {
    accepts: Accepts,
    current_response_code: Option<u16>,
    previous_response_code: Option<u16>,
}

#[derive(Debug, Serialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
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
        let [current_response_code, previous_response_code] = codes;
        Self { accepts: Accepts::judge(codes), current_response_code, previous_response_code }
    }

    /// What to do, if there is something to do.
    pub(super) fn warning(&self) -> Option<&'static str> {
        match self.accepts {
            Accepts::Previous => Some("give the receiver the current secret: it takes only the previous one"),
            Accepts::Neither => Some("the receiver takes neither secret; give it the current one"),
            Accepts::Current | Accepts::Both | Accepts::Unknown => None,
        }
    }

    pub(super) fn show(&self, sheet: &mut FactSheet) {
        let text = match self.accepts {
            Accepts::Current => "the receiver accepts the current secret; the previous one can go",
            Accepts::Previous => {
                "the receiver accepts only the previous secret: the receiver has not been updated"
            }
            Accepts::Both => "the receiver accepts both secrets, or does not verify signatures",
            Accepts::Neither => "the receiver accepts neither secret",
            Accepts::Unknown => return sheet.fact("secrets", &self.unknown()),
        };
        sheet.fact("secrets", text);
    }

    fn unknown(&self) -> String {
        let shown = |code: Option<u16>| code.map_or("no answer".to_owned(), |code| code.to_string());
        let [current, previous] = [self.current_response_code, self.previous_response_code].map(shown);
        format!(
            "not clear which one the receiver accepts: {current} with the current, {previous} with the previous"
        )
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
