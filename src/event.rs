//! The events, in words that belong to no format.

use jiff::Timestamp;
use uuid::Uuid;

use crate::artifact::Artifact;
use crate::ci::{BuildStatus, Context};
use crate::identity::Identity;

/// The name of an event as it goes over the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventName {
    /// A build started.
    BuildTriggered,
    /// A build ended.
    BuildFinished,
    /// A build's artifact is there.
    BuildCreated,
    /// The same, for those who follow its stream.
    BuildCreatedStream,
    /// A build was moved to another stream.
    BuildMoved,
    /// The same, for those who follow that stream.
    BuildMovedStream,
    /// A build was given a label.
    BuildLabelAdded,
    /// A release was made.
    ReleaseCreated,
    /// A release was changed.
    ReleaseUpdated,
}

impl EventName {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::BuildTriggered,
        Self::BuildFinished,
        Self::BuildCreated,
        Self::BuildCreatedStream,
        Self::BuildMoved,
        Self::BuildMovedStream,
        Self::BuildLabelAdded,
        Self::ReleaseCreated,
        Self::ReleaseUpdated,
    ];

    /// The name itself.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BuildTriggered => "build/triggered",
            Self::BuildFinished => "build/finished",
            Self::BuildCreated => "build.created",
            Self::BuildCreatedStream => "build.created.stream",
            Self::BuildMoved => "build.moved",
            Self::BuildMovedStream => "build.moved.stream",
            Self::BuildLabelAdded => "build.label.added",
            Self::ReleaseCreated => "release.created",
            Self::ReleaseUpdated => "release.updated",
        }
    }

    /// The event behind a `.stream` form; any other event itself.
    #[must_use]
    pub fn without_stream(self) -> Self {
        match self {
            Self::BuildCreatedStream => Self::BuildCreated,
            Self::BuildMovedStream => Self::BuildMoved,
            other => other,
        }
    }
}

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
    /// The ids of app and build.
    pub identity: Identity,
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
}

/// A build with its artifact.
#[derive(Debug, Clone)]
pub struct Build {
    /// The build's id.
    pub id: String,
    /// The file.
    pub artifact: Artifact,
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
    /// The name under which an endpoint gets the event: an endpoint that follows a stream gets the `.stream`
    /// events of that stream and no others. `None` if the event is not for it.
    pub fn name_for(&self, only_stream: Option<&str>, only_label: Option<&str>) -> Option<EventName> {
        if only_label.is_some() {
            return None;
        }
        match (&self.kind, only_stream) {
            (Kind::Triggered, None) => Some(EventName::BuildTriggered),
            (Kind::Finished(_), None) => Some(EventName::BuildFinished),
            (Kind::Created(_), None) => Some(EventName::BuildCreated),
            (Kind::Created(build), Some(stream)) => {
                (build.stream.as_deref() == Some(stream)).then_some(EventName::BuildCreatedStream)
            }
            (Kind::Triggered | Kind::Finished(_), Some(_)) => None,
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
