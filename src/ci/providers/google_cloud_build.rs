//! Google Cloud Build. All variables but the marker are substitutions, which are in the environment only with
//! `automapSubstitutions: true`.
//!
//! <https://docs.cloud.google.com/build/docs/configuring-builds/substitute-variable-values>

use super::{All, Context, NotStartsWith, Provider, Set, StartsWith, Variables, compose};

pub(super) const PROVIDER: Provider = Provider {
    aliases: &["cloud-build", "gcb"],
    // <https://cloud.google.com/build/docs/configuring-builds/pass-data-between-steps>
    shares_only_workspace: true,
    discards_machine: &[Set("BUILDER_OUTPUT")],
    ..Provider::new(
        "google-cloud-build",
        "Google Cloud Build",
        // The local builder, which runs builds on a developer's machine, gives them ids such as `localbuild_0123`.
        &[All(&[StartsWith("BUILDER_OUTPUT", "/builder/"), NotStartsWith("BUILD_ID", "localbuild")])],
        read,
    )
};

fn read(env: &Variables, context: &mut Context) {
    let project = env.get("PROJECT_ID");
    let console = "https://console.cloud.google.com/cloud-build";
    context.pipeline.name = env.get("TRIGGER_NAME");
    context.pipeline.url = compose(&format!("{console}/triggers?project={{}}"), &[&project]);
    context.run.id = env.get("BUILD_ID");
    context.run.url = compose(
        &format!("{console}/builds;region={{}}/{{}}?project={{}}"),
        &[&env.get("LOCATION"), &context.run.id, &project],
    );
    context.git.repository = env.first(&["REPO_FULL_NAME", "REPO_NAME"]);
    let branch = env.branch("BRANCH_NAME");
    if context.pipeline.name.is_some() {
        context.trigger = branch.as_ref().map(|branch| branch.implies("push"));
    }
    context.git.branch = env.branch("_HEAD_BRANCH").or(branch);
    context.git.target_branch = env.branch("_BASE_BRANCH");
    context.git.tag = env.get("TAG_NAME");
    context.git.commit_sha = env.first(&["COMMIT_SHA", "REVISION_ID"]);
    context.pull_request.number = env.get("_PR_NUMBER");
}
