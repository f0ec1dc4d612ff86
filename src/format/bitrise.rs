//! `build/triggered` and `build/finished` as Bitrise sends them.
//!
//! The documented keys come first, in the order of
//! <https://devcenter.bitrise.io/en/apps/webhooks/adding-outgoing-webhooks.html>. The keys we add have the names of
//! Bitrise's API, <https://api-docs.bitrise.io>.

use anyhow::{Result, bail};
use jiff::Timestamp;
use serde::Serialize;

use super::added::Added;
use super::{Strictness, WireFormat, Written};
use crate::ci::{BuildStatus, Forge, Sourced};
use crate::event::{Event, EventDetails, EventSource};
use crate::event_name::EventName;

pub(super) const FORMAT: WireFormat = WireFormat {
    name: "bitrise",
    signature_header: Some("bitrise-hook-signature"),
    writes_every_event: false,
    write,
};

#[derive(Serialize)]
struct Body<'a> {
    build_slug: &'a str,
    build_number: i64,
    app_slug: &'a str,
    /// 0 until the build has finished, then the number of the [`BuildStatus`].
    build_status: u8,
    git: Git<'a>,
    /// Not in the documentation, but read by real receivers.
    #[serde(skip_serializing_if = "Option::is_none")]
    build_triggered_workflow: Option<&'a str>,
    #[serde(flatten)]
    of_api: Option<AddedKeys<'a>>,
    #[serde(flatten)]
    added: Option<Added<'a>>,
}

#[derive(Serialize)]
struct Git<'a> {
    provider: &'static str,
    src_branch: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    dst_branch: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pull_request_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tag: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    repository_url: Option<&'a str>,
}

/// Keys that the documentation does not list.
#[derive(Serialize)]
struct AddedKeys<'a> {
    status_text: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    build_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    triggered_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    finished_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    commit_hash: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    commit_message: Option<&'a str>,
}

fn write(event: &Event, name: EventName, strictness: Strictness) -> Result<Written> {
    let status = match &event.details {
        EventDetails::Triggered => None,
        EventDetails::Finished(status) => Some(*status),
        EventDetails::Created { .. }
        | EventDetails::Moved { .. }
        | EventDetails::Labeled { .. }
        | EventDetails::Released(_)
        | EventDetails::Ping => bail!("Bitrise has no event {name}"),
    };
    let json = serde_json::to_string(&body(event, name, status, strictness))?;
    // Bitrise's receivers answer 404 without the app's id.
    let app_slug = event.source.ids.app_slug.clone();
    let headers = vec![("bitrise-event-type", name.to_string()), ("bitrise-app-id", app_slug)];
    Ok(Written { headers, json })
}

/// The body of an event; `status` is `None` until the build has finished. Real receivers decode it with strict types,
/// so an unknown branch is an empty string, and a run number that is not an integer is replaced by the run id or 0.
fn body(event: &Event, name: EventName, status: Option<BuildStatus>, strictness: Strictness) -> Body<'_> {
    let EventSource { context, ids, started_at, .. } = &*event.source;
    let is_extended = strictness == Strictness::Extended;
    Body {
        build_slug: &ids.build_slug,
        build_number: integer(&context.run.number).or(integer(&context.run.id)).unwrap_or(0),
        app_slug: &ids.app_slug,
        build_status: status.map_or(0, |status| status as u8),
        git: Git {
            provider: Forge::detect(&context.git).as_git_provider(),
            src_branch: context.git.branch.as_deref().unwrap_or_default(),
            dst_branch: context.git.target_branch.as_deref(),
            pull_request_id: integer(&context.pull_request.number),
            tag: context.git.tag.as_deref(),
            repository_url: context.git.repository_url.as_deref().filter(|_| is_extended),
        },
        build_triggered_workflow: context.pipeline.name.as_deref(),
        of_api: is_extended.then(|| AddedKeys {
            status_text: status_text(status),
            build_url: context.run.url.as_deref(),
            triggered_at: started_at.map(seconds),
            finished_at: status.map(|_| seconds(event.time)),
            commit_hash: context.git.commit_sha.as_deref(),
            commit_message: context.git.commit_message.as_deref(),
        }),
        added: Added::new(event, name, strictness),
    }
}

/// Bitrise's API has these words.
fn status_text(status: Option<BuildStatus>) -> &'static str {
    match status {
        None => "in-progress",
        Some(BuildStatus::Success) => "success",
        Some(BuildStatus::Failed) => "error",
        Some(BuildStatus::Aborted | BuildStatus::AbortedWithSuccess) => "aborted",
    }
}

/// `2025-11-17T19:10:53Z`, as in Bitrise's API.
fn seconds(time: Timestamp) -> String {
    format!("{time:.0}")
}

/// A value that is an integer and not negative.
fn integer(field: &Option<Sourced>) -> Option<i64> {
    field.as_deref()?.parse().ok().filter(|number| *number >= 0)
}
