//! Bitbucket Pipelines of Bitbucket Cloud.
//!
//! <https://support.atlassian.com/bitbucket-cloud/docs/variables-and-secrets/>

use super::{All, Context, ExitCode, Forge, Provider, Set, Variables, compose};

pub(super) const PROVIDER: Provider = Provider {
    forge: Some(Forge::Bitbucket),
    // Set in `after-script` only.
    result: &[ExitCode("BITBUCKET_EXIT_CODE")],
    ..Provider::new(
        "bitbucket-pipelines",
        "Bitbucket Pipelines",
        // Plugins of other CIs set the second.
        &[All(&[Set("BITBUCKET_BUILD_NUMBER"), Set("BITBUCKET_COMMIT")])],
        read,
    )
};

fn read(env: &Variables, context: &mut Context) {
    // UUIDs are in braces.
    let uuid = |name| env.get(name).map(|uuid| uuid.map(|uuid| uuid.trim_matches(['{', '}']).to_owned()));
    context.git.repository = env.get("BITBUCKET_REPO_FULL_NAME");
    context.pipeline.name = context.git.repository.clone();
    let page = compose("https://bitbucket.org/{}", &[&context.git.repository]);
    context.pipeline.url = compose("{}/pipelines", &[&page]);
    context.run.id = uuid("BITBUCKET_PIPELINE_UUID");
    context.run.number = env.get("BITBUCKET_BUILD_NUMBER");
    context.run.url = compose("{}/results/{}", &[&context.pipeline.url, &context.run.number]);
    // Ids that a new name does not change.
    context.identity.project = uuid("BITBUCKET_REPO_UUID");
    context.identity.owner = uuid("BITBUCKET_REPO_OWNER_UUID");
    context.job.id = uuid("BITBUCKET_STEP_UUID");
    // Counts the attempts of the step.
    let attempt = env.get("BITBUCKET_STEP_RUN_NUMBER");
    context.identity.job = compose("{}#{}", &[&context.job.id, &attempt]).or_else(|| context.job.id.clone());
    context.job.url = compose("{}/steps/%7B{}%7D", &[&context.run.url, &context.job.id]);
    // The second may be that of a fork's parent.
    context.git.repository_url = page.or_else(|| env.get("BITBUCKET_GIT_HTTP_ORIGIN"));
    // For a pull request, its source. Not set for tags.
    context.git.branch = env.branch("BITBUCKET_BRANCH");
    context.git.target_branch = env.branch("BITBUCKET_PR_DESTINATION_BRANCH");
    context.git.tag = env.get("BITBUCKET_TAG");
    // For a pull request, its head, even though the target is merged into the checkout.
    context.git.commit_sha = env.get("BITBUCKET_COMMIT");
    context.pull_request.number = env.get("BITBUCKET_PR_ID");
    context.actor = uuid("BITBUCKET_STEP_TRIGGERER_UUID");
    context.workspace = env.get("BITBUCKET_CLONE_DIR");
}
