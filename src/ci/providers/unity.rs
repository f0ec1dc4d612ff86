//! Unity Build Automation, formerly Unity Cloud Build.
//!
//! <https://docs.unity.com/en-us/build-automation/reference/available-environment-variables>

use super::{All, Context, Provider, Set, Variables, Word, compose};

pub(super) const PROVIDER: Provider = Provider {
    aliases: &["unity-cloud-build", "ucb"],
    result: &[Word("BUILD_RESULT")],
    discards_machine: &[Set("UCB_BUILD_NUMBER"), Set("IS_BUILDER")],
    ..Provider::new(
        "unity-build",
        "Unity Build Automation",
        &[Set("UCB_BUILD_NUMBER"), All(&[Set("IS_BUILDER"), Set("BUILDER_OS"), Set("BUILD_TARGET")])],
        read,
    )
};

fn read(env: &Variables, context: &mut Context) {
    let project = env.get("PROJECT_ID");
    context.identity.project = project.clone();
    context.identity.owner = env.get("ORG_ID");
    context.pipeline.name = env.get("BUILD_TARGET");
    context.pipeline.url = compose(
        "https://cloud.unity.com/home/organizations/{}/projects/{}/cloud-build/config",
        &[&env.get("ORG_ID"), &project],
    );
    context.run.number = env.get("UCB_BUILD_NUMBER");
    context.run.id = compose("{}/{}/{}", &[&project, &context.pipeline.name, &context.run.number]);
    context.git.host = env.get("SCM_HOST");
    context.git.branch = env.branch("SCM_BRANCH");
    context.git.commit_sha = env.first(&["BUILD_REVISION", "SCM_REVISION"]);
    context.workspace = env.get("PROJECT_DIRECTORY");
}
