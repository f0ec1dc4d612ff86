//! Buildkite.
//!
//! <https://buildkite.com/docs/pipelines/configure/environment-variables>

use super::{Cancelled, Context, ExitCode, Forge, Provider, Set, Variables, compose};

pub(super) const PROVIDER: Provider = Provider {
    result: &[Cancelled("BUILDKITE_JOB_CANCELLED"), ExitCode("BUILDKITE_COMMAND_EXIT_STATUS")],
    ..Provider::new("buildkite", "Buildkite", &[Set("BUILDKITE")], read)
};

fn read(env: &Variables, context: &mut Context) {
    context.pipeline.name = env.get("BUILDKITE_PIPELINE_NAME");
    context.pipeline.url =
        env.fill("https://buildkite.com/{BUILDKITE_ORGANIZATION_SLUG}/{BUILDKITE_PIPELINE_SLUG}");
    context.identity.server = env.get("BUILDKITE_ORGANIZATION_SLUG");
    context.run.id = env.get("BUILDKITE_BUILD_ID");
    context.run.number = env.get("BUILDKITE_BUILD_NUMBER");
    context.run.url = env.get("BUILDKITE_BUILD_URL");
    context.job.id = env.get("BUILDKITE_JOB_ID");
    context.job.name = env.first(&["BUILDKITE_LABEL", "BUILDKITE_STEP_KEY"]);
    context.job.url = compose("{}#{}", &[&context.run.url, &context.job.id]);
    context.git.forge = env.get("BUILDKITE_PIPELINE_PROVIDER").as_deref().and_then(Forge::from_name);
    // Often an ssh URL.
    context.git.repository_url = env.get("BUILDKITE_REPO");
    // For a pull request, its source, `user:branch` from a fork; for a tag, the tag.
    context.git.branch = env.get("BUILDKITE_BRANCH");
    context.git.target_branch = env.first_branch(&[
        "BUILDKITE_PULL_REQUEST_BASE_BRANCH",
        // The branch that a merge queue merges into.
        "BUILDKITE_MERGE_QUEUE_BASE_BRANCH",
    ]);
    context.git.tag = env.get("BUILDKITE_TAG");
    // `HEAD` until the agent has resolved it.
    context.git.commit_sha = env.get("BUILDKITE_COMMIT");
    context.git.commit_message = env.get("BUILDKITE_MESSAGE");
    context.git.commit_author = env.author("BUILDKITE_BUILD_AUTHOR", "BUILDKITE_BUILD_AUTHOR_EMAIL");
    // A number, or `false`.
    context.pull_request.number = env.get("BUILDKITE_PULL_REQUEST");
    // `webhook`, `api`, `ui`, `trigger_job` or `schedule`.
    context.trigger = env.get("BUILDKITE_SOURCE");
    context.actor = env.get("BUILDKITE_BUILD_CREATOR");
    context.workspace = env.get("BUILDKITE_BUILD_CHECKOUT_PATH");
}
