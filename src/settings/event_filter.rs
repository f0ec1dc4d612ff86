//! Which events an endpoint wants.

use std::fmt;

use super::{Mistake, RawSettings, keys};
use crate::event_name::EventName;

/// Which events an endpoint wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventFilter(Option<Vec<EventName>>);

impl EventFilter {
    /// All events.
    pub const ALL: Self = Self(None);

    /// Whether the event is wanted. Who wants an event wants its `.stream` form too.
    pub fn matches(&self, event: EventName) -> bool {
        self.0.as_ref().is_none_or(|wanted| wanted.contains(&event) || wanted.contains(&event.base_form()))
    }

    /// Reads `events`, which must leave something that the endpoint can get: who follows a stream or a label gets
    /// the events of that alone.
    pub(super) fn read(entries: &RawSettings) -> Result<Self, Mistake> {
        let Some(entry) = entries.get("events") else { return Ok(Self::ALL) };
        let mut names = Vec::new();
        for wanted in entries.list("events") {
            let matching: Vec<EventName> = match wanted.strip_suffix('*') {
                Some(start) => {
                    EventName::ALL.into_iter().filter(|name| name.as_str().starts_with(start)).collect()
                }
                None => EventName::ALL.into_iter().filter(|name| name.as_str() == wanted).collect(),
            };
            if matching.is_empty() {
                let all = EventName::ALL.map(EventName::as_str);
                let nearest = keys::nearest(&wanted, all.iter().copied());
                let expected = match nearest {
                    Some(nearest) => format!("events that exist; did you mean `{nearest}`?"),
                    None => format!("one or more of: {}", all.join(", ")),
                };
                return Err(entry.mistake_in(wanted.as_str(), expected));
            }
            names.extend(matching);
        }
        let filter = Self(Some(names));
        let can_get: Vec<EventName> =
            EventName::ALL.into_iter().filter(|name| can_get(entries, *name)).collect();
        if !can_get.iter().any(|name| filter.matches(*name)) {
            let names: Vec<&str> = can_get.iter().map(|name| name.as_str()).collect();
            return Err(entry.mistake(format!("an event that this endpoint can get: {}", names.join(", "))));
        }
        Ok(filter)
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

/// Whether an endpoint with these settings can get an event of this name at all.
fn can_get(entries: &RawSettings, name: EventName) -> bool {
    let is_stream = name.is_stream_form();
    match (entries.text("only_stream"), entries.text("only_label")) {
        (None, None) => !is_stream,
        (Some(_), None) => is_stream,
        (_, Some(_)) => name == EventName::BuildLabelAdded,
    }
}
