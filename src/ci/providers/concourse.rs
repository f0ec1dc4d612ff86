//! Concourse. Only containers of resources have its variables; tasks get what their pipeline passes to them.
//!
//! <https://concourse-ci.org/implementing-resource-types.html#resource-metadata>

use super::provider::Provider;
use super::url_template::compose;
use super::variables::{Values, variables};
use super::{Context, Job, Pipeline, Run};

pub(super) const PROVIDER: Provider = Provider::new(
    "concourse",
    "Concourse",
    |environment| environment.marker(&["ATC_EXTERNAL_URL"]).filter(|_| environment.is_set("BUILD_ID")),
    read,
);

variables! {
    atc_external_url,
    build_team_name,
    // Empty for builds that belong to no pipeline.
    build_pipeline_name,
    build_job_name,
    /// Counts the builds of the job: `3`, `3.1` when it is started again.
    build_name,
    /// Tells it from all others of the server.
    build_id,
    build_url,
    build_created_by,
}

fn read(values: &mut Values) -> Context {
    let v = Variables::take(values);
    let pipeline = compose(
        "{}/teams/{%}/pipelines/{%}",
        &[&v.atc_external_url, &v.build_team_name, &v.build_pipeline_name],
    );
    let job = compose("{}/jobs/{%}", &[&pipeline, &v.build_job_name]);
    Context {
        run: Run {
            url: v
                .build_url
                .or_else(|| compose("{}/builds/{}", &[&job, &v.build_name]))
                .or_else(|| compose("{}/builds/{}", &[&v.atc_external_url, &v.build_id])),
            id: v.build_id,
            number: v.build_name,
            ..Run::default()
        },
        pipeline: Pipeline { name: v.build_pipeline_name, url: pipeline },
        job: Job { id: None, name: v.build_job_name, url: job },
        actor: v.build_created_by,
        ..Context::default()
    }
}
