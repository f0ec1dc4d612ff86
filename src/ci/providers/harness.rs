//! Harness CI, which is based on Drone and sets its variables too.
//!
//! <https://developer.harness.io/docs/continuous-integration/troubleshoot-ci/ci-env-var>

use super::{Context, Provider, Set, Variables, drone};

pub(super) const PROVIDER: Provider = Provider {
    result: drone::RESULT,
    // <https://developer.harness.io/docs/continuous-integration/use-ci/caching-ci-data/share-ci-data-across-steps-and-stages/>
    shares_only_workspace: true,
    ..Provider::new("harness", "Harness", &[Set("HARNESS_BUILD_ID")], read)
};

fn read(env: &Variables, context: &mut Context) {
    drone::read_shared(env, context);
    context.pipeline.name = env.get("HARNESS_PIPELINE_ID");
    context.pipeline.url = None;
    context.run.id = env.get("HARNESS_EXECUTION_ID");
    context.run.number = env.get("HARNESS_BUILD_ID");
    context.identity.server = env.get("HARNESS_ACCOUNT_ID");
    context.job.id = env.get("HARNESS_STAGE_ID");
    context.job.name = env.get("DRONE_STAGE_NAME");
    context.actor = env.get("HARNESS_USER_ID").or(context.actor.take());
    context.workspace = env.get("HARNESS_WORKSPACE").or(context.workspace.take());
}
