//! Xcode Cloud.
//!
//! <https://developer.apple.com/documentation/xcode/environment-variable-reference>

use super::{All, Context, ExitCode, Provider, Set, Variables};

pub(super) const PROVIDER: Provider = Provider {
    // Set in `ci_post_xcodebuild.sh` only.
    result: &[ExitCode("CI_XCODEBUILD_EXIT_CODE")],
    discards_machine: &[Set("CI_BUILD_ID")],
    ..Provider::new(
        "xcode-cloud",
        "Xcode Cloud",
        // Scripts for Xcode set the others on a developer's machine too.
        &[
            All(&[Set("CI_XCODE_CLOUD"), Set("CI_BUILD_ID")]),
            All(&[Set("CI_XCODE_PROJECT"), Set("CI_BUILD_ID")]),
            All(&[Set("CI_XCODEBUILD_ACTION"), Set("CI_BUILD_ID")]),
        ],
        read,
    )
};

fn read(env: &Variables, context: &mut Context) {
    context.pipeline.name = env.get("CI_WORKFLOW");
    context.run.id = env.get("CI_BUILD_ID");
    context.identity.project = env.get("CI_PRODUCT_ID");
    context.identity.owner = env.get("CI_TEAM_ID");
    context.run.number = env.get("CI_BUILD_NUMBER");
    // Set by newer versions.
    context.run.url = env.get("CI_BUILD_URL");
    // `build`, `archive`, …; a workflow may have several.
    context.job.name = env.get("CI_XCODEBUILD_ACTION");
    context.identity.job =
        env.fill("{CI_XCODEBUILD_ACTION} {CI_PRODUCT_PLATFORM}").or_else(|| context.job.name.clone());
    context.git.repository = env.get("CI_PULL_REQUEST_TARGET_REPO");
    context.git.tag = env.get("CI_TAG");
    context.git.branch = env
        .first_branch(&["CI_PULL_REQUEST_SOURCE_BRANCH", "CI_BRANCH"])
        .or_else(|| env.get("CI_GIT_REF").filter(|_| context.git.tag.is_none()));
    context.git.target_branch = env.branch("CI_PULL_REQUEST_TARGET_BRANCH");
    context.pull_request.number = env.get("CI_PULL_REQUEST_NUMBER");
    // For a pull request, a merge commit.
    let commit = env.get("CI_COMMIT");
    if context.pull_request.number.is_some() {
        context.git.set_head(env.get("CI_PULL_REQUEST_SOURCE_COMMIT"), commit);
    } else {
        context.git.commit_sha = commit;
    }
    context.pull_request.url = env.get("CI_PULL_REQUEST_HTML_URL");
    context.trigger = env.get("CI_START_CONDITION");
    context.workspace = env.get("CI_PRIMARY_REPOSITORY_PATH");
}
