//! Xcode Cloud.
//!
//! <https://developer.apple.com/documentation/xcode/environment-variable-reference>

use super::provider::Provider;
use super::url_template::by_exit_code;
use super::variables::{Values, variables};
use super::{Context, Git, Job, Pipeline, PullRequest, Run};

pub(super) const PROVIDER: Provider = Provider::new(
    "xcode-cloud",
    "Xcode Cloud",
    |environment| environment.marker(&["CI_XCODE_CLOUD", "CI_XCODE_PROJECT", "CI_XCODEBUILD_ACTION"]),
    read,
);

variables! {
    ci_workflow,
    ci_build_id,
    ci_build_number,
    /// Newer versions.
    ci_build_url,
    /// `build`, `archive`, …: a workflow may have several.
    ci_xcodebuild_action,
    /// Only in `ci_post_xcodebuild.sh`.
    ci_xcodebuild_exit_code,
    ci_start_condition,
    ci_primary_repository_path,
    // One of these two, and none in pull requests.
    ci_branch,
    ci_tag,
    ci_git_ref,
    /// In pull requests a merge.
    ci_commit,
    ci_pull_request_number,
    ci_pull_request_html_url,
    ci_pull_request_source_branch,
    ci_pull_request_source_commit,
    ci_pull_request_target_branch,
    ci_pull_request_target_repo,
}

fn read(values: &mut Values) -> Context {
    let v = Variables::take(values);
    Context {
        pipeline: Pipeline { name: v.ci_workflow, url: None },
        run: Run { id: v.ci_build_id, number: v.ci_build_number, url: v.ci_build_url, ..Run::default() },
        job: Job { name: v.ci_xcodebuild_action, ..Job::default() },
        git: Git {
            repository: v.ci_pull_request_target_repo,
            branch: v
                .ci_pull_request_source_branch
                .or(v.ci_branch)
                .or(v.ci_git_ref.filter(|_| v.ci_tag.is_none())),
            target_branch: v.ci_pull_request_target_branch,
            tag: v.ci_tag,
            commit_sha: v.ci_pull_request_source_commit.or(v.ci_commit),
            ..Git::default()
        },
        pull_request: PullRequest { number: v.ci_pull_request_number, url: v.ci_pull_request_html_url },
        trigger: v.ci_start_condition,
        status: by_exit_code(v.ci_xcodebuild_exit_code),
        workspace: v.ci_primary_repository_path,
        ..Context::default()
    }
}
