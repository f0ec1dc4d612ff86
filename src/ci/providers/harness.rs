//! Harness CI, which came from Drone and has its variables too.
//!
//! <https://developer.harness.io/docs/continuous-integration/troubleshoot-ci/ci-env-var>

use super::drone;
use super::provider::Provider;
use super::variables::{Values, variables};
use super::{Context, Job, Pipeline};

pub(super) const PROVIDER: Provider =
    Provider::new("harness", "Harness", |environment| environment.marker(&["HARNESS_BUILD_ID"]), read);

variables! {
    harness_pipeline_id,
    harness_execution_id,
    harness_build_id,
    harness_stage_id,
    drone_stage_name,
    harness_user_id,
    harness_workspace,
}

fn read(values: &mut Values) -> Context {
    let v = Variables::take(values);
    let mut context = drone::read(values);
    context.pipeline = Pipeline { name: v.harness_pipeline_id, url: None };
    context.run.id = v.harness_execution_id;
    context.run.number = v.harness_build_id;
    context.job = Job { id: v.harness_stage_id, name: v.drone_stage_name, url: None };
    context.actor = v.harness_user_id.or(context.actor);
    context.workspace = v.harness_workspace.or(context.workspace);
    context
}
