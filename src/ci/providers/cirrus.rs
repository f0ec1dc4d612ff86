//! Cirrus CI, which builds GitHub repositories.
//!
//! <https://cirrus-ci.org/guide/writing-tasks/#environment-variables>

use super::{All, Context, Forge, IsNot, Provider, Set, Variables, compose};

pub(super) const PROVIDER: Provider = Provider {
    forge: Some(Forge::GitHub),
    ..Provider::new(
        "cirrus-ci",
        "Cirrus CI",
        // Its command-line tool runs tasks on a developer's machine.
        &[All(&[Set("CIRRUS_CI"), IsNot("CIRRUS_ENVIRONMENT", "CLI")])],
        read,
    )
};

fn read(env: &Variables, context: &mut Context) {
    context.git.repository = env.get("CIRRUS_REPO_FULL_NAME");
    context.git.repository_url = compose("https://github.com/{}", &[&context.git.repository]);
    context.pipeline.name = context.git.repository.clone();
    context.pipeline.url = compose("https://cirrus-ci.com/github/{}", &[&context.git.repository]);
    context.run.id = env.get("CIRRUS_BUILD_ID");
    context.run.url = compose("https://cirrus-ci.com/build/{}", &[&context.run.id]);
    context.identity.project = env.get("CIRRUS_REPO_ID");
    context.job.id = env.get("CIRRUS_TASK_ID");
    context.job.url = compose("https://cirrus-ci.com/task/{}", &[&context.job.id]);
    context.job.name = env.get("CIRRUS_TASK_NAME");
    // For a pull request, `pull/7`; its source is unknown.
    context.git.branch = env.get("CIRRUS_BRANCH");
    context.git.target_branch = env.get("CIRRUS_BASE_BRANCH");
    context.git.tag = env.get("CIRRUS_TAG");
    context.git.commit_sha = env.get("CIRRUS_CHANGE_IN_REPO");
    context.pull_request.number = env.get("CIRRUS_PR");
    if context.pull_request.number.is_none() {
        // For a pull request, its title and description.
        context.git.commit_message = env.get("CIRRUS_CHANGE_MESSAGE");
    }
    context.trigger = env
        // The schedule's name.
        .if_set("CIRRUS_CRON", "schedule")
        .or_else(|| env.if_set("CIRRUS_API_CREATED", "api"))
        .or_else(|| context.git.commit_sha.as_ref().map(|sha| sha.implies("push")));
    context.workspace = env.get("CIRRUS_WORKING_DIR");
}
