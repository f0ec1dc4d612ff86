//! Buddy.
//!
//! <https://buddy.works/docs/pipelines/variables/default-variables>

use super::{All, Context, Provider, Set, Sourced, Variables, compose};

pub(super) const PROVIDER: Provider = Provider {
    // An action is a part of it.
    has_one_job: true,
    ..Provider::new(
        "buddy",
        "Buddy",
        // Its command-line tool is configured with some of its variables.
        &[
            All(&[Set("BUDDY"), Set("BUDDY_PIPELINE_ID")]),
            All(&[Set("BUDDY_WORKSPACE_ID"), Set("BUDDY_PIPELINE_ID")]),
        ],
        read,
    )
};

fn read(env: &Variables, context: &mut Context) {
    context.pipeline.name = env.get("BUDDY_PIPELINE_NAME");
    context.pipeline.url = env.get("BUDDY_PIPELINE_URL");
    context.identity.server = context.pipeline.url.clone().and_then(Sourced::origin);
    // Counts the runs of the pipeline.
    context.run.number = env.get("BUDDY_EXECUTION_ID");
    context.run.id = compose("{}/{}", &[&env.get("BUDDY_PIPELINE_ID"), &context.run.number]);
    context.run.url = env.first(&["BUDDY_RUN_URL", "BUDDY_EXECUTION_URL"]);
    context.run.started_at = env.get("BUDDY_EXECUTION_START_DATE");
    context.job.id = env.get("BUDDY_ACTION_ID");
    context.git.repository = env.get("BUDDY_REPO_SLUG");
    context.git.repository_url = env.get("BUDDY_SCM_URL");
    context.git.branch = env
        .first_branch(&["BUDDY_RUN_PR_HEAD_BRANCH", "BUDDY_EXECUTION_PULL_REQUEST_HEAD_BRANCH"])
        .or_else(|| env.first(&["BUDDY_RUN_BRANCH", "BUDDY_EXECUTION_BRANCH"]));
    context.git.target_branch =
        env.first_branch(&["BUDDY_RUN_PR_BASE_BRANCH", "BUDDY_EXECUTION_PULL_REQUEST_BASE_BRANCH"]);
    context.git.tag = env.first(&["BUDDY_RUN_TAG", "BUDDY_EXECUTION_TAG"]);
    context.git.commit_sha = env.first(&["BUDDY_RUN_COMMIT", "BUDDY_EXECUTION_REVISION"]);
    context.git.commit_message = env.get("BUDDY_EXECUTION_REVISION_MESSAGE");
    context.git.commit_author =
        env.author("BUDDY_EXECUTION_REVISION_COMMITTER_NAME", "BUDDY_EXECUTION_REVISION_COMMITTER_EMAIL");
    context.pull_request.number = env.first(&[
        "BUDDY_RUN_PR_NO",
        "BUDDY_EXECUTION_PULL_REQUEST_NO",
        // `pull/7`
        "BUDDY_EXECUTION_PULL_REQUEST_ID",
    ]);
    context.actor = env.get("BUDDY_INVOKER_NAME");
}
