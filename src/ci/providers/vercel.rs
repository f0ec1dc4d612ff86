//! Vercel.
//!
//! <https://vercel.com/docs/environment-variables/system-environment-variables>

use super::provider::Provider;
use super::url_template::{compose, told};
use super::variables::{Values, variables};
use super::{Context, Forge, Git, Pipeline, PullRequest, Run};

pub(super) const PROVIDER: Provider = Provider::new(
    "vercel",
    "Vercel",
    // Where functions run it is set too, but not `CI`.
    |environment| environment.marker(&["VERCEL", "NOW_BUILDER"]).filter(|_| environment.is_set("CI")),
    read,
);

variables! {
    vercel_project_id,
    vercel_deployment_id,
    /// `github`, `gitlab` or `bitbucket`.
    vercel_git_provider,
    vercel_git_repo_owner,
    vercel_git_repo_slug,
    /// The source branch.
    vercel_git_commit_ref,
    vercel_git_commit_sha,
    /// Cut at 2048 bytes.
    vercel_git_commit_message,
    vercel_git_commit_author_name,
    vercel_git_commit_author_login,
    vercel_git_pull_request_id,
}

fn read(values: &mut Values) -> Context {
    let v = Variables::take(values);
    let forge = v.vercel_git_provider.as_deref().and_then(Forge::named);
    let repository = compose("{}/{}", &[&v.vercel_git_repo_owner, &v.vercel_git_repo_slug]);
    Context {
        pipeline: Pipeline { name: v.vercel_project_id, url: None },
        run: Run { id: v.vercel_deployment_id, ..Run::default() },
        git: Git {
            forge,
            repository_url: repository.clone().and_then(|found| found.and_then(|name| forge?.page(name))),
            repository,
            branch: v.vercel_git_commit_ref,
            commit_message: v.vercel_git_commit_message,
            commit_author: v.vercel_git_commit_author_name,
            commit_sha: v.vercel_git_commit_sha.clone(),
            ..Git::default()
        },
        pull_request: PullRequest { number: v.vercel_git_pull_request_id, url: None },
        trigger: told("push", &v.vercel_git_commit_sha),
        actor: v.vercel_git_commit_author_login,
        ..Context::default()
    }
}
