//! Woodpecker CI.
//!
//! <https://woodpecker-ci.org/docs/usage/environment>

use super::{All, Context, Forge, Is, Provider, Reference, Set, Variables, Word};

pub(super) const PROVIDER: Provider = Provider {
    // The result so far; not set from 3.0 to 3.14.
    result: &[Word("CI_PIPELINE_STATUS"), Word("CI_BUILD_STATUS")],
    // <https://woodpecker-ci.org/docs/usage/workflow-syntax#steps>
    shares_only_workspace: true,
    previous_result: &[Word("CI_PREV_PIPELINE_STATUS"), Word("CI_PREV_BUILD_STATUS")],
    // Unless it names its workflow, of which a step is a part.
    has_one_job: true,
    ..Provider::new(
        "woodpecker-ci",
        "Woodpecker CI",
        // Its command-line tool, which runs pipelines on a developer's machine, has the number 0.
        &[
            All(&[Is("CI", "woodpecker"), Set("CI_PIPELINE_NUMBER")]),
            All(&[Is("CI", "woodpecker"), Set("CI_BUILD_NUMBER")]),
            All(&[Is("CI_SYSTEM_NAME", "woodpecker"), Set("CI_PIPELINE_NUMBER")]),
            All(&[Is("CI_SYSTEM_NAME", "woodpecker"), Set("CI_BUILD_NUMBER")]),
        ],
        read,
    )
};

fn read(env: &Variables, context: &mut Context) {
    context.git.repository = env.get("CI_REPO");
    context.pipeline.name = env.get("CI_WORKFLOW_NAME").or_else(|| context.git.repository.clone());
    // Names with `BUILD` and `LINK` are those of older versions.
    context.run.id = env.first(&["CI_PIPELINE_NUMBER", "CI_BUILD_NUMBER"]);
    context.run.number = context.run.id.clone();
    context.run.url = env.first(&["CI_PIPELINE_URL", "CI_PIPELINE_LINK"]);
    context.pipeline.url = context.run.url.clone().and_then(|url| url.before("/pipeline/"));
    // Seconds since 1970.
    context.run.started_at = env.first(&["CI_PIPELINE_STARTED", "CI_BUILD_STARTED"]);
    context.job.id = env.first(&["CI_STEP_NUMBER", "CI_JOB_NUMBER"]);
    // A step is a part of it. The number is that of older servers, and of each leg of a matrix.
    context.identity.job = env.first(&["CI_WORKFLOW_NUMBER", "CI_WORKFLOW_NAME"]);
    context.identity.job_name = env.get("CI_WORKFLOW_NAME");
    context.identity.server = env.first(&["CI_SYSTEM_URL", "CI_SYSTEM_HOST", "CI_SYSTEM_LINK"]);
    context.job.name = env.get("CI_STEP_NAME");
    context.job.url = env.get("CI_STEP_URL");
    // `github`, `gitlab`, `gitea`, `forgejo`, `bitbucket` or `bitbucket_dc`.
    context.git.forge = env.get("CI_FORGE_TYPE").as_deref().and_then(Forge::from_name);
    context.git.repository_url =
        env.first(&["CI_REPO_URL", "CI_REPO_LINK", "CI_REPO_CLONE_URL", "CI_REPO_REMOTE"]);
    // For a pull request, its target.
    context.git.branch = env.branch("CI_COMMIT_BRANCH");
    // The second is `refs/pull/7/head`, also in a deployment.
    let in_reference = || env.get("CI_COMMIT_REF")?.and_then(|name| Reference::parse(name).pull_request());
    context.pull_request.number = env.get("CI_COMMIT_PULL_REQUEST").or_else(in_reference);
    if context.pull_request.number.is_some() {
        context.git.branch = env.branch("CI_COMMIT_SOURCE_BRANCH").or(context.git.branch.take());
    }
    context.git.target_branch = env.branch("CI_COMMIT_TARGET_BRANCH");
    context.git.tag = env.get("CI_COMMIT_TAG");
    context.git.commit_sha = env.get("CI_COMMIT_SHA");
    context.git.commit_message = env.get("CI_COMMIT_MESSAGE");
    context.trigger = env.first(&["CI_PIPELINE_EVENT", "CI_BUILD_EVENT"]);
    // Logins.
    context.actor = env.first(&["CI_PIPELINE_AUTHOR", "CI_COMMIT_AUTHOR"]);
    context.workspace = env.get("CI_WORKSPACE");
}
