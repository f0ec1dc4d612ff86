//! The file with the event that started a workflow of GitHub Actions or an imitation of it.
//!
//! <https://docs.github.com/en/webhooks/webhook-events-and-payloads>

use std::fs::File;
use std::io::BufReader;

use serde::Deserialize;

use super::{Context, Release, Sourced, Variables};

/// The parts of the file that are used.
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

/// The issue of a comment, which may be a pull request.
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

/// The file of a `release` workflow. Parsed apart from [`EventFile`], so that a surprise in one costs the
/// other nothing.
#[derive(Deserialize)]
struct ReleaseEventFile {
    release: GitHubRelease,
}

#[derive(Deserialize)]
struct GitHubRelease {
    tag_name: Option<String>,
    name: Option<String>,
    body: Option<String>,
}

/// The path of the file. It may be missing or unreadable.
fn path(env: &Variables) -> Option<Sourced> {
    env.get("GITHUB_EVENT_PATH")
}

fn parse<T: for<'de> Deserialize<'de>>(path: &str) -> Option<T> {
    serde_json::from_reader(BufReader::new(File::open(path).ok()?)).ok()
}

/// The release that the workflow runs for. Fields are `None` if there is none.
pub(super) fn release(env: &Variables) -> Release {
    let present = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    let file: Option<ReleaseEventFile> = path(env).and_then(|path| parse(&path));
    file.map_or_else(Release::default, |ReleaseEventFile { release }| Release {
        tag: present(release.tag_name),
        title: present(release.name),
        notes: present(release.body),
    })
}

/// Adds or corrects what only the file contains.
pub(super) fn refine(env: &Variables, context: &mut Context) {
    let Some(path) = path(env) else { return };
    let event: EventFile = parse(&path).unwrap_or_default();
    let set = |field: &mut Option<Sourced>, value: Option<String>, pointer: &str| {
        if let Some(value) = value.filter(|value| !value.trim().is_empty()) {
            *field = Some(Sourced::new(value, format!("{} {pointer}", path.source)));
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
        // NOTE: the workflow runs on the default branch; the commit of interest is that of the run it
        // follows.
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
        // The workflow runs on the default branch, and the file does not contain the pull request's.
        git.branch = None;
    } else if let Some(commit) = event.head_commit
        && git.commit_sha.as_deref() == Some(commit.id.as_str())
    {
        set(&mut git.commit_message, commit.message, ".head_commit.message");
        let author = commit.author.and_then(|author| match (author.name, author.email) {
            (Some(name), Some(email)) => Some(format!("{name} <{email}>")),
            (name, _) => name,
        });
        set(&mut git.commit_author, author, ".head_commit.author");
    }
}
