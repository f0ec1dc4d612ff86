//! What `--json` prints about an event.

use serde::Serialize;

use crate::delivery::Outcome;
use crate::event::Event;
use crate::sent_build::SentBuild;

/// An event and what became of its deliveries.
#[derive(Serialize)]
pub(super) struct Summary<'a> {
    event: &'static str,
    id: String,
    app_slug: &'a str,
    build_slug: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    build: Option<&'a SentBuild>,
    delivered: usize,
    failed: usize,
    deliveries: Vec<&'a Outcome>,
}

/// Summarizes an event; `outcomes` may include those of other events.
pub(super) fn summary<'a>(event: &'a Event, outcomes: &'a [Outcome]) -> Summary<'a> {
    let (id, stream_id) = (event.id.to_string(), event.stream_id.to_string());
    let is_of_event = |outcome: &&Outcome| *outcome.event_id == *id || *outcome.event_id == *stream_id;
    let deliveries: Vec<&Outcome> = outcomes.iter().filter(is_of_event).collect();
    let delivered = deliveries.iter().filter(|outcome| outcome.is_delivered()).count();
    Summary {
        event: event.name().as_str(),
        id,
        app_slug: &event.source.ids.app_slug,
        build_slug: &event.source.ids.build_slug,
        build: event.sent_build(),
        delivered,
        failed: deliveries.len() - delivered,
        deliveries,
    }
}
