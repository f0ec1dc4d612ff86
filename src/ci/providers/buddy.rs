//! Buddy.
//!
//! <https://buddy.works/docs/pipelines/variables/default-variables>

use super::provider::Provider;
use super::url_template::{author, compose};
use super::variables::{Values, variables};
use super::{Context, Git, Job, Pipeline, PullRequest, Run};

pub(super) const PROVIDER: Provider =
    Provider::new("buddy", "Buddy", |environment| environment.marker(&["BUDDY", "BUDDY_WORKSPACE_ID"]), read);

variables! {
    buddy_pipeline_id,
    buddy_pipeline_name,
    buddy_pipeline_url,
    /// Counts the runs of the pipeline.
    buddy_execution_id,
    buddy_execution_url,
    buddy_execution_start_date,
    buddy_action_id,
    buddy_repo_slug,
    buddy_scm_url,
    buddy_invoker_name,
    // Newer names, and those that they replace.
    buddy_run_url,
    buddy_run_branch,
    buddy_execution_branch,
    buddy_run_tag,
    buddy_execution_tag,
    buddy_run_commit,
    buddy_execution_revision,
    buddy_execution_revision_message,
    buddy_execution_revision_committer_name,
    buddy_execution_revision_committer_email,
    buddy_run_pr_no,
    buddy_execution_pull_request_no,
    /// `pull/7`.
    buddy_execution_pull_request_id,
    buddy_run_pr_head_branch,
    buddy_execution_pull_request_head_branch,
    buddy_run_pr_base_branch,
    buddy_execution_pull_request_base_branch,
}

fn read(values: &mut Values) -> Context {
    let v = Variables::take(values);
    Context {
        pipeline: Pipeline { name: v.buddy_pipeline_name, url: v.buddy_pipeline_url },
        run: Run {
            id: compose("{}/{}", &[&v.buddy_pipeline_id, &v.buddy_execution_id]),
            number: v.buddy_execution_id,
            url: v.buddy_run_url.or(v.buddy_execution_url),
            started_at: v.buddy_execution_start_date,
            attempt: None,
        },
        job: Job { id: v.buddy_action_id, ..Job::default() },
        git: Git {
            repository: v.buddy_repo_slug,
            repository_url: v.buddy_scm_url,
            branch: v
                .buddy_run_pr_head_branch
                .or(v.buddy_execution_pull_request_head_branch)
                .or(v.buddy_run_branch)
                .or(v.buddy_execution_branch),
            target_branch: v.buddy_run_pr_base_branch.or(v.buddy_execution_pull_request_base_branch),
            tag: v.buddy_run_tag.or(v.buddy_execution_tag),
            commit_sha: v.buddy_run_commit.or(v.buddy_execution_revision),
            commit_message: v.buddy_execution_revision_message,
            commit_author: author(
                v.buddy_execution_revision_committer_name,
                v.buddy_execution_revision_committer_email,
            ),
            ..Git::default()
        },
        pull_request: PullRequest {
            number: v
                .buddy_run_pr_no
                .or(v.buddy_execution_pull_request_no)
                .or(v.buddy_execution_pull_request_id),
            url: None,
        },
        actor: v.buddy_invoker_name,
        ..Context::default()
    }
}
