//! Unity Build Automation, once Unity Cloud Build.
//!
//! <https://docs.unity.com/en-us/build-automation/reference/available-environment-variables>

use super::provider::Provider;
use super::url_template::compose;
use super::variables::{Values, variables};
use super::{Context, Git, Pipeline, Run};
use crate::system::Environment;

pub(super) const PROVIDER: Provider = Provider::new("unity-build", "Unity Build Automation", detect, read);

fn detect(environment: &Environment) -> Option<&'static str> {
    let is_builder = environment.is_set("BUILDER_OS") && environment.is_set("BUILD_TARGET");
    environment
        .marker(&["UCB_BUILD_NUMBER"])
        .or_else(|| environment.marker(&["IS_BUILDER"]).filter(|_| is_builder))
}

variables! {
    org_id,
    project_id,
    project_directory,
    build_target,
    ucb_build_number,
    build_result,
    scm_host,
    scm_branch,
    build_revision,
    scm_revision,
}

fn read(values: &mut Values) -> Context {
    let v = Variables::take(values);
    Context {
        pipeline: Pipeline {
            url: compose(
                "https://cloud.unity.com/home/organizations/{}/projects/{}/cloud-build/config",
                &[&v.org_id, &v.project_id],
            ),
            name: v.build_target.clone(),
        },
        run: Run {
            id: compose("{}/{}/{}", &[&v.project_id, &v.build_target, &v.ucb_build_number]),
            number: v.ucb_build_number,
            ..Run::default()
        },
        git: Git {
            host: v.scm_host,
            branch: v.scm_branch,
            commit_sha: v.build_revision.or(v.scm_revision),
            ..Git::default()
        },
        status: v.build_result,
        workspace: v.project_directory,
        ..Context::default()
    }
}
