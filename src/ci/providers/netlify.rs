//! Netlify.
//!
//! <https://docs.netlify.com/build/configure-builds/environment-variables/>

use super::provider::Provider;
use super::url_template::{compose, told};
use super::variables::{Values, variables};
use super::{Context, Git, Pipeline, PullRequest, Run};

pub(super) const PROVIDER: Provider = Provider::new(
    "netlify",
    "Netlify",
    // Its command line tool builds on anybody's machine.
    |environment| environment.marker(&["NETLIFY"]).filter(|_| !environment.is_set("NETLIFY_LOCAL")),
    read,
);

variables! {
    site_name,
    build_id,
    deploy_id,
    /// May hold a token.
    repository_url,
    /// The source branch.
    head,
    /// The same, but `pull/7/head` in previews.
    branch,
    /// The head.
    commit_ref,
    /// Whether it is one.
    pull_request,
    review_id,
    incoming_hook_url,
    incoming_hook_title,
}

fn read(values: &mut Values) -> Context {
    let v = Variables::take(values);
    let site = compose("https://app.netlify.com/sites/{}", &[&v.site_name]);
    Context {
        run: Run {
            url: compose("{}/deploys/{}", &[&site, &v.deploy_id]),
            id: v.deploy_id.or(v.build_id),
            ..Run::default()
        },
        pipeline: Pipeline { name: v.site_name, url: site },
        git: Git {
            repository_url: v.repository_url,
            branch: v.head.or(v.branch),
            commit_sha: v.commit_ref,
            ..Git::default()
        },
        pull_request: PullRequest { number: v.review_id.filter(|_| v.pull_request.is_some()), url: None },
        trigger: told("api", &v.incoming_hook_url.or(v.incoming_hook_title)),
        ..Context::default()
    }
}
