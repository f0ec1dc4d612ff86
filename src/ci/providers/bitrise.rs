//! Bitrise.
//!
//! <https://docs.bitrise.io/en/bitrise-ci/references/available-environment-variables.html>

use super::{Context, ExitCode, Provider, Set, Variables, Word};

pub(super) const PROVIDER: Provider = Provider {
    result: &[
        // Of the whole pipeline of workflows.
        Word("BITRISEIO_PIPELINE_BUILD_STATUS"),
        // 0 until a step fails, then 1.
        ExitCode("BITRISE_BUILD_STATUS"),
    ],
    // Its command-line tool and its machines set others, but not the build's id.
    discards_machine: &[Set("BITRISE_BUILD_SLUG")],
    ..Provider::new("bitrise", "Bitrise", &[Set("BITRISE_BUILD_SLUG")], read)
};

fn read(env: &Variables, context: &mut Context) {
    context.pipeline.name = env.get("BITRISE_TRIGGERED_WORKFLOW_ID");
    context.pipeline.url = env.get("BITRISE_APP_URL");
    context.identity.project = env.get("BITRISE_APP_SLUG");
    context.run.id = env.get("BITRISE_BUILD_SLUG");
    context.run.number = env.get("BITRISE_BUILD_NUMBER");
    context.run.url = env.get("BITRISE_BUILD_URL");
    context.run.started_at = env.get("BITRISE_BUILD_TRIGGER_TIMESTAMP");
    context.git.repository = env.fill("{BITRISEIO_GIT_REPOSITORY_OWNER}/{BITRISEIO_GIT_REPOSITORY_SLUG}");
    context.git.repository_url = env.get("GIT_REPOSITORY_URL");
    // For a pull request, its source.
    context.git.branch = env.branch("BITRISE_GIT_BRANCH");
    context.git.target_branch = env.branch("BITRISEIO_GIT_BRANCH_DEST");
    context.git.tag = env.get("BITRISE_GIT_TAG");
    context.git.commit_sha = env.first(&[
        // Empty if a branch is built by hand.
        "BITRISE_GIT_COMMIT",
        // Set by the step that clones the repository, like the other `GIT_CLONE_` variables.
        "GIT_CLONE_COMMIT_HASH",
    ]);
    context.git.commit_message = env.first(&["BITRISE_GIT_MESSAGE", "GIT_CLONE_COMMIT_MESSAGE_SUBJECT"]);
    context.git.commit_author = env.author("GIT_CLONE_COMMIT_AUTHOR_NAME", "GIT_CLONE_COMMIT_AUTHOR_EMAIL");
    // A number; otherwise empty or `false`.
    context.pull_request.number = env.get("BITRISE_PULL_REQUEST");
    context.trigger = env.get("BITRISE_TRIGGER_METHOD");
    context.actor = env.get("BITRISE_TRIGGER_BY");
    context.workspace = env.get("BITRISE_SOURCE_DIR");
}
