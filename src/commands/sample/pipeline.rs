//! The pipeline that sample events come from: a workflow on GitHub that runs today.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::case::{Choice, Start};
use crate::ci::{self, Context, Sourced};
use crate::system::{Environment, System};

const SHA: &str = "ffac537e6cbbf934b08745a378932722df287a53";
const REPOSITORY: &str = "https://github.com/example/app";
/// The operating systems of the matrix.
pub(super) const LEGS: [&str; 2] = ["ubuntu", "windows"];

/// How long the build took.
const DURATION: SignedDuration = SignedDuration::from_secs(323);

/// The context of the job. All events of a day belong to the same run.
pub(super) fn context(choice: Choice, leg: &str, system: &System) -> Context {
    let now = system.now();
    let day = now.as_second() - now.as_second() % 86_400;
    let run = day.to_string();
    let (reference, event) = match choice.start {
        Start::PullRequest | Start::Fork => ("refs/pull/32/merge", "pull_request"),
        Start::Push => ("refs/heads/main", "push"),
        Start::Tag => ("refs/tags/v1.4.0", "push"),
    };
    let job = format!("build/{leg}");
    let mut variables = vec![
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_ACTOR", if choice.start == Start::Fork { "outside-user" } else { "octo-user" }),
        ("GITHUB_EVENT_NAME", event),
        ("GITHUB_JOB", "build"),
        ("GITHUB_REF", reference),
        ("GITHUB_REPOSITORY", "example/app"),
        ("GITHUB_RUN_ATTEMPT", "1"),
        ("GITHUB_RUN_ID", run.as_str()),
        ("GITHUB_RUN_NUMBER", "1284"),
        ("GITHUB_SERVER_URL", "https://github.com"),
        ("GITHUB_SHA", SHA),
        ("GITHUB_WORKFLOW", "Build app"),
        ("GITHUB_WORKFLOW_REF", "example/app/.github/workflows/build.yml@refs/heads/main"),
        ("ACTIONS_ORCHESTRATION_ID", job.as_str()),
    ];
    if matches!(choice.start, Start::PullRequest | Start::Fork) {
        let branch = if choice.start == Start::Fork { "patch-1" } else { "feature/dark-mode" };
        variables.extend([("GITHUB_HEAD_REF", branch), ("GITHUB_BASE_REF", "main")]);
    }
    let environment = variables.into_iter().collect::<Environment>();
    let detected = System { environment, ..system.clone() };
    let mut context = ci::from_environment(&detected, Context::default()).context;
    let known = |value: String| Some(Sourced::new(value, "sample"));
    let started_at = known((now - DURATION).to_string());
    context.git.host_type = known("git".to_owned());
    context.git.host = known("github.com".to_owned());
    context.git.commit_sha = known(SHA.to_owned());
    context.git.commit_url = known(format!("{REPOSITORY}/commit/{SHA}"));
    context.git.commit_message = known("Add a dark mode\n\nIt follows the system's setting.".to_owned());
    context.run.started_at.clone_from(&started_at);
    context.job.started_at = started_at;
    context.job.url = known(format!("{REPOSITORY}/actions/runs/{run}/job/{}", day + 7));
    context.job.matrix = json!({ "os": leg, "debug": false }).as_object().cloned();
    context.previous_status = known("failed".to_owned());
    context
}

/// When the build started.
pub(super) fn started_at(now: Timestamp) -> Timestamp {
    now - DURATION
}
