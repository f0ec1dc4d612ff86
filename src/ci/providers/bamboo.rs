//! Bamboo Data Center and Server.
//!
//! <https://confluence.atlassian.com/bamboo/bamboo-variables-289277087.html>

use super::{Context, Provider, Set, Variables, compose};

pub(super) const PROVIDER: Provider = Provider::new(
    "bamboo",
    "Bamboo",
    &[Set("bamboo_planKey"), Set("bamboo_buildKey"), Set("bamboo_agentId")],
    read,
);

fn read(env: &Variables, context: &mut Context) {
    // `Project - Plan`
    context.pipeline.name = env.get("bamboo_planName");
    // `PROJ-PLAN`, and for a plan branch a number after it.
    let plan = env.get("bamboo_planKey");
    context.run.number = env.get("bamboo_buildNumber");
    context.run.id = compose("{}-{}", &[&plan, &context.run.number]);
    context.job.url = env.get("bamboo_buildResultsUrl");
    context.run.url = env.get("bamboo_resultsUrl").or_else(|| context.job.url.clone());
    let server = context.run.url.clone().and_then(|url| url.before("/browse/"));
    context.pipeline.url = compose("{}/browse/{}", &[&server, &plan]);
    context.identity.server = server;
    context.run.started_at = env.get("bamboo_buildTimeStamp");
    // `PROJ-PLAN-JOB`
    context.job.id = env.get("bamboo_buildKey");
    context.job.name = env.get("bamboo_shortJobName");
    context.git.repository_url =
        env.first(&["bamboo_planRepository_repositoryUrl", "bamboo_planRepository_1_repositoryUrl"]);
    if context.git.repository_url.is_none() && context.pipeline.name.is_none() {
        context.identity.project = plan;
    }
    context.git.branch = env.first_branch(&[
        "bamboo_repository_pr_sourceBranch",
        "bamboo_planRepository_branchName",
        "bamboo_planRepository_branch",
        "bamboo_planRepository_1_branchName",
        "bamboo_planRepository_1_branch",
        "bamboo_repository_git_branch",
    ]);
    context.git.target_branch = env.branch("bamboo_repository_pr_targetBranch");
    context.git.commit_sha = env.first(&[
        "bamboo_planRepository_revision",
        "bamboo_planRepository_1_revision",
        "bamboo_repository_revision_number",
    ]);
    context.pull_request.number = env.get("bamboo_repository_pr_key");
    context.actor = env.get("bamboo_ManualBuildTriggerReason_userName");
    context.trigger = context.actor.as_ref().map(|user| user.implies("manual"));
    context.workspace = env.get("bamboo_build_working_directory");
}
