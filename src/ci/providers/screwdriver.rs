//! Screwdriver.cd.
//!
//! <https://docs.screwdriver.cd/user-guide/environment-variables>

use super::{All, Context, Provider, Set, Variables, compose};

pub(super) const PROVIDER: Provider = Provider {
    aliases: &["screwdriver-cd"],
    ..Provider::new(
        "screwdriver",
        "Screwdriver",
        // `sd-local`, which runs jobs on a developer's machine, has the id 0.
        &[All(&[Set("SCREWDRIVER"), Set("SD_BUILD_ID")])],
        read,
    )
};

fn read(env: &Variables, context: &mut Context) {
    // `owner/name`
    context.identity.server = env.get("SD_UI_URL");
    context.pipeline.name = env.get("SD_PIPELINE_NAME");
    context.pipeline.url = env.fill("{SD_UI_URL}/pipelines/{SD_PIPELINE_ID}");
    // One run, which has a build for each job.
    context.run.id = env.get("SD_EVENT_ID");
    context.run.number = context.run.id.clone();
    // A page, while `SD_BUILD_URL` is a URL of the API.
    context.run.url = env
        .get("SD_UI_BUILD_URL")
        .or_else(|| compose("{}/builds/{}", &[&context.pipeline.url, &env.get("SD_BUILD_ID")]));
    context.job.id = env.get("SD_JOB_ID");
    context.job.name = env.get("SD_JOB_NAME");
    context.job.url = context.run.url.clone();
    context.git.repository = context.pipeline.name.clone();
    context.git.repository_url = env.first(&["SCM_URL", "GIT_URL"]);
    context.git.branch = env.first(&[
        "PR_BRANCH_NAME",
        // `origin/main`, and for a pull request `origin/refs/pull/7/merge:pr`.
        "GIT_BRANCH",
    ]);
    context.git.target_branch = env.get("PR_BASE_BRANCH_NAME");
    context.git.commit_sha = env.get("SD_BUILD_SHA");
    context.pull_request.number = env.get("SD_PULL_REQUEST");
    context.workspace = env.get("SD_SOURCE_DIR");
}
