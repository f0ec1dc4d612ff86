//! The subject of an event of GitHub Actions whose workflows run at the tip of the default branch.
//!
//! Each file is parsed apart from those of other events, so that a surprise in one costs the others nothing.
//!
//! <https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows>

use serde::Deserialize;

use super::github_event::{PullRequest, parse};
use super::{Reference, qualify_branch};

/// A value of the file, and the path to it.
type Found<T> = (T, &'static str);

/// The commit, branch and pull requests that an event is about.
pub(super) struct Subject {
    /// The commit's hash.
    pub(super) commit: Found<Option<String>>,
    /// The fully qualified reference of the branch or tag.
    pub(super) reference: Found<Option<String>>,
    /// The pull requests that have the commit as their head.
    pub(super) pull_requests: Found<Vec<PullRequest>>,
}

/// Whether workflows of this event run at the tip of the default branch, although they are about something else.
pub(super) fn runs_on_default_branch(event: &str) -> bool {
    matches!(
        event,
        "check_run"
            | "check_suite"
            | "delete"
            | "deployment"
            | "deployment_status"
            | "issue_comment"
            | "page_build"
            | "status"
            | "workflow_run"
    )
}

#[derive(Deserialize)]
struct WorkflowRunFile {
    workflow_run: Run,
}

#[derive(Deserialize)]
struct CheckSuiteFile {
    check_suite: Run,
}

/// A run of a workflow, or a check suite.
#[derive(Deserialize)]
struct Run {
    /// The event that started it.
    event: Option<String>,
    head_branch: Option<String>,
    head_sha: Option<String>,
    #[serde(default)]
    pull_requests: Vec<PullRequest>,
}

#[derive(Deserialize)]
struct CheckRunFile {
    check_run: CheckRun,
}

#[derive(Deserialize)]
struct CheckRun {
    head_sha: Option<String>,
    check_suite: Option<CheckSuite>,
    #[serde(default)]
    pull_requests: Vec<PullRequest>,
}

#[derive(Deserialize)]
struct CheckSuite {
    head_branch: Option<String>,
}

#[derive(Deserialize)]
struct StatusFile {
    sha: Option<String>,
    #[serde(default)]
    branches: Vec<Branch>,
}

#[derive(Deserialize)]
struct Branch {
    name: String,
}

#[derive(Deserialize)]
struct DeploymentFile {
    deployment: Deployment,
}

#[derive(Deserialize)]
struct Deployment {
    sha: Option<String>,
    #[serde(rename = "ref")]
    reference: Option<String>,
}

#[derive(Deserialize)]
struct PageBuildFile {
    build: PageBuild,
}

#[derive(Deserialize)]
struct PageBuild {
    commit: Option<String>,
}

#[derive(Deserialize)]
struct DeleteFile {
    #[serde(rename = "ref")]
    name: Option<String>,
    ref_type: Option<String>,
}

/// Reads the file of an event. `reference` is the job's.
pub(super) fn read(event: &str, path: &str, reference: Option<&str>) -> Option<Subject> {
    let branch = |name: Option<String>| name.as_deref().map(qualify_branch);
    Some(match event {
        "workflow_run" => {
            let WorkflowRunFile { workflow_run: run } = parse(path)?;
            // A release runs at its tag.
            let reference = match run.event.as_deref() {
                Some("release") => run.head_branch.map(|tag| format!("refs/tags/{tag}")),
                _ => branch(run.head_branch),
            };
            Subject {
                commit: (run.head_sha, ".workflow_run.head_sha"),
                reference: (reference, ".workflow_run.head_branch"),
                pull_requests: (run.pull_requests, ".workflow_run.pull_requests"),
            }
        }
        "check_suite" => {
            let CheckSuiteFile { check_suite: suite } = parse(path)?;
            Subject {
                commit: (suite.head_sha, ".check_suite.head_sha"),
                reference: (branch(suite.head_branch), ".check_suite.head_branch"),
                pull_requests: (suite.pull_requests, ".check_suite.pull_requests"),
            }
        }
        "check_run" => {
            let CheckRunFile { check_run: run } = parse(path)?;
            let name = run.check_suite.and_then(|suite| suite.head_branch);
            Subject {
                commit: (run.head_sha, ".check_run.head_sha"),
                reference: (branch(name), ".check_run.check_suite.head_branch"),
                pull_requests: (run.pull_requests, ".check_run.pull_requests"),
            }
        }
        "status" => {
            let file: StatusFile = parse(path)?;
            // All branches that contain the commit.
            let only = match file.branches.as_slice() {
                [only] => Some(only.name.clone()),
                _ => None,
            };
            Subject::new((file.sha, ".sha"), (branch(only), ".branches[0].name"))
        }
        "deployment" | "deployment_status" => {
            let DeploymentFile { deployment } = parse(path)?;
            let commit = deployment.sha.clone();
            let name = deployment.reference.filter(|name| deployment.sha.as_ref() != Some(name));
            let qualified = name.map(|name| match reference {
                // The name alone may be that of a tag.
                Some(reference) if Reference::parse(reference).has_name(&name) => reference.to_owned(),
                _ => qualify_branch(&name),
            });
            Subject::new((commit, ".deployment.sha"), (qualified, ".deployment.ref"))
        }
        "page_build" => {
            let PageBuildFile { build } = parse(path)?;
            Subject::new((build.commit, ".build.commit"), (None, ""))
        }
        "delete" => {
            let file: DeleteFile = parse(path)?;
            let reference = match file.ref_type.as_deref() {
                Some("branch") => branch(file.name),
                Some("tag") => file.name.map(|tag| format!("refs/tags/{tag}")),
                _ => None,
            };
            Subject::new((None, ""), (reference, ".ref"))
        }
        _ => return None,
    })
}

impl Subject {
    /// One without pull requests.
    fn new(commit: Found<Option<String>>, reference: Found<Option<String>>) -> Self {
        Self { commit, reference, pull_requests: (Vec::new(), "") }
    }
}
