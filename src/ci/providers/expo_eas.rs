//! Expo's EAS Build.
//!
//! <https://docs.expo.dev/build-reference/variables/>

use super::{All, Context, Is, Provider, Set, Variables, Word};

pub(super) const PROVIDER: Provider = Provider {
    aliases: &["eas", "expo"],
    has_one_job: true,
    // `finished` or `errored`, set only in the hook `eas-build-on-complete`.
    result: &[Word("EAS_BUILD_STATUS")],
    discards_machine: &[Set("EAS_BUILD")],
    ..Provider::new(
        "expo-eas",
        "Expo EAS",
        // Local builds have another runner, `local-build-plugin`.
        &[All(&[Set("EAS_BUILD"), Is("EAS_BUILD_RUNNER", "eas-build")])],
        read,
    )
};

fn read(env: &Variables, context: &mut Context) {
    context.pipeline.name = env.get("EAS_BUILD_PROFILE");
    context.identity.project = env.get("EAS_BUILD_PROJECT_ID");
    context.run.id = env.get("EAS_BUILD_ID");
    // `android` or `ios`.
    context.job.name = env.get("EAS_BUILD_PLATFORM");
    context.git.commit_sha = env.get("EAS_BUILD_GIT_COMMIT_HASH");
    // Not set for robots.
    context.actor = env.get("EAS_BUILD_USERNAME");
    context.workspace = env.get("EAS_BUILD_WORKINGDIR");
}
