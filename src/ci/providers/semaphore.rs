//! Semaphore, and what of its names Semaphore Classic had.
//!
//! <https://docs.semaphore.io/reference/env-vars>

use super::provider::Provider;
use super::url_template::{compose, is, told};
use super::variables::{Values, variables};
use super::{Context, Git, Job, Pipeline, PullRequest, Run};

pub(super) const PROVIDER: Provider =
    Provider::new("semaphore", "Semaphore", |environment| environment.marker(&["SEMAPHORE"]), read);

variables! {
    semaphore_organization_url,
    semaphore_project_name,
    semaphore_pipeline_name,
    semaphore_pipeline_id,
    /// Only in jobs behind the pipeline.
    semaphore_pipeline_started_at,
    semaphore_pipeline_result,
    semaphore_workflow_id,
    /// Counted per branch, tag or pull request.
    semaphore_workflow_number,
    semaphore_workflow_triggered_by,
    // Exactly one of these is `true`.
    semaphore_workflow_triggered_by_hook,
    semaphore_workflow_triggered_by_schedule,
    semaphore_workflow_triggered_by_api,
    semaphore_workflow_triggered_by_manual_run,
    semaphore_job_id,
    semaphore_job_name,
    /// Only in the epilogue.
    semaphore_job_result,
    semaphore_git_repo_slug,
    /// `git@host:owner/name.git`, also with `http://` in front.
    semaphore_git_url,
    /// The folder's name in the home folder.
    semaphore_git_dir,
    /// The target in pull requests.
    semaphore_git_branch,
    /// The source.
    semaphore_git_working_branch,
    semaphore_git_tag_name,
    /// In pull requests a merge.
    semaphore_git_sha,
    semaphore_git_pr_number,
    semaphore_git_pr_branch,
    semaphore_git_pr_sha,
    // Semaphore Classic.
    semaphore_repo_slug,
    semaphore_build_number,
    semaphore_project_dir,
    branch_name,
    pull_request_number,
    revision,
}

fn read(values: &mut Values) -> Context {
    let v = Variables::take(values);
    let server = &v.semaphore_organization_url;
    let is_yes = |flag: &_| is(flag, "true");
    Context {
        pipeline: Pipeline {
            url: compose("{}/projects/{%}", &[server, &v.semaphore_project_name]),
            name: v.semaphore_pipeline_name.or(v.semaphore_project_name),
        },
        run: Run {
            url: compose(
                "{}/workflows/{}?pipeline_id={}",
                &[server, &v.semaphore_workflow_id, &v.semaphore_pipeline_id],
            ),
            id: v.semaphore_workflow_id.or_else(|| v.semaphore_build_number.clone()),
            number: v.semaphore_workflow_number.or(v.semaphore_build_number),
            started_at: v.semaphore_pipeline_started_at,
            attempt: None,
        },
        job: Job {
            url: compose("{}/jobs/{}", &[server, &v.semaphore_job_id]),
            id: v.semaphore_job_id,
            name: v.semaphore_job_name,
        },
        git: Git {
            repository: v.semaphore_git_repo_slug.or(v.semaphore_repo_slug),
            repository_url: v.semaphore_git_url,
            branch: v
                .semaphore_git_pr_branch
                .or(v.semaphore_git_working_branch)
                .or_else(|| v.semaphore_git_branch.clone().filter(|_| v.semaphore_git_tag_name.is_none()))
                .or(v.branch_name),
            target_branch: v.semaphore_git_branch,
            tag: v.semaphore_git_tag_name,
            commit_sha: v.semaphore_git_pr_sha.or(v.semaphore_git_sha).or(v.revision),
            ..Git::default()
        },
        pull_request: PullRequest { number: v.semaphore_git_pr_number.or(v.pull_request_number), url: None },
        trigger: [
            ("push", &v.semaphore_workflow_triggered_by_hook),
            ("schedule", &v.semaphore_workflow_triggered_by_schedule),
            ("api", &v.semaphore_workflow_triggered_by_api),
            ("manual", &v.semaphore_workflow_triggered_by_manual_run),
        ]
        .into_iter()
        .find(|(_, flag)| is_yes(flag))
        .and_then(|(trigger, flag)| told(trigger, flag)),
        actor: v.semaphore_workflow_triggered_by,
        status: v.semaphore_pipeline_result.or(v.semaphore_job_result),
        workspace: compose("~/{}", &[&v.semaphore_git_dir]).or(v.semaphore_project_dir),
        ..Context::default()
    }
}
