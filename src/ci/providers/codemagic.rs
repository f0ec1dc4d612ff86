//! Codemagic.
//!
//! <https://docs.codemagic.io/yaml-basic-configuration/environment-variables/>

use super::{Context, Failure, Provider, Set, Variables, Word, compose};

pub(super) const PROVIDER: Provider = Provider {
    // It was called Flutter CI before.
    prefixes: &["CM_", "FCI_"],
    result: &[
        // The build is skipped if the tests fail.
        Failure("CM_TEST_STEP_STATUS"),
        Word("CM_BUILD_STEP_STATUS"),
    ],
    discards_machine: &[Set("CM_BUILD_ID"), Set("FCI_BUILD_ID")],
    ..Provider::new("codemagic", "Codemagic", &[Set("CM_BUILD_ID"), Set("FCI_BUILD_ID")], read)
};

fn read(env: &Variables, context: &mut Context) {
    let project = env.get("CM_PROJECT_ID");
    context.pipeline.name = env.get("CM_WORKFLOW_NAME");
    context.pipeline.url = compose("https://codemagic.io/app/{}", &[&project]);
    context.identity.project = project;
    context.run.id = env.get("CM_BUILD_ID");
    context.run.url = compose("{}/build/{}", &[&context.pipeline.url, &context.run.id]);
    context.run.number = env.first(&[
        // Counts the builds of the project.
        "PROJECT_BUILD_NUMBER",
        // Counts those of the workflow.
        "BUILD_NUMBER",
    ]);
    context.git.repository = env.get("CM_REPO_SLUG");
    // For a pull request, its source.
    context.git.branch = env.branch("CM_BRANCH");
    context.git.target_branch = env.branch("CM_PULL_REQUEST_DEST");
    context.git.tag = env.get("CM_TAG");
    context.git.commit_sha = env.get("CM_COMMIT");
    // `true` or `false`.
    if env.is_set("CM_PULL_REQUEST") {
        context.pull_request.number = env.get("CM_PULL_REQUEST_NUMBER");
    }
    context.workspace = env.get("CM_BUILD_DIR");
}
