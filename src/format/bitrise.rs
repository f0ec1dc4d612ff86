//! `build/triggered` and `build/finished` as Bitrise sends them.
//!
//! The keys of the page come first and in its order:
//! <https://devcenter.bitrise.io/en/apps/webhooks/adding-outgoing-webhooks.html>. Those beyond it are named as in
//! Bitrise's API, <https://api-docs.bitrise.io>.

use anyhow::Result;
use serde::Serialize;

use crate::ci::{BuildStatus, Forge, Sourced};
use crate::event::{Event, Kind};

#[derive(Serialize)]
struct Body<'a> {
    build_slug: &'a str,
    build_number: i64,
    app_slug: &'a str,
    /// 0 not finished, else the number of [`BuildStatus`].
    build_status: u8,
    git: Git<'a>,
    #[serde(flatten)]
    more: Option<More<'a>>,
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

/// What the page does not list.
#[derive(Serialize)]
struct More<'a> {
    status_text: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    build_triggered_workflow: Option<&'a str>,
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

/// The body. Receivers decode it with strict types, so a branch that is not known is an empty text, and a build
/// number that is no integer gives way to the run's id, else to 0.
pub(super) fn json(event: &Event, strict: bool) -> Result<String> {
    let context = &event.context;
    let status = match &event.kind {
        Kind::Finished(status) => Some(*status),
        _ => None,
    };
    let forge = Forge::of(&context.git);
    let body = Body {
        build_slug: &event.ids.build_slug,
        build_number: integer(&context.run.number).or(integer(&context.run.id)).unwrap_or(0),
        app_slug: &event.ids.app_slug,
        build_status: status.map_or(0, |status| status as u8),
        git: Git {
            provider: forge.as_git_provider(),
            src_branch: context.git.branch.as_deref().unwrap_or_default(),
            dst_branch: context.git.target_branch.as_deref(),
            pull_request_id: integer(&context.pull_request.number),
            tag: context.git.tag.as_deref(),
            repository_url: context.git.repository_url.as_deref().filter(|_| !strict),
        },
        more: (!strict).then(|| More {
            status_text: status_text(status),
            build_triggered_workflow: context.pipeline.name.as_deref(),
            build_url: context.run.url.as_deref(),
            triggered_at: match &event.kind {
                Kind::Triggered => Some(seconds(event.time)),
                _ => event.started_at.map(seconds),
            },
            finished_at: status.map(|_| seconds(event.time)),
            commit_hash: context.git.commit_sha.as_deref(),
            commit_message: context.git.commit_message.as_deref(),
        }),
    };
    Ok(serde_json::to_string(&body)?)
}

/// The words of Bitrise's API.
fn status_text(status: Option<BuildStatus>) -> &'static str {
    match status {
        None => "in-progress",
        Some(BuildStatus::Success) => "success",
        Some(BuildStatus::Failed) => "error",
        Some(BuildStatus::Aborted | BuildStatus::AbortedWithSuccess) => "aborted",
    }
}

/// `2025-11-17T19:10:53Z`, as in Bitrise's API.
fn seconds(time: jiff::Timestamp) -> String {
    format!("{time:.0}")
}

fn integer(found: &Option<Sourced>) -> Option<i64> {
    found.as_deref()?.parse().ok().filter(|number| *number >= 0)
}
