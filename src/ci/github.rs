//! GitHub Actions: github.com, `*.ghe.com` and GitHub Enterprise Server.
//!
//! <https://docs.github.com/en/actions/reference/workflows-and-actions/variables>

use std::fs::File;
use std::io::BufReader;

use serde::Deserialize;

use super::{Context, Found, Provider, Reference, combine, read_variables};
use crate::system::Environment;

pub(super) const PROVIDER: Provider = Provider {
    id: "ghactions",
    name: "GitHub Actions",
    // NOTE: Gitea's and Forgejo's runners set GitHub's variables too; they mean other pages.
    detect: |environment| {
        let is_imitated = environment.is_set("GITEA_ACTIONS") || environment.is_set("FORGEJO_ACTIONS");
        (environment.is_set("GITHUB_ACTIONS") && !is_imitated).then_some("GITHUB_ACTIONS")
    },
    read,
};

#[derive(Deserialize, Default)]
#[serde(default)]
struct Variables {
    /// The workflow's name, or its file when it has none.
    github_workflow: Option<Found>,
    /// `OWNER/REPO/.github/workflows/FILE@REF` of the workflow; the caller's when it is called by another.
    github_workflow_ref: Option<Found>,
    /// Stays the same when the run is started again.
    github_run_id: Option<Found>,
    /// Counts the runs of the workflow.
    github_run_number: Option<Found>,
    /// Counts the starts of the run, from 1.
    github_run_attempt: Option<Found>,
    /// The job's key in the workflow file, the same for all legs of a matrix.
    github_job: Option<Found>,
    /// `GUID.JOBKEY.MATRIXVALUES` on newer runners: tells the legs of a matrix apart.
    actions_orchestration_id: Option<Found>,
    /// The job's numeric id, where a workflow passes `${{ job.check_run_id }}` under this name.
    job_check_run_id: Option<Found>,
    /// `https://github.com`, or that of the server.
    github_server_url: Option<Found>,
    /// `owner/name`.
    github_repository: Option<Found>,
    /// `refs/heads/main`, `refs/tags/v1`, `refs/pull/7/merge`.
    github_ref: Option<Found>,
    /// The branch a pull request comes from; blank otherwise.
    github_head_ref: Option<Found>,
    /// The branch a pull request goes to; blank otherwise.
    github_base_ref: Option<Found>,
    /// For a pull request the merge commit of `refs/pull/N/merge`, not the head.
    github_sha: Option<Found>,
    /// Who started this attempt.
    github_triggering_actor: Option<Found>,
    /// Who caused the first attempt.
    github_actor: Option<Found>,
    /// `push`, `pull_request`, `schedule`, `workflow_dispatch`, …
    github_event_name: Option<Found>,
    /// A file with the event's JSON. It may be missing or unreadable.
    github_event_path: Option<Found>,
    /// The folder of the checkout.
    github_workspace: Option<Found>,
}

/// What is used of the event's JSON, <https://docs.github.com/en/webhooks/webhook-events-and-payloads>.
#[derive(Deserialize, Default)]
#[serde(default)]
struct EventFile {
    pull_request: Option<PullRequest>,
    head_commit: Option<Commit>,
    workflow_run: Option<WorkflowRun>,
}

#[derive(Deserialize)]
struct PullRequest {
    number: u64,
    html_url: Option<String>,
    head: Head,
    base: Option<Base>,
}

#[derive(Deserialize)]
struct Head {
    sha: String,
    #[serde(rename = "ref")]
    branch: Option<String>,
}

#[derive(Deserialize)]
struct Base {
    #[serde(rename = "ref")]
    branch: Option<String>,
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
}

