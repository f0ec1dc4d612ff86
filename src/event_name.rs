//! The names of the events, as users write them in `events` and receivers read them.

use std::fmt;

/// An event's name on the wire: `build/triggered`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventName {
    /// A build started.
    BuildTriggered,
    /// A build finished.
    BuildFinished,
    /// A build's artifact is available.
    BuildCreated,
    /// [`Self::BuildCreated`] for endpoints that follow the build's stream.
    BuildCreatedStream,
    /// A build was moved to another stream.
    BuildMoved,
    /// [`Self::BuildMoved`] for endpoints that follow the new stream.
    BuildMovedStream,
    /// A label was added to a build.
    BuildLabelAdded,
    /// A release was created.
    ReleaseCreated,
    /// A release was updated.
    ReleaseUpdated,
    /// A test of the endpoint that a person asked for: no filter concerns it.
    Ping,
}

impl EventName {
    /// Every name that filters may have: all but [`Self::Ping`].
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

    /// The name on the wire.
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
            Self::Ping => "ping",
        }
    }

    /// The `.stream` variant of this event, if it has one.
    pub fn stream_form(self) -> Option<Self> {
        match self {
            Self::BuildCreated => Some(Self::BuildCreatedStream),
            Self::BuildMoved => Some(Self::BuildMovedStream),
            _ => None,
        }
    }

    /// The event without `.stream`: `build.created` for `build.created.stream`.
    #[must_use]
    pub fn base_form(self) -> Self {
        match self {
            Self::BuildCreatedStream => Self::BuildCreated,
            Self::BuildMovedStream => Self::BuildMoved,
            other => other,
        }
    }

    /// Whether this is the `.stream` variant of an event.
    pub fn is_stream_form(self) -> bool {
        self != self.base_form()
    }
}

impl fmt::Display for EventName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
