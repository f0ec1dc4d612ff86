//! Netlify.
//!
//! <https://docs.netlify.com/build/configure-builds/environment-variables/>

use super::{All, Context, NotSet, Provider, Set, Variables, compose};

pub(super) const PROVIDER: Provider = Provider {
    discards_machine: &[Set("NETLIFY")],
    ..Provider::new(
        "netlify",
        "Netlify",
        // Its command-line tool sets the second on a developer's machine, and the deploy's id to 0.
        &[All(&[Set("NETLIFY"), NotSet("NETLIFY_LOCAL"), NotSet("NETLIFY_DEV"), Set("DEPLOY_ID")])],
        read,
    )
};

fn read(env: &Variables, context: &mut Context) {
    context.pipeline.name = env.get("SITE_NAME");
    context.pipeline.url = compose("https://app.netlify.com/sites/{}", &[&context.pipeline.name]);
    context.identity.project = env.get("SITE_ID");
    let deploy = env.get("DEPLOY_ID");
    context.run.url = compose("{}/deploys/{}", &[&context.pipeline.url, &deploy]);
    context.run.id = deploy.or_else(|| env.get("BUILD_ID"));
    // May contain a token.
    context.git.repository_url = env.get("REPOSITORY_URL");
    context.git.branch = env
        // For a pull request, its source.
        .branch("HEAD")
        // For a pull request, `pull/7/head`.
        .or_else(|| env.get("BRANCH"));
    // For a pull request, its head.
    context.git.commit_sha = env.get("COMMIT_REF");
    // `true` or `false`.
    if env.is_set("PULL_REQUEST") {
        context.pull_request.number = env.get("REVIEW_ID");
    }
    context.trigger =
        env.if_set("INCOMING_HOOK_URL", "api").or_else(|| env.if_set("INCOMING_HOOK_TITLE", "api"));
}