fn read(environment: &Environment) -> Context {
    let variables: Variables = read_variables(environment);
    let event =
        variables.github_event_path.as_ref().and_then(|path| read_event(&path.value)).unwrap_or_default();

    let mut context = Context {
        trigger: trigger(&variables),
        actor: variables.github_triggering_actor.or(variables.github_actor),
        workspace: variables.github_workspace,
        ..Context::default()
    };

    let repository_url =
        combine([&variables.github_server_url, &variables.github_repository], |[server, repository]| {
            format!("{}/{repository}", server.trim_end_matches('/'))
        });
    context.pipeline.name = variables.github_workflow;
    context.pipeline.url = combine(
        [&repository_url, &variables.github_repository, &variables.github_workflow_ref],
        |[url, repository, workflow]| workflow_page(url, repository, workflow).unwrap_or_default(),
    )
    .filter(|found| !found.value.is_empty());
    context.run.url =
        combine([&repository_url, &variables.github_run_id], |[url, id]| format!("{url}/actions/runs/{id}"));
    context.job.url =
        combine([&context.run.url, &variables.job_check_run_id], |[run, id]| format!("{run}/job/{id}"));
    context.job.id = variables.job_check_run_id.or(variables.actions_orchestration_id);
    context.job.name = variables.github_job;
    context.run.id = variables.github_run_id;
    context.run.number = variables.github_run_number;
    context.run.attempt = variables.github_run_attempt;

    let reference = variables.github_ref.map(|found| (Reference::parse(&found.value), found.source.clone()));
    let git = &mut context.git;
    git.repository = variables.github_repository;
    git.repository_url = repository_url;
    git.commit_sha = variables.github_sha;
    match reference {
        Some((Reference::Branch(name), source)) => git.branch = Some(Found::new(name, source)),
        Some((Reference::Tag(name), source)) => git.tag = Some(Found::new(name, source)),
        Some((Reference::PullRequest(number), source)) => {
            context.pull_request.number = Some(Found::new(number, source));
        }
        Some((Reference::Detached, _)) | None => {}
    }
    if variables.github_head_ref.is_some() {
        git.branch = variables.github_head_ref;
    }
    git.target_branch = variables.github_base_ref;

    refine(&mut context, event);
    context
}

/// Puts in what only the event's file tells.
fn refine(context: &mut Context, event: EventFile) {
    let found =
        |value: String, pointer: &str| Some(Found::new(value, format!("GITHUB_EVENT_PATH {pointer}")));
    let git = &mut context.git;
    if let Some(pull_request) = event.pull_request {
        context.pull_request.number = found(pull_request.number.to_string(), ".pull_request.number");
        context.pull_request.url = pull_request.html_url.and_then(|url| found(url, ".pull_request.html_url"));
        git.commit_sha = found(pull_request.head.sha, ".pull_request.head.sha");
        if let Some(branch) = pull_request.head.branch {
            git.branch = found(branch, ".pull_request.head.ref");
        }
        if let Some(branch) = pull_request.base.and_then(|base| base.branch) {
            git.target_branch = found(branch, ".pull_request.base.ref");
        }
    } else if let Some(run) = event.workflow_run {
        // NOTE: a `workflow_run` workflow itself runs at the default branch's tip; what it follows is the run.
        git.commit_sha =
            run.head_sha.and_then(|sha| found(sha, ".workflow_run.head_sha")).or(git.commit_sha.take());
        git.branch =
            run.head_branch.and_then(|name| found(name, ".workflow_run.head_branch")).or(git.branch.take());
    } else if let Some(commit) = event.head_commit {
        let is_ours = git.commit_sha.as_ref().is_some_and(|sha| sha.value == commit.id);
        if is_ours {
            git.commit_message = commit.message.and_then(|message| found(message, ".head_commit.message"));
            git.commit_author = commit.author.and_then(|author| match (author.name, author.email) {
                (Some(name), Some(email)) => found(format!("{name} <{email}>"), ".head_commit.author"),
                (Some(name), None) => found(name, ".head_commit.author.name"),
                (None, _) => None,
            });
        }
    }
}

/// The event file, if there is one that can be read.
fn read_event(path: &str) -> Option<EventFile> {
    serde_json::from_reader(BufReader::new(File::open(path).ok()?)).ok()
}

/// The page of the workflow, if its file is in this repository.
fn workflow_page(repository_url: &str, repository: &str, workflow: &str) -> Option<String> {
    let path = workflow.split('@').next()?.strip_prefix(repository)?;
    let file = path.strip_prefix("/.github/workflows/")?;
    Some(format!("{repository_url}/actions/workflows/{file}"))
}

fn trigger(variables: &Variables) -> Option<Found> {
    let is_tag = variables.github_ref.as_ref().is_some_and(|found| found.value.starts_with("refs/tags/"));
    variables.github_event_name.clone()?.and_then(|event| {
        let trigger = match event {
            "push" | "create" if is_tag => "tag",
            "push" | "create" => "push",
            "release" => "tag",
            "schedule" => "schedule",
            "workflow_dispatch" => "manual",
            "repository_dispatch" => "api",
            "merge_group" => "pull_request",
            _ if event.starts_with("pull_request") => "pull_request",
            _ => return None,
        };
        Some(trigger.to_owned())
    })
}
