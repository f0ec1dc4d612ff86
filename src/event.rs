//! Events: what happened to a build, in words of no particular format.

use std::io;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::artifact::{Artifact, Version};
use crate::ci::{BuildStatus, Context};
use crate::event_name::EventName;
use crate::ids::Ids;
use crate::job_result::Jobs;
use crate::sent_build::SentBuild;
use crate::system::System;

/// Something that happened to a build.
#[derive(Debug, Clone)]
pub struct Event {
    /// A UUIDv7 of this event alone, kept through retries and redeliveries.
    pub id: Uuid,
    /// The same for the stream's form of the event, because a receiver may get both.
    pub stream_id: Uuid,
    /// When it happened.
    pub time: Timestamp,
    /// The build that the event comes from.
    pub source: Arc<EventSource>,
    /// What happened.
    pub details: EventDetails,
}

impl Event {
    /// An event that happened at this time.
    pub fn new(
        system: &System,
        time: Timestamp,
        source: Arc<EventSource>,
        details: EventDetails,
    ) -> io::Result<Self> {
        Ok(Self { id: system.new_id(time)?, stream_id: system.new_id(time)?, time, source, details })
    }
}

/// The build that an event comes from, and the run that makes it.
#[derive(Debug, Clone)]
pub struct EventSource {
    /// The detected pipeline, run and commit.
    pub context: Context,
    /// The ids of the app and the build.
    pub ids: Ids,
    /// When the build started, if known.
    pub started_at: Option<Timestamp>,
    /// The user's own fields.
    pub fields: Map<String, Value>,
    /// The jobs of the run that the event reports on.
    pub jobs: Option<Jobs>,
}

/// What happened.
#[derive(Debug, Clone)]
pub enum EventDetails {
    /// The build started.
    Triggered,
    /// The build finished with this result.
    Finished(BuildStatus),
    /// One of the build's artifacts is available.
    Created {
        /// The artifact's build.
        build: Box<Build>,
        /// The same in Buildstash's format.
        sent: SentBuild,
    },
    /// A build was moved to another stream.
    Moved {
        /// The build after the move.
        build: SentBuild,
        /// The name of the new stream.
        stream: String,
    },
    /// A label was added to a build.
    Labeled {
        /// The build with the label.
        build: SentBuild,
        /// The label's name.
        label: String,
    },
    /// A release was created or updated.
    Released(Box<ReleaseDetails>),
    /// Nothing: someone tests the endpoint.
    Ping,
}

/// The message of a [`EventDetails::Ping`], for whoever reads it at the receiver.
pub const PING_MESSAGE: &str =
    "A test of this webhook, sent by hand with `buildhook doctor --ping`. No build has changed.";

/// A build as Buildstash understands it: one artifact and what belongs to it.
#[derive(Debug, Clone)]
pub struct Build {
    /// The build's id.
    pub id: String,
    /// What people see of it: the artifact's file name, or its path if other builds of the command have the same file name.
    pub shown: String,
    /// The artifact.
    pub artifact: Artifact,
    /// The expansion file of an apk.
    pub expansion: Option<Box<Artifact>>,
    /// Related files, such as logs.
    pub metadata: Vec<Artifact>,
    /// The name of its stream.
    pub stream: Option<String>,
    /// The names of its labels.
    pub labels: Vec<String>,
    /// Notes, Markdown.
    pub notes: Option<String>,
    /// URL to download the artifact from.
    pub download_url: Option<String>,
}

/// A published set of builds.
#[derive(Debug, Clone)]
pub struct ReleaseDetails {
    /// Whether the release was created by this event, rather than updated.
    pub is_new: bool,
    /// Its version.
    pub version: Version,
    /// Its title.
    pub title: Option<String>,
    /// Its notes, Markdown.
    pub notes: Option<String>,
    /// The names of its labels.
    pub labels: Vec<String>,
    /// Its builds.
    pub builds: Vec<SentBuild>,
    /// When it was created.
    pub created_at: Timestamp,
}

impl ReleaseDetails {
    /// The release's id. It belongs to the owner of its first build, else to the sender.
    pub fn id(&self, sender: &Ids) -> String {
        self.owner(sender).release_id(&self.version.full())
    }

    /// The ids with the application and workspace that own the release.
    pub fn owner(&self, sender: &Ids) -> Ids {
        self.builds.first().map_or_else(|| sender.clone(), |build| sender.owned_like(build))
    }
}

impl Event {
    /// The id under which the event is sent by this name.
    pub fn id_as(&self, name: EventName) -> Uuid {
        if name.is_stream_form() { self.stream_id } else { self.id }
    }

    /// The event's name for an endpoint that follows neither a stream nor a label.
    pub fn name(&self) -> EventName {
        match &self.details {
            EventDetails::Triggered => EventName::BuildTriggered,
            EventDetails::Finished(_) => EventName::BuildFinished,
            EventDetails::Created { .. } => EventName::BuildCreated,
            EventDetails::Moved { .. } => EventName::BuildMoved,
            EventDetails::Labeled { .. } => EventName::BuildLabelAdded,
            EventDetails::Released(release) if release.is_new => EventName::ReleaseCreated,
            EventDetails::Released(_) => EventName::ReleaseUpdated,
            EventDetails::Ping => EventName::Ping,
        }
    }

    /// The event's name for an endpoint with these filters: one that follows a stream gets the `.stream` variant of
    /// that stream's events only, one that follows a label only that label's events. `None` if the filters reject
    /// the event.
    pub fn name_for(&self, only_stream: Option<&str>, only_label: Option<&str>) -> Option<EventName> {
        match (only_stream, only_label) {
            (None, None) => Some(self.name()),
            (Some(_), None) if self.stream() == only_stream => self.name().stream_form(),
            (None, Some(_)) if self.label() == only_label => Some(self.name()),
            _ => None,
        }
    }

    /// What distinguishes it from others of its name, for people: the result, the file, the stream, the label, the version.
    pub fn subject(&self) -> Option<String> {
        let file = |build: &SentBuild| build.filename().unwrap_or_else(|| build.id().to_owned());
        match &self.details {
            EventDetails::Triggered | EventDetails::Ping => None,
            EventDetails::Finished(status) => Some(status.to_string()),
            EventDetails::Created { build, .. } => Some(build.shown.clone()),
            EventDetails::Moved { build, stream } => Some(format!("{} to {stream}", file(build))),
            EventDetails::Labeled { build, label } => Some(format!("{} with {label}", file(build))),
            EventDetails::Released(release) => Some(match release.builds.len() {
                0 => release.version.full(),
                1 => format!("{} with 1 build", release.version.full()),
                count => format!("{} with {count} builds", release.version.full()),
            }),
        }
    }

    /// The build that this event is about, as it is after the event.
    pub fn sent_build(&self) -> Option<&SentBuild> {
        match &self.details {
            EventDetails::Created { sent: build, .. }
            | EventDetails::Moved { build, .. }
            | EventDetails::Labeled { build, .. } => Some(build),
            EventDetails::Triggered
            | EventDetails::Finished(_)
            | EventDetails::Released(_)
            | EventDetails::Ping => None,
        }
    }

    /// The stream that the build is in now.
    fn stream(&self) -> Option<&str> {
        match &self.details {
            EventDetails::Created { build, .. } => build.stream.as_deref(),
            EventDetails::Moved { stream, .. } => Some(stream),
            _ => None,
        }
    }

    /// The label that was added.
    fn label(&self) -> Option<&str> {
        match &self.details {
            EventDetails::Labeled { label, .. } => Some(label),
            _ => None,
        }
    }
}
