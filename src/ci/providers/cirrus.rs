//! Cirrus CI, which builds repositories of GitHub.
//!
//! <https://cirrus-ci.org/guide/writing-tasks/#environment-variables>

use super::provider::Provider;
use super::url_template::{compose, told};
use super::variables::{Values, variables};
use super::{Context, Forge, Git, Job, Pipeline, PullRequest, Run};

pub(super) const PROVIDER: Provider = Provider {
    forge: Some(Forge::GitHub),
    ..Provider::new("cirrus-ci", "Cirrus CI", |environment| environment.marker(&["CIRRUS_CI"]), read)
};

variables! {
    cirrus_repo_full_name,
    cirrus_build_id,
    cirrus_task_id,
    cirrus_task_name,
    /// `pull/7` in pull requests, whose source is not told.
    cirrus_branch,
    cirrus_base_branch,
    cirrus_tag,
    cirrus_pr,
    cirrus_change_in_repo,
    /// In pull requests title and description.
    cirrus_change_message,
    /// The schedule's name.
    cirrus_cron,
    cirrus_api_created,
    cirrus_working_dir,
}

fn read(values: &mut Values) -> Context {
    let v = Variables::take(values);
    Context {
        pipeline: Pipeline {
            name: v.cirrus_repo_full_name.clone(),
            url: compose("https://cirrus-ci.com/github/{}", &[&v.cirrus_repo_full_name]),
        },
        run: Run {
            url: compose("https://cirrus-ci.com/build/{}", &[&v.cirrus_build_id]),
            id: v.cirrus_build_id,
            ..Run::default()
        },
        job: Job {
            url: compose("https://cirrus-ci.com/task/{}", &[&v.cirrus_task_id]),
            id: v.cirrus_task_id,
            name: v.cirrus_task_name,
        },
        git: Git {
            repository_url: compose("https://github.com/{}", &[&v.cirrus_repo_full_name]),
            repository: v.cirrus_repo_full_name,
            branch: v.cirrus_branch,
            target_branch: v.cirrus_base_branch,
            tag: v.cirrus_tag,
            commit_message: v.cirrus_change_message.filter(|_| v.cirrus_pr.is_none()),
            commit_sha: v.cirrus_change_in_repo.clone(),
            ..Git::default()
        },
        pull_request: PullRequest { number: v.cirrus_pr, url: None },
        trigger: told("schedule", &v.cirrus_cron)
            .or_else(|| told("api", &v.cirrus_api_created))
            .or_else(|| told("push", &v.cirrus_change_in_repo)),
        workspace: v.cirrus_working_dir,
        ..Context::default()
    }
}
