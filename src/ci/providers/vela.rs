//! Vela, which builds GitHub repositories.
//!
//! <https://go-vela.github.io/docs/reference/environment/variables/>

use super::{All, Context, Forge, Provider, Set, Variables, Word};

pub(super) const PROVIDER: Provider = Provider {
    forge: Some(Forge::GitHub),
    // The result so far.
    result: &[Word("VELA_BUILD_STATUS")],
    // A step is a part of it.
    has_one_job: true,
    // `vela exec`, which runs pipelines on a developer's machine, has no number.
    ..Provider::new("vela", "Vela", &[All(&[Set("VELA"), Set("VELA_BUILD_NUMBER")])], read)
};

fn read(env: &Variables, context: &mut Context) {
    context.git.repository = env.get("VELA_REPO_FULL_NAME");
    context.pipeline.name = context.git.repository.clone();
    context.run.id = env.get("VELA_BUILD_NUMBER");
    context.identity.server = env.first(&["VELA_ADDR", "VELA_SERVER_ADDR"]);
    context.run.number = context.run.id.clone();
    context.run.url = env.get("VELA_BUILD_LINK");
    // The run's page without its number.
    context.pipeline.url = context
        .run
        .url
        .clone()
        .and_then(|url| url.and_then(|url| url.rsplit_once('/').map(|(page, _)| page.to_owned())));
    // Seconds since 1970.
    context.run.started_at = env.get("VELA_BUILD_STARTED");
    context.job.id = env.get("VELA_STEP_NUMBER");
    context.job.name = env.get("VELA_STEP_NAME");
    context.git.repository_url = env.get("VELA_REPO_LINK");
    context.git.branch = env.first_branch(&[
        "VELA_PULL_REQUEST_SOURCE",
        // For a pull request, its target.
        "VELA_BUILD_BRANCH",
    ]);
    context.git.target_branch = env.branch("VELA_PULL_REQUEST_TARGET");
    context.git.tag = env.get("VELA_BUILD_TAG");
    context.git.commit_sha = env.get("VELA_BUILD_COMMIT");
    context.git.commit_message = env.get("VELA_BUILD_MESSAGE");
    context.git.commit_author = env.author("VELA_BUILD_AUTHOR", "VELA_BUILD_AUTHOR_EMAIL");
    context.pull_request.number = env.get("VELA_BUILD_PULL_REQUEST");
    context.trigger = env.get("VELA_BUILD_EVENT");
    context.actor = env.get("VELA_BUILD_SENDER");
    context.workspace = env.get("VELA_BUILD_WORKSPACE");
}
