//! Concourse. Only the containers of resources have these variables; tasks get what their pipeline passes on.
//!
//! <https://concourse-ci.org/implementing-resource-types.html#resource-metadata>

use super::{All, Context, FieldType, Provider, Set, Variables, compose};

pub(super) const PROVIDER: Provider = Provider {
    run_number: FieldType::Text,
    ..Provider::new("concourse", "Concourse", &[All(&[Set("ATC_EXTERNAL_URL"), Set("BUILD_ID")])], read)
};

fn read(env: &Variables, context: &mut Context) {
    let server = env.get("ATC_EXTERNAL_URL");
    context.pipeline.name = env.get("BUILD_PIPELINE_NAME");
    context.pipeline.url = compose(
        "{}/teams/{%}/pipelines/{%}",
        &[&server, &env.get("BUILD_TEAM_NAME"), &context.pipeline.name],
    );
    context.identity.server = server.clone();
    context.identity.owner = env.get("BUILD_TEAM_NAME");
    context.identity.project = env.fill("{BUILD_TEAM_NAME}/{BUILD_PIPELINE_NAME}");
    context.job.name = env.get("BUILD_JOB_NAME");
    context.job.url = compose("{}/jobs/{%}", &[&context.pipeline.url, &context.job.name]);
    // Unique on the server.
    context.run.id = env.get("BUILD_ID");
    // Counts the builds of the job: `3`, and `3.1` if that is rerun.
    context.run.number = env.get("BUILD_NAME");
    context.run.url = env
        .get("BUILD_URL")
        .or_else(|| compose("{}/builds/{}", &[&context.job.url, &context.run.number]))
        .or_else(|| compose("{}/builds/{}", &[&server, &context.run.id]));
    context.actor = env.get("BUILD_CREATED_BY");
}
