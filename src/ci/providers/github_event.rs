//! The file with the event that started a workflow of GitHub Actions or an imitation of it.
//!
//! <https://docs.github.com/en/webhooks/webhook-events-and-payloads>

use std::fs::File;
use std::io::BufReader;

use serde::Deserialize;

use super::github_subject::{self, Subject};
use super::{CheckedOut, Context, FieldType, Git, Release, Sourced, Variables, qualify_branch};

/// The parts of the file that are used for any event.
#[derive(Deserialize, Default)]
#[serde(default)]
struct EventFile {
    pull_request: Option<PullRequest>,
    issue: Option<Issue>,
    head_commit: Option<Commit>,
    merge_group: Option<MergeGroup>,
}

#[derive(Deserialize)]
pub(super) struct PullRequest {
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
    published_at: Option<String>,
}

/// The path of the file. It may be missing or unreadable.
fn path(env: &Variables) -> Option<Sourced> {
    env.get("GITHUB_EVENT_PATH")
}

pub(super) fn parse<T: for<'de> Deserialize<'de>>(path: &str) -> Option<T> {
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
        created_at: release.published_at.and_then(|time| time.parse().ok()),
    })
}

/// The file, as a source of values.
struct EventSource<'a> {
    env: &'a Variables<'a>,
    /// Its variable.
    variable: String,
}

impl EventSource<'_> {
    /// Sets a field to a value of the file, unless that is blank or malformed.
    fn set(&self, field: &mut Option<Sourced>, field_type: FieldType, value: Option<String>, pointer: &str) {
        let Some(value) = value.filter(|value| !value.trim().is_empty()) else { return };
        let source = format!("{} {pointer}", self.variable);
        match field_type.parse(&value) {
            Ok(value) if field_type.is_plausible(&value, true) => *field = Some(Sourced::new(value, source)),
            _ => self.env.warn(format!("{source} is not {}; it is ignored", field_type.expected())),
        }
    }

    /// Sets the branch to the one with this exact name.
    fn set_branch(&self, field: &mut Option<Sourced>, name: Option<String>, pointer: &str) {
        self.set(field, FieldType::Text, name.map(|name| qualify_branch(&name)), pointer);
    }
}

/// Adds or corrects what only the file contains, and removes what the variables contain about something else: for many
/// events they describe a merge commit, the target of a pull request, or the default branch.
pub(super) fn refine(env: &Variables, context: &mut Context) {
    let path = path(env);
    let event: EventFile = path.as_deref().and_then(parse).unwrap_or_default();
    let name = env.get("GITHUB_EVENT_NAME").map(|name| name.value).unwrap_or_default();
    let reference = env.get("GITHUB_REF");
    if name.starts_with("pull_request") {
        remove_merge(&mut context.git, reference.as_ref());
    }
    let is_plain_issue = event.issue.as_ref().is_some_and(|issue| issue.pull_request.is_none());
    let is_elsewhere = github_subject::runs_on_default_branch(&name) && !is_plain_issue;
    if is_elsewhere {
        context.git.checked_out = CheckedOut::Other;
        context.git.commit_sha = None;
        context.git.branch = None;
    }
    let Some(path) = path else { return };
    let file = EventSource { env, variable: path.source.clone() };
    if is_elsewhere && let Some(subject) = github_subject::read(&name, &path, reference.as_deref()) {
        set_subject(&file, subject, context);
    }
    set_event(&file, event, context);
}

/// Removes the commit of a pull request that is not its head: under GitHub it is a merge commit, or the tip of the target if
/// the reference is not that of the pull request. In Gitea and Forgejo the reference is `refs/pull/7/head`.
fn remove_merge(git: &mut Git, reference: Option<&Sourced>) {
    let of_pull_request = reference.filter(|reference| reference.starts_with("refs/pull/"));
    match git.commit_sha.take() {
        Some(head) if of_pull_request.is_some_and(|reference| reference.ends_with("/head")) => {
            git.commit_sha = Some(head);
        }
        Some(target) if of_pull_request.is_none() && FieldType::Commit.is_plausible(&target, true) => {
            git.checked_out = CheckedOut::Target(target.value);
        }
        merge => git.set_head(None, merge),
    }
    // Without the name of the source, the branch is the reference: that of the target.
    git.branch.take_if(|branch| of_pull_request.is_none() && Some(&*branch) == reference);
}

fn set_subject(file: &EventSource, subject: Subject, context: &mut Context) {
    let Context { git, pull_request, .. } = context;
    file.set(&mut git.commit_sha, FieldType::Commit, subject.commit.0, subject.commit.1);
    file.set(&mut git.branch, FieldType::Text, subject.reference.0, subject.reference.1);
    let (pull_requests, pointer) = subject.pull_requests;
    if let [only] = pull_requests.as_slice() {
        let number = Some(only.number.to_string());
        file.set(&mut pull_request.number, FieldType::PullRequest, number, &format!("{pointer}[0].number"));
        let target = only.base.as_ref().and_then(|base| base.branch.clone());
        file.set_branch(&mut git.target_branch, target, &format!("{pointer}[0].base.ref"));
    }
}

fn set_event(file: &EventSource, event: EventFile, context: &mut Context) {
    let (git, request) = (&mut context.git, &mut context.pull_request);
    let set_number = |field: &mut Option<Sourced>, number: u64, pointer: &str| {
        file.set(field, FieldType::PullRequest, Some(number.to_string()), pointer);
    };
    if let Some(found) = event.pull_request {
        set_number(&mut request.number, found.number, ".pull_request.number");
        file.set(&mut request.url, FieldType::Url, found.html_url, ".pull_request.html_url");
        if let Some(head) = found.head {
            file.set(&mut git.commit_sha, FieldType::Commit, head.sha, ".pull_request.head.sha");
            file.set_branch(&mut git.branch, head.branch, ".pull_request.head.ref");
        }
        if let Some(base) = found.base {
            file.set_branch(&mut git.target_branch, base.branch, ".pull_request.base.ref");
        }
    } else if let Some(group) = event.merge_group {
        file.set(&mut git.commit_sha, FieldType::Commit, group.head_sha, ".merge_group.head_sha");
        file.set_branch(&mut git.target_branch, group.base_ref, ".merge_group.base_ref");
    } else if let Some(Issue { pull_request: Some(found), number }) = event.issue {
        set_number(&mut request.number, number, ".issue.number");
        file.set(&mut request.url, FieldType::Url, found.html_url, ".issue.pull_request.html_url");
    } else if let Some(commit) = event.head_commit
        && git.commit_sha.as_deref() == Some(commit.id.as_str())
    {
        file.set(&mut git.commit_message, FieldType::Text, commit.message, ".head_commit.message");
        let author = commit.author.and_then(|author| match (author.name, author.email) {
            (Some(name), Some(email)) => Some(format!("{name} <{email}>")),
            (name, _) => name,
        });
        file.set(&mut git.commit_author, FieldType::Text, author, ".head_commit.author");
    }
}
