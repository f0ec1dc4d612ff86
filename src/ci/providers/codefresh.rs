//! Codefresh.
//!
//! <https://codefresh.io/docs/docs/pipelines/variables/>

use super::{Context, Provider, Set, Variables};

pub(super) const PROVIDER: Provider = Provider {
    // A step is a part of it.
    has_one_job: true,
    ..Provider::new("codefresh", "Codefresh", &[Set("CF_BUILD_ID")], read)
};

fn read(env: &Variables, context: &mut Context) {
    // `project/pipeline`
    context.pipeline.name = env.get("CF_PIPELINE_NAME");
    context.identity.server = env.get("CF_URL");
    context.run.id = env.get("CF_BUILD_ID");
    context.run.url = env.get("CF_BUILD_URL");
    context.run.started_at = env.get("CF_BUILD_TIMESTAMP");
    context.job.name = env.get("CF_STEP_NAME");
    context.git.repository = env.fill("{CF_REPO_OWNER}/{CF_REPO_NAME}");
    context.git.commit_url = env.get("CF_COMMIT_URL");
    let repository_url = |mark| context.git.commit_url.clone()?.before(mark);
    context.git.repository_url = repository_url("/-/commit").or_else(|| repository_url("/commit"));
    // For a pull request, its source; for a tag, the tag, with or without `refs/tags/`.
    context.git.branch = env.branch("CF_BRANCH");
    context.git.target_branch = env.branch("CF_PULL_REQUEST_TARGET");
    context.git.tag = env.get("CF_RELEASE_TAG");
    context.git.commit_sha = env.get("CF_REVISION");
    // Quotes have a backslash before them.
    context.git.commit_message =
        env.get("CF_COMMIT_MESSAGE").map(|message| message.map(|text| text.replace("\\\"", "\"")));
    context.git.commit_author = env.get("CF_COMMIT_AUTHOR");
    context.pull_request.number = env.get("CF_PULL_REQUEST_NUMBER");
    // `webhook`, or `build` if it was started by hand.
    let trigger = env.get("CF_BUILD_TRIGGER");
    context.trigger = trigger.clone().and_then(|word| word.translated(&[("build", "manual")])).or(trigger);
    context.actor = env.get("CF_BUILD_INITIATOR");
}
