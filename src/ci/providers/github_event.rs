//! The file with the event that a job of GitHub Actions runs for, and of those that imitate it.
//!
//! <https://docs.github.com/en/webhooks/webhook-events-and-payloads>

use std::fs::File;
use std::io::BufReader;

use serde::Deserialize;

use super::{Context, Sourced};

/// What is used of it.
#[derive(Deserialize, Default)]
#[serde(default)]
struct EventFile {
    pull_request: Option<PullRequest>,
    issue: Option<Issue>,
    head_commit: Option<Commit>,
    workflow_run: Option<WorkflowRun>,
    merge_group: Option<MergeGroup>,
}

#[derive(Deserialize)]
struct PullRequest {
    number: u64,
    html_url: Option<String>,
    head: Option<Side>,
    base: Option<Side>,
}

#[derive(Deserialize)]
struct Side {
    sha: Option<String>,
    #[serde(rename = "ref")]
    branch: Option<String>,
}

/// Of a comment. Pull requests are issues, too.
#[derive(Deserialize)]
struct Issue {
    pull_request: Option<IssuePullRequest>,
    number: u64,
}

#[derive(Deserialize)]
struct IssuePullRequest {
    html_url: Option<String>,
}

#[derive(Deserialize)]
struct Commit {
    id: String,
    message: Option<String>,
    author: Option<Author>,
}

#[derive(Deserialize)]
struct Author {
    name: Option<String>,
    email: Option<String>,
}

#[derive(Deserialize)]
struct WorkflowRun {
    head_branch: Option<String>,
    head_sha: Option<String>,
    #[serde(default)]
    pull_requests: Vec<PullRequest>,
}

#[derive(Deserialize)]
struct MergeGroup {
    head_sha: Option<String>,
    base_ref: Option<String>,
}

/// Puts in what only the file tells. A file that is missing or unreadable tells nothing.
pub(super) fn refine(context: &mut Context, path: &str) {
    let file = File::open(path).ok().and_then(|file| serde_json::from_reader(BufReader::new(file)).ok());
    let event: EventFile = file.unwrap_or_default();
    let set = |field: &mut Option<Sourced>, value: Option<String>, pointer: &str| {
        if let Some(value) = value.filter(|value| !value.trim().is_empty()) {
            *field = Some(Sourced::new(value, format!("GITHUB_EVENT_PATH {pointer}")));
        }
    };
    let (git, request) = (&mut context.git, &mut context.pull_request);
    if let Some(found) = event.pull_request {
        set(&mut request.number, Some(found.number.to_string()), ".pull_request.number");
        set(&mut request.url, found.html_url, ".pull_request.html_url");
        if let Some(head) = found.head {
            set(&mut git.commit_sha, head.sha, ".pull_request.head.sha");
            set(&mut git.branch, head.branch, ".pull_request.head.ref");
        }
        if let Some(base) = found.base {
            set(&mut git.target_branch, base.branch, ".pull_request.base.ref");
        }
    } else if let Some(run) = event.workflow_run {
        // NOTE: a `workflow_run` workflow itself runs at the default branch's tip; what it follows is the run.
        set(&mut git.commit_sha, run.head_sha, ".workflow_run.head_sha");
        set(&mut git.branch, run.head_branch, ".workflow_run.head_branch");
        if let [only] = run.pull_requests.as_slice() {
            set(&mut request.number, Some(only.number.to_string()), ".workflow_run.pull_requests[0].number");
        }
    } else if let Some(group) = event.merge_group {
        set(&mut git.commit_sha, group.head_sha, ".merge_group.head_sha");
        set(&mut git.target_branch, group.base_ref, ".merge_group.base_ref");
    } else if let Some(Issue { pull_request: Some(found), number }) = event.issue {
        set(&mut request.number, Some(number.to_string()), ".issue.number");
        set(&mut request.url, found.html_url, ".issue.pull_request.html_url");
        // The job runs at the default branch's tip; where the pull request comes from is not told.
        git.branch = None;
    } else if let Some(commit) = event.head_commit
        && git.commit_sha.as_ref().is_some_and(|sha| sha.value == commit.id)
    {
        set(&mut git.commit_message, commit.message, ".head_commit.message");
        let author = commit.author.and_then(|author| match (author.name, author.email) {
            (Some(name), Some(email)) => Some(format!("{name} <{email}>")),
            (name, _) => name,
        });
        set(&mut git.commit_author, author, ".head_commit.author");
    }
}
