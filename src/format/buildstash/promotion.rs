//! What becomes of a build that was sent when it is moved or labeled.

use anyhow::Result;
use jiff::Timestamp;
use serde_json::Value;

use super::named::{Label, Stream};
use super::{micros, to_value};
use crate::event::{Event, EventDetails};
use crate::ids::Ids;
use crate::sent_build::SentBuild;

/// The build after it was moved to a stream. `sender` has the ids of the application and workspace, unless the build does.
pub fn moved(build: SentBuild, stream: &str, sender: &Ids, time: Timestamp) -> Result<SentBuild> {
    let known = Some(build.stream()).filter(|known| known["name"] == stream);
    let stream = match known {
        Some(known) => known,
        None => to_value(&Stream::new(stream, &sender.owned_like(&build), &since(&build, time)))?,
    };
    Ok(build.with("stream", stream).with("updated_at", micros(time)))
}

/// The build with one more label; one that it has already stays as it is.
pub fn labeled(build: SentBuild, label: &str, sender: &Ids, time: Timestamp) -> Result<SentBuild> {
    let mut labels: Vec<Value> = build.labels().to_vec();
    if find_label(&labels, label).is_none() {
        labels.push(to_value(&Label::new(label, &sender.owned_like(&build), &since(&build, time)))?);
    }
    Ok(build.with("labels", labels).with("updated_at", micros(time)))
}

/// The build with the change that an event makes to one.
pub fn changed(build: SentBuild, event: &Event) -> Result<SentBuild> {
    let (sender, time) = (&event.source.ids, event.time);
    match &event.details {
        EventDetails::Moved { stream, .. } => moved(build, stream, sender, time),
        EventDetails::Labeled { label, .. } => labeled(build, label, sender, time),
        EventDetails::Triggered
        | EventDetails::Finished(_)
        | EventDetails::Created { .. }
        | EventDetails::Released(_)
        | EventDetails::Ping => Ok(build),
    }
}

/// The label of this name.
pub(super) fn find_label<'a>(labels: &'a [Value], name: &str) -> Option<&'a Value> {
    labels.iter().find(|label| label["name"] == name)
}

/// Streams and labels are as old as their build, in all its events: no other times are known.
fn since(build: &SentBuild, time: Timestamp) -> String {
    build.created_at().unwrap_or_else(|| micros(time))
}
