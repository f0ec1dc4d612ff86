//! Drone.
//!
//! <https://docs.drone.io/pipeline/environment/reference/>

use super::{All, Context, Provider, Reference, ResultVariable, Set, Variables, Word, compose};

pub(super) const PROVIDER: Provider = Provider {
    // Unless it names its stage, of which a step is a part.
    has_one_job: true,
    result: RESULT,
    shares_only_workspace: true,
    ..Provider::new(
        "drone",
        "Drone",
        // Its command-line tool, which runs pipelines on a developer's machine, has no number.
        &[All(&[Set("DRONE"), Set("DRONE_BUILD_NUMBER")])],
        read,
    )
};

/// The result so far.
pub(super) const RESULT: &[ResultVariable] = &[Word("DRONE_BUILD_STATUS")];

fn read(env: &Variables, context: &mut Context) {
    read_shared(env, context);
    context.job.id = env.fill("{DRONE_STAGE_NUMBER}/{DRONE_STEP_NUMBER}");
    context.job.url = compose("{}/{}", &[&context.run.url, &context.job.id]);
    context.job.name = env.get("DRONE_STEP_NAME");
    // A step is a part of it.
    context.identity.job = env.first(&["DRONE_STAGE_NUMBER", "DRONE_STAGE_NAME"]);
    context.identity.job_name = env.get("DRONE_STAGE_NAME");
    // Seconds since 1970.
    context.job.started_at = env.get("DRONE_STAGE_STARTED");
}

/// Reads what Drone and Harness, which is based on it, have in common.
pub(super) fn read_shared(env: &Variables, context: &mut Context) {
    context.git.repository = env.get("DRONE_REPO");
    context.pipeline.name = context.git.repository.clone();
    context.pipeline.url = compose(
        "{}://{}/{}",
        &[&env.get("DRONE_SYSTEM_PROTO"), &env.get("DRONE_SYSTEM_HOST"), &context.git.repository],
    );
    context.identity.server = env.get("DRONE_SYSTEM_HOST");
    context.run.id = env.get("DRONE_BUILD_NUMBER");
    context.run.number = context.run.id.clone();
    context.run.url = env.get("DRONE_BUILD_LINK");
    // Seconds since 1970.
    context.run.started_at = env.get("DRONE_BUILD_STARTED");
    context.git.repository_url = env.first(&["DRONE_REPO_LINK", "DRONE_GIT_HTTP_URL", "DRONE_REMOTE_URL"]);
    // For a pull request, its target.
    context.git.branch = env.branch("DRONE_BRANCH");
    // The second is `refs/pull/7/head`, also in a promotion.
    let in_reference = || env.get("DRONE_COMMIT_REF")?.and_then(|name| Reference::parse(name).pull_request());
    context.pull_request.number = env.get("DRONE_PULL_REQUEST").or_else(in_reference);
    if context.pull_request.number.is_some() {
        // Set for pushes too.
        context.git.branch = env.branch("DRONE_SOURCE_BRANCH").or(context.git.branch.take());
    }
    context.git.target_branch = env.branch("DRONE_TARGET_BRANCH");
    context.git.tag = env.get("DRONE_TAG");
    context.git.commit_sha = env.get("DRONE_COMMIT_SHA");
    context.git.commit_message = env.get("DRONE_COMMIT_MESSAGE");
    context.git.commit_author = env.author("DRONE_COMMIT_AUTHOR_NAME", "DRONE_COMMIT_AUTHOR_EMAIL");
    // `custom` if it was started by hand.
    context.trigger = env.get("DRONE_BUILD_EVENT");
    // `@hook`, `@cron` or a login.
    let started_by = env.get("DRONE_BUILD_TRIGGER").filter(|user| !user.starts_with('@'));
    context.actor = started_by.or_else(|| env.get("DRONE_COMMIT_AUTHOR"));
    context.workspace = env.get("DRONE_WORKSPACE");
}
