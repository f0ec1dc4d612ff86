//! CloudBees CodeShip, Basic and Pro.
//!
//! <https://docs.cloudbees.com/docs/cloudbees-codeship/latest/>

use super::provider::Provider;
use super::url_template::author;
use super::variables::{Values, variables};
use super::{Context, Git, Pipeline, PullRequest, Run};

pub(super) const PROVIDER: Provider = Provider::new(
    "codeship",
    "Cloudbees CodeShip",
    |environment| environment.marker_with("CI_NAME", "codeship"),
    read,
);

variables! {
    /// `owner/name`.
    ci_repo_name,
    /// Pro.
    ci_build_id,
    /// Basic.
    ci_build_number,
    ci_build_url,
    /// Seconds.
    ci_timestamp,
    /// The name of the tag, when one is built.
    ci_branch,
    /// 0 if there is none.
    ci_pr_number,
    ci_pull_request,
    ci_commit_id,
    ci_commit_message,
    ci_message,
    ci_committer_name,
    ci_committer_email,
    ci_committer_username,
}

fn read(values: &mut Values) -> Context {
    let v = Variables::take(values);
    Context {
        pipeline: Pipeline { name: v.ci_repo_name.clone(), url: None },
        run: Run {
            id: v.ci_build_id.or_else(|| v.ci_build_number.clone()),
            number: v.ci_build_number,
            url: v.ci_build_url,
            started_at: v.ci_timestamp,
            attempt: None,
        },
        git: Git {
            repository: v.ci_repo_name,
            branch: v.ci_branch,
            commit_sha: v.ci_commit_id,
            commit_message: v.ci_commit_message.or(v.ci_message),
            commit_author: author(v.ci_committer_name, v.ci_committer_email),
            ..Git::default()
        },
        pull_request: PullRequest { number: v.ci_pr_number, url: v.ci_pull_request },
        actor: v.ci_committer_username,
        ..Context::default()
    }
}
