//! Codefresh.
//!
//! <https://codefresh.io/docs/docs/pipelines/variables/>

use super::provider::Provider;
use super::url_template::{before, compose};
use super::variables::{Values, variables};
use super::{Context, Git, Job, Pipeline, PullRequest, Run};

pub(super) const PROVIDER: Provider =
    Provider::new("codefresh", "Codefresh", |environment| environment.marker(&["CF_BUILD_ID"]), read);

variables! {
    /// `project/pipeline`.
    cf_pipeline_name,
    cf_build_id,
    cf_build_url,
    cf_build_timestamp,
    /// `webhook`, or `build` for one that was started by hand.
    cf_build_trigger,
    cf_build_initiator,
    cf_step_name,
    cf_repo_owner,
    cf_repo_name,
    /// Of a pull request the source, of a tag its name, with or without `refs/tags/`.
    cf_branch,
    cf_release_tag,
    cf_revision,
    /// With `\` before quotes.
    cf_commit_message,
    cf_commit_author,
    cf_commit_url,
    cf_pull_request_number,
    cf_pull_request_target,
}

fn read(values: &mut Values) -> Context {
    let v = Variables::take(values);
    let manual = |word: &str| if word == "build" { "manual".to_owned() } else { word.to_owned() };
    Context {
        pipeline: Pipeline { name: v.cf_pipeline_name, url: None },
        run: Run {
            id: v.cf_build_id,
            url: v.cf_build_url,
            started_at: v.cf_build_timestamp,
            ..Run::default()
        },
        job: Job { name: v.cf_step_name, ..Job::default() },
        git: Git {
            repository: compose("{}/{}", &[&v.cf_repo_owner, &v.cf_repo_name]),
            repository_url: before(&v.cf_commit_url, "/-/commit")
                .or_else(|| before(&v.cf_commit_url, "/commit")),
            branch: v.cf_branch,
            target_branch: v.cf_pull_request_target,
            tag: v.cf_release_tag,
            commit_sha: v.cf_revision,
            commit_url: v.cf_commit_url,
            commit_message: v.cf_commit_message.map(|found| found.map(|text| text.replace("\\\"", "\""))),
            commit_author: v.cf_commit_author,
            ..Git::default()
        },
        pull_request: PullRequest { number: v.cf_pull_request_number, url: None },
        trigger: v.cf_build_trigger.map(|found| found.map(manual)),
        actor: v.cf_build_initiator,
        ..Context::default()
    }
}
