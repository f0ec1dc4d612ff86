//! The kinds of values that the context has, and the form of each.

use super::{BuildStatus, Reference, web_address};

/// What kind of value a field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// The address of a page, `http` or `https`.
    Url,
    /// A branch, without `refs/heads/` and the like.
    Branch,
    /// A whole number, in digits.
    Number,
    /// A time, RFC 3339.
    Time,
    /// A word for a result.
    Status,
}

impl Kind {
    /// Brings a value into the form of its kind; `None` if it has none.
    pub fn normalise(self, text: &str) -> Option<String> {
        let text = text.trim();
        match self {
            Self::Text => Some(text.to_owned()),
            Self::Url => web_address(text),
            Self::Branch => Reference::parse(text).branch(),
            Self::Number => text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.to_owned()),
            Self::Time => text.parse::<jiff::Timestamp>().ok().map(|time| time.to_string()),
            Self::Status => BuildStatus::parse(text).map(|status| status.to_string()),
        }
        .filter(|value| !value.is_empty())
    }

    /// What a value of this kind looks like, to go behind "expected".
    pub fn expected(self) -> &'static str {
        match self {
            Self::Text => "some text",
            Self::Url => "an http or https address",
            Self::Branch => "a branch",
            Self::Number => "a whole number",
            Self::Time => "a time such as 2025-11-17T19:10:53Z",
            Self::Status => BuildStatus::EXPECTED,
        }
    }
}
