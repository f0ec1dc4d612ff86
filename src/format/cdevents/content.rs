//! The type of a CDEvent and the content of its subject.

use serde::Serialize;

use super::uri;
use crate::ci::{BuildStatus, Context};
use crate::event::{Event, EventDetails, PING_MESSAGE};

/// The facts about an event's subject, by type. The schemas allow no other key and no `null`.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Content<'a> {
    /// `pipelinerun.queued`, `.started` and `.finished`.
    Run {
        #[serde(rename = "pipelineName", skip_serializing_if = "Option::is_none")]
        pipeline_name: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        uri: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        outcome: Option<&'static str>,
    },
    /// `artifact.packaged`.
    Packaged { change: Change<'a> },
    /// `artifact.published`.
    Published {},
    /// A custom event, <https://github.com/cdevents/spec/tree/v0.5.1/custom>.
    Ping { message: &'static str },
}

/// The commit that an artifact was built from.
#[derive(Serialize)]
pub(super) struct Change<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
}

/// `pipelinerun.started` requires the pipeline's name and URL, so a run without them is `queued`; `artifact.packaged`
/// requires the commit, so an artifact without it is `published`.
pub(super) fn type_and_content(event: &Event) -> (&'static str, Content<'_>) {
    let Context { pipeline, run, git, .. } = &event.source.context;
    let pipeline_name = pipeline.name.as_deref();
    let uri = run.url.as_deref().and_then(uri::from_url);
    let published = ("dev.cdevents.artifact.published.0.3.0", Content::Published {});
    match &event.details {
        EventDetails::Triggered => {
            let is_complete = pipeline_name.is_some() && uri.is_some();
            let event_type = if is_complete {
                "dev.cdevents.pipelinerun.started.0.3.0"
            } else {
                "dev.cdevents.pipelinerun.queued.0.3.0"
            };
            (event_type, Content::Run { pipeline_name, uri, outcome: None })
        }
        EventDetails::Finished(status) => {
            let outcome = Some(outcome(*status));
            ("dev.cdevents.pipelinerun.finished.0.3.0", Content::Run { pipeline_name, uri, outcome })
        }
        EventDetails::Created { .. } => match git.commit_sha.as_deref() {
            Some(id) => {
                let change = Change { id, source: git.repository_url.as_deref().and_then(uri::from_url) };
                ("dev.cdevents.artifact.packaged.0.3.0", Content::Packaged { change })
            }
            None => published,
        },
        EventDetails::Moved { .. } | EventDetails::Labeled { .. } | EventDetails::Released(_) => published,
        EventDetails::Ping => {
            ("dev.cdeventsx.buildhook-ping.sent.0.1.0", Content::Ping { message: PING_MESSAGE })
        }
    }
}

fn outcome(status: BuildStatus) -> &'static str {
    match status {
        BuildStatus::Success | BuildStatus::AbortedWithSuccess => "success",
        BuildStatus::Failed => "failure",
        BuildStatus::Aborted => "cancel",
    }
}
