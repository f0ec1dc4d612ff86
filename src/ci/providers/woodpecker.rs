//! Woodpecker CI.
//!
//! <https://woodpecker-ci.org/docs/usage/environment>

use super::provider::Provider;
use super::url_template::before;
use super::variables::{Values, variables};
use super::{Context, Forge, Git, Job, Pipeline, PullRequest, Run};
use crate::system::Environment;

pub(super) const PROVIDER: Provider = Provider::new("woodpecker-ci", "Woodpecker CI", detect, read);

fn detect(environment: &Environment) -> Option<&'static str> {
    environment
        .marker_with("CI", "woodpecker")
        .or_else(|| environment.marker_with("CI_SYSTEM_NAME", "woodpecker"))
}

variables! {
    ci_workflow_name,
    ci_pipeline_number,
    ci_pipeline_url,
    /// Seconds.
    ci_pipeline_started,
    ci_pipeline_event,
    ci_pipeline_author,
    /// The result so far; absent from 3.0 to 3.14.
    ci_pipeline_status,
    ci_step_name,
    ci_step_number,
    ci_step_url,
    ci_repo,
    ci_repo_url,
    ci_repo_clone_url,
    /// `github`, `gitlab`, `gitea`, `forgejo`, `bitbucket` or `bitbucket_dc`.
    ci_forge_type,
    ci_workspace,
    /// The target in pull requests.
    ci_commit_branch,
    ci_commit_source_branch,
    ci_commit_target_branch,
    ci_commit_tag,
    ci_commit_pull_request,
    ci_commit_sha,
    ci_commit_message,
    /// A login.
    ci_commit_author,
    // The names of older servers.
    ci_pipeline_link,
    ci_repo_link,
    ci_repo_remote,
    ci_build_number,
    ci_build_event,
    ci_build_status,
    ci_build_started,
    ci_job_number,
}

fn read(values: &mut Values) -> Context {
    let v = Variables::take(values);
    let url = v.ci_pipeline_url.or(v.ci_pipeline_link);
    let is_pull_request = v.ci_commit_pull_request.is_some();
    Context {
        pipeline: Pipeline {
            name: v.ci_workflow_name.or_else(|| v.ci_repo.clone()),
            url: before(&url, "/pipeline/"),
        },
        run: Run {
            id: v.ci_pipeline_number.clone().or_else(|| v.ci_build_number.clone()),
            number: v.ci_pipeline_number.or(v.ci_build_number),
            url,
            started_at: v.ci_pipeline_started.or(v.ci_build_started),
            attempt: None,
        },
        job: Job { id: v.ci_step_number.or(v.ci_job_number), name: v.ci_step_name, url: v.ci_step_url },
        git: Git {
            forge: v.ci_forge_type.as_deref().and_then(Forge::named),
            repository: v.ci_repo,
            repository_url: v.ci_repo_url.or(v.ci_repo_link).or(v.ci_repo_clone_url).or(v.ci_repo_remote),
            branch: v.ci_commit_source_branch.filter(|_| is_pull_request).or(v.ci_commit_branch),
            target_branch: v.ci_commit_target_branch,
            tag: v.ci_commit_tag,
            commit_sha: v.ci_commit_sha,
            commit_message: v.ci_commit_message,
            ..Git::default()
        },
        pull_request: PullRequest { number: v.ci_commit_pull_request, url: None },
        trigger: v.ci_pipeline_event.or(v.ci_build_event),
        actor: v.ci_pipeline_author.or(v.ci_commit_author),
        status: v.ci_pipeline_status.or(v.ci_build_status),
        workspace: v.ci_workspace,
        ..Context::default()
    }
}
