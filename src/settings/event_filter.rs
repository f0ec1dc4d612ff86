//! Which events an endpoint gets.

use std::fmt;

use super::setting::{Setting, unexpected};
use super::{Mistake, RawSetting};
use crate::event_name::EventName;

/// Which events an endpoint gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventFilter(Option<Vec<EventName>>);

impl EventFilter {
    /// All events.
    pub const ALL: Self = Self(None);

    /// This event alone.
    pub fn only(event: EventName) -> Self {
        Self(Some(vec![event]))
    }

    /// Whether the event is included. A name includes its `.stream` variant.
    pub fn matches(&self, event: EventName) -> bool {
        self.0.as_ref().is_none_or(|names| names.contains(&event) || names.contains(&event.base_form()))
    }
}

/// Event names; a trailing `*` matches any rest.
impl Setting for EventFilter {
    const PLACEHOLDER: &'static str = "EVENTS";
    const EXPECTED: &'static str = "one or more of";

    fn words() -> Vec<&'static str> {
        EventName::ALL.map(EventName::as_str).to_vec()
    }

    fn parse(text: &str) -> Option<Self> {
        Self::read(&RawSetting::text(text, "")).ok()
    }

    fn read(raw: &RawSetting) -> Result<Self, Mistake> {
        let patterns = raw.items().ok_or_else(|| unexpected::<Self>(raw, None))?;
        if patterns == ["*"] {
            return Ok(Self::ALL);
        }
        let mut names = Vec::new();
        for pattern in patterns {
            let matches = |name: &EventName| match pattern.strip_suffix('*') {
                Some(start) => name.as_str().starts_with(start),
                None => name.as_str() == pattern,
            };
            let known = names.len();
            names.extend(EventName::ALL.into_iter().filter(matches));
            if names.len() == known {
                return Err(unexpected::<Self>(raw, Some(pattern)));
            }
        }
        Ok(Self(Some(names)))
    }
}

/// The names, separated by commas, or `all`.
impl fmt::Display for EventFilter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(names) = &self.0 else { return formatter.write_str("all") };
        let names: Vec<_> = names.iter().map(|name| name.as_str()).collect();
        formatter.write_str(&names.join(", "))
    }
}
