//! Semaphore, and the variables that Semaphore Classic had in common with it.
//!
//! <https://docs.semaphore.io/reference/env-vars>

use super::{All, Context, Provider, Set, Variables, Word, compose};

pub(super) const PROVIDER: Provider = Provider {
    // Set in the epilogue only.
    result: &[Word("SEMAPHORE_PIPELINE_RESULT"), Word("SEMAPHORE_JOB_RESULT")],
    ..Provider::new(
        "semaphore",
        "Semaphore",
        // The first is a common word.
        &[
            All(&[Set("SEMAPHORE"), Set("SEMAPHORE_WORKFLOW_ID")]),
            All(&[Set("SEMAPHORE"), Set("SEMAPHORE_BUILD_NUMBER")]),
        ],
        read,
    )
};

fn read(env: &Variables, context: &mut Context) {
    let server = env.get("SEMAPHORE_ORGANIZATION_URL");
    let project = env.get("SEMAPHORE_PROJECT_NAME");
    context.pipeline.url = compose("{}/projects/{%}", &[&server, &project]);
    context.pipeline.name = env.get("SEMAPHORE_PIPELINE_NAME").or(project);
    context.identity.server = server.clone();
    context.identity.project = env.get("SEMAPHORE_PROJECT_ID");
    let workflow = env.get("SEMAPHORE_WORKFLOW_ID");
    context.run.url =
        compose("{}/workflows/{}?pipeline_id={}", &[&server, &workflow, &env.get("SEMAPHORE_PIPELINE_ID")]);
    // Set by Classic only.
    let build = env.get("SEMAPHORE_BUILD_NUMBER");
    context.run.id = workflow.or_else(|| build.clone());
    // Counts the runs of the branch, tag or pull request.
    context.run.number = env.get("SEMAPHORE_WORKFLOW_NUMBER").or(build);
    // Set only in jobs that run after the pipeline.
    context.run.started_at = env.get("SEMAPHORE_PIPELINE_STARTED_AT");
    context.job.id = env.get("SEMAPHORE_JOB_ID");
    context.job.url = compose("{}/jobs/{}", &[&server, &context.job.id]);
    context.job.name = env.get("SEMAPHORE_JOB_NAME");
    context.git.repository = env.first(&["SEMAPHORE_GIT_REPO_SLUG", "SEMAPHORE_REPO_SLUG"]);
    // `git@host:owner/name.git`, sometimes with `http://` before it.
    context.git.repository_url = env.get("SEMAPHORE_GIT_URL");
    context.git.tag = env.get("SEMAPHORE_GIT_TAG_NAME");
    // For a pull request, its target.
    let branch = env.branch("SEMAPHORE_GIT_BRANCH");
    context.git.branch = env
        // The second one is also the source of a pull request.
        .first_branch(&["SEMAPHORE_GIT_PR_BRANCH", "SEMAPHORE_GIT_WORKING_BRANCH"])
        .or_else(|| branch.clone().filter(|_| context.git.tag.is_none()))
        .or_else(|| env.branch("BRANCH_NAME"));
    context.git.target_branch = branch;
    context.pull_request.number = env.first(&["SEMAPHORE_GIT_PR_NUMBER", "PULL_REQUEST_NUMBER"]);
    // For a pull request, a merge commit.
    let commit = env.get("SEMAPHORE_GIT_SHA");
    // Set by Classic only.
    let revision = env.get("REVISION");
    if context.pull_request.number.is_some() {
        context.git.set_head(env.get("SEMAPHORE_GIT_PR_SHA").or(revision), commit);
    } else {
        context.git.commit_sha = commit.or(revision);
    }
    let by = |name, trigger| env.translated(name, &[("true", trigger)]);
    context.trigger = by("SEMAPHORE_WORKFLOW_TRIGGERED_BY_HOOK", "push")
        .or_else(|| by("SEMAPHORE_WORKFLOW_TRIGGERED_BY_SCHEDULE", "schedule"))
        .or_else(|| by("SEMAPHORE_WORKFLOW_TRIGGERED_BY_API", "api"))
        .or_else(|| by("SEMAPHORE_WORKFLOW_TRIGGERED_BY_MANUAL_RUN", "manual"));
    context.actor = env.get("SEMAPHORE_WORKFLOW_TRIGGERED_BY");
    // A folder in the home folder.
    context.workspace = env.fill("~/{SEMAPHORE_GIT_DIR}").or_else(|| env.get("SEMAPHORE_PROJECT_DIR"));
}
