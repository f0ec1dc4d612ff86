//! Vercel.
//!
//! <https://vercel.com/docs/environment-variables/system-environment-variables>

use super::{All, Context, Forge, Provider, Set, Variables};

pub(super) const PROVIDER: Provider = Provider {
    discards_machine: &[Set("VERCEL")],
    ..Provider::new(
        "vercel",
        "Vercel",
        // Functions at run time have the first too, but not `CI`. Its command-line tool sets the first, and in other CIs there is
        // the second.
        &[
            All(&[Set("VERCEL"), Set("CI"), Set("VERCEL_DEPLOYMENT_ID")]),
            All(&[Set("VERCEL"), Set("CI"), Set("VERCEL_URL")]),
        ],
        read,
    )
};

fn read(env: &Variables, context: &mut Context) {
    context.pipeline.name = env.get("VERCEL_PROJECT_ID");
    context.identity.project = context.pipeline.name.clone();
    context.run.id = env.get("VERCEL_DEPLOYMENT_ID");
    // `github`, `gitlab` or `bitbucket`.
    context.git.forge = env.get("VERCEL_GIT_PROVIDER").as_deref().and_then(Forge::from_name);
    context.git.repository = env.fill("{VERCEL_GIT_REPO_OWNER}/{VERCEL_GIT_REPO_SLUG}");
    context.git.repository_url =
        context.git.forge.and_then(|forge| forge.repository_url(&context.git.repository));
    // For a pull request, its source.
    context.git.branch = env.branch("VERCEL_GIT_COMMIT_REF");
    context.git.commit_sha = env.get("VERCEL_GIT_COMMIT_SHA");
    // At most 2048 bytes.
    context.git.commit_message = env.get("VERCEL_GIT_COMMIT_MESSAGE");
    context.git.commit_author = env.get("VERCEL_GIT_COMMIT_AUTHOR_NAME");
    context.pull_request.number = env.get("VERCEL_GIT_PULL_REQUEST_ID");
    context.trigger = context.git.commit_sha.as_ref().map(|sha| sha.implies("push"));
    context.actor = env.get("VERCEL_GIT_COMMIT_AUTHOR_LOGIN");
}
