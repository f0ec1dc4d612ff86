//! CloudBees CodeShip, Basic and Pro.
//!
//! <https://docs.cloudbees.com/docs/cloudbees-codeship/latest/>

use super::{All, Context, Is, Provider, Set, Sourced, Variables};

pub(super) const PROVIDER: Provider = Provider {
    discards_machine: &[Is("CI_NAME", "codeship")],
    ..Provider::new(
        "codeship",
        "Cloudbees CodeShip",
        // Its command-line tool, which runs builds on a developer's machine, has neither.
        &[
            All(&[Is("CI_NAME", "codeship"), Set("CI_BUILD_ID")]),
            All(&[Is("CI_NAME", "codeship"), Set("CI_BUILD_NUMBER")]),
        ],
        read,
    )
};

fn read(env: &Variables, context: &mut Context) {
    // `owner/name`
    context.git.repository = env.get("CI_REPO_NAME");
    context.pipeline.name = context.git.repository.clone();
    context.identity.project = env.get("CI_PROJECT_ID");
    // Set by Basic only.
    context.run.number = env.get("CI_BUILD_NUMBER");
    // Set by Pro only.
    context.run.id = env.get("CI_BUILD_ID").or_else(|| context.run.number.clone());
    context.run.url = env.get("CI_BUILD_URL");
    // Seconds since 1970.
    context.run.started_at = env.get("CI_TIMESTAMP");
    // For a tag, the tag.
    context.git.branch = env.branch("CI_BRANCH");
    context.git.commit_sha = env.get("CI_COMMIT_ID");
    context.git.commit_message = env.first(&["CI_COMMIT_MESSAGE", "CI_MESSAGE"]);
    context.git.commit_author = env.author("CI_COMMITTER_NAME", "CI_COMMITTER_EMAIL");
    // 0 if there is none.
    context.pull_request.number = env.get("CI_PR_NUMBER");
    context.pull_request.url = env.get("CI_PULL_REQUEST");
    // No other variable has the host.
    context.git.repository_url =
        context.pull_request.url.clone().and_then(Sourced::repository_of_pull_request);
    context.actor = env.get("CI_COMMITTER_USERNAME");
}
