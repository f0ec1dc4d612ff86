//! The events, in words that belong to no format.

use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use crate::artifact::{Artifact, Version};
use crate::ci::{BuildStatus, Context};
use crate::event_name::EventName;
use crate::ids::Ids;

/// Something that happened to a build.
#[derive(Debug, Clone)]
pub struct Event {
    /// Tells it from all other events; kept through retries and redeliveries.
    pub id: Uuid,
    /// When it happened.
    pub time: Timestamp,
    /// When the build started, where that is known.
    pub started_at: Option<Timestamp>,
    /// What is known about the pipeline.
    pub context: Context,
    /// The ids of the app and the build.
    pub ids: Ids,
    /// What happened.
    pub kind: Kind,
}

/// What happened.
#[derive(Debug, Clone)]
pub enum Kind {
    /// A build started.
    Triggered,
    /// A build ended.
    Finished(BuildStatus),
    /// A build's artifact is there.
    Created(Box<Build>),
    /// A build that was sent before goes to another stream.
    Moved {
        /// The build in Buildstash's form, as it was sent.
        build: Value,
        /// The stream's name.
        stream: String,
    },
    /// A build that was sent before gets a label.
    Labeled {
        /// The build in Buildstash's form, as it was sent.
        build: Value,
        /// The label's name.
        label: String,
    },
    /// A release is made or changed.
    Released(Box<Release>),
}

/// Builds that are put together for the world.
#[derive(Debug, Clone)]
pub struct Release {
    /// Whether it is made now, rather than changed.
    pub is_new: bool,
    /// Its version.
    pub version: Version,
    /// Its title.
    pub title: Option<String>,
    /// Its notes, Markdown.
    pub notes: Option<String>,
    /// Its labels.
    pub labels: Vec<String>,
    /// Its builds in Buildstash's form, as they were sent.
    pub builds: Vec<Value>,
}

/// A build with its artifact.
#[derive(Debug, Clone)]
pub struct Build {
    /// The build's id.
    pub id: String,
    /// The file.
    pub artifact: Artifact,
    /// The expansion file of an apk.
    pub expansion: Option<Artifact>,
    /// Files that accompany it.
    pub metadata: Vec<Artifact>,
    /// The stream it goes to.
    pub stream: Option<String>,
    /// Its labels.
    pub labels: Vec<String>,
    /// Notes about it.
    pub notes: Option<String>,
    /// Where the artifact can be had.
    pub download_url: Option<String>,
}

impl Event {
    /// The name under which an endpoint gets the event: one that follows a stream gets the `.stream` events of that
    /// stream and no others, one that follows a label the events of that label. `None` if it is not for it.
    pub fn name_for(&self, only_stream: Option<&str>, only_label: Option<&str>) -> Option<EventName> {
        let stream = match &self.kind {
            Kind::Created(build) => build.stream.as_deref(),
            Kind::Moved { stream, .. } => Some(stream.as_str()),
            _ => None,
        };
        match (only_stream, only_label) {
            (None, None) => Some(self.name()),
            (Some(_), None) if stream == only_stream => self.name().stream_form(),
            (None, Some(only)) => match &self.kind {
                Kind::Labeled { label, .. } if label == only => Some(self.name()),
                _ => None,
            },
            _ => None,
        }
    }

    /// The name under which an endpoint gets the event that follows neither a stream nor a label.
    pub fn name(&self) -> EventName {
        match &self.kind {
            Kind::Triggered => EventName::BuildTriggered,
            Kind::Finished(_) => EventName::BuildFinished,
            Kind::Created(_) => EventName::BuildCreated,
            Kind::Moved { .. } => EventName::BuildMoved,
            Kind::Labeled { .. } => EventName::BuildLabelAdded,
            Kind::Released(release) if release.is_new => EventName::ReleaseCreated,
            Kind::Released(_) => EventName::ReleaseUpdated,
        }
    }
}

/// A length of time as `HH:MM:SS`; hours go on above 99.
pub fn clock_face(seconds: u64) -> String {
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::clock_face;

    #[test]
    fn durations_are_hours_minutes_seconds() {
        for (seconds, face) in
            [(0, "00:00:00"), (323, "00:05:23"), (3661, "01:01:01"), (360_000, "100:00:00")]
        {
            assert_eq!(clock_face(seconds), face);
        }
    }
}
