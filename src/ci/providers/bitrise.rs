//! Bitrise.
//!
//! <https://docs.bitrise.io/en/bitrise-ci/references/available-environment-variables.html>

use super::provider::Provider;
use super::url_template::{author, by_exit_code, compose};
use super::variables::{Values, variables};
use super::{BuildStatus, Context, Git, Pipeline, PullRequest, Run};

pub(super) const PROVIDER: Provider = Provider::new(
    "bitrise",
    "Bitrise",
    |environment| environment.marker(&["BITRISE_IO", "BITRISE_BUILD_SLUG"]),
    read,
);

variables! {
    bitrise_triggered_workflow_id,
    bitrise_app_url,
    bitrise_build_slug,
    bitrise_build_number,
    bitrise_build_url,
    bitrise_build_trigger_timestamp,
    bitrise_trigger_method,
    bitrise_trigger_by,
    bitrise_source_dir,
    git_repository_url,
    bitriseio_git_repository_owner,
    bitriseio_git_repository_slug,
    /// Of a pull request the source.
    bitrise_git_branch,
    bitrise_git_tag,
    bitrise_git_message,
    /// Empty when somebody starts the build of a branch by hand.
    bitrise_git_commit,
    bitriseio_git_branch_dest,
    /// A number; empty or `false` otherwise.
    bitrise_pull_request,
    // From the step that clones.
    git_clone_commit_hash,
    git_clone_commit_message_subject,
    git_clone_commit_author_name,
    git_clone_commit_author_email,
    /// 0 as long as no step failed, then 1.
    bitrise_build_status,
    /// Of the whole pipeline of workflows.
    bitriseio_pipeline_build_status,
}

fn read(values: &mut Values) -> Context {
    let v = Variables::take(values);
    let of_pipeline =
        v.bitriseio_pipeline_build_status.filter(|found| BuildStatus::parse(&found.value).is_some());
    Context {
        pipeline: Pipeline { name: v.bitrise_triggered_workflow_id, url: v.bitrise_app_url },
        run: Run {
            id: v.bitrise_build_slug,
            number: v.bitrise_build_number,
            url: v.bitrise_build_url,
            started_at: v.bitrise_build_trigger_timestamp,
            attempt: None,
        },
        git: Git {
            repository: compose(
                "{}/{}",
                &[&v.bitriseio_git_repository_owner, &v.bitriseio_git_repository_slug],
            ),
            repository_url: v.git_repository_url,
            branch: v.bitrise_git_branch,
            target_branch: v.bitriseio_git_branch_dest,
            tag: v.bitrise_git_tag,
            commit_sha: v.bitrise_git_commit.or(v.git_clone_commit_hash),
            commit_message: v.bitrise_git_message.or(v.git_clone_commit_message_subject),
            commit_author: author(v.git_clone_commit_author_name, v.git_clone_commit_author_email),
            ..Git::default()
        },
        pull_request: PullRequest { number: v.bitrise_pull_request, url: None },
        trigger: v.bitrise_trigger_method,
        actor: v.bitrise_trigger_by,
        status: of_pipeline.or_else(|| by_exit_code(v.bitrise_build_status)),
        workspace: v.bitrise_source_dir,
        ..Context::default()
    }
}
