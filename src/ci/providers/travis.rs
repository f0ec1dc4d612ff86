//! Travis CI.
//!
//! <https://docs.travis-ci.com/user/environment-variables/>

use super::provider::Provider;
use super::url_template::{before, by_exit_code};
use super::variables::{Values, variables};
use super::{Context, Git, Job, Pipeline, PullRequest, Run};

pub(super) const PROVIDER: Provider =
    Provider::new("travisci", "Travis CI", |environment| environment.marker(&["TRAVIS"]), read);

variables! {
    /// `owner/name`. The host is not told: GitHub, Bitbucket, GitLab, Assembla.
    travis_repo_slug,
    travis_build_id,
    travis_build_number,
    travis_build_web_url,
    travis_build_dir,
    travis_job_id,
    travis_job_name,
    travis_job_number,
    travis_job_web_url,
    /// The target branch in pull requests, the tag's name on tags.
    travis_branch,
    travis_tag,
    /// A number, or `false`.
    travis_pull_request,
    travis_pull_request_branch,
    travis_pull_request_sha,
    /// In pull requests a merge.
    travis_commit,
    travis_commit_message,
    travis_event_type,
    /// 0 or 1, once `script` has run.
    travis_test_result,
}

fn read(values: &mut Values) -> Context {
    let v = Variables::take(values);
    let is_pull_request = v.travis_pull_request.is_some();
    let (branch, target_branch) = match is_pull_request {
        true => (v.travis_pull_request_branch, v.travis_branch),
        false => (v.travis_branch, None),
    };
    Context {
        pipeline: Pipeline {
            name: v.travis_repo_slug.clone(),
            url: before(&v.travis_build_web_url, "/builds"),
        },
        run: Run {
            id: v.travis_build_id,
            number: v.travis_build_number,
            url: v.travis_build_web_url,
            ..Run::default()
        },
        job: Job {
            id: v.travis_job_id,
            name: v.travis_job_name.or(v.travis_job_number),
            url: v.travis_job_web_url,
        },
        git: Git {
            repository: v.travis_repo_slug,
            branch,
            target_branch,
            tag: v.travis_tag,
            commit_sha: v.travis_pull_request_sha.or(v.travis_commit),
            commit_message: v.travis_commit_message.filter(|_| !is_pull_request),
            ..Git::default()
        },
        pull_request: PullRequest { number: v.travis_pull_request, url: None },
        trigger: v.travis_event_type,
        status: by_exit_code(v.travis_test_result),
        workspace: v.travis_build_dir,
        ..Context::default()
    }
}
