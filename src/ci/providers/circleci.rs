//! CircleCI: circleci.com and CircleCI Server.
//!
//! <https://circleci.com/docs/reference/variables/>

use super::{All, Context, Provider, Set, Sourced, Variables, compose};

pub(super) const PROVIDER: Provider = Provider::new(
    "circleci",
    "CircleCI",
    // Its command-line tool, which runs jobs on a developer's machine, leaves the number blank.
    &[All(&[Set("CIRCLECI"), Set("CIRCLE_BUILD_NUM")])],
    read,
);

fn read(env: &Variables, context: &mut Context) {
    // `https://circleci.com/gh/owner/name/123`
    context.job.url = env.get("CIRCLE_BUILD_URL");
    let server = context.job.url.clone().and_then(server);
    let project = context.job.url.clone().and_then(project);
    context.pipeline.url = compose("{}/pipelines/{}", &[&server, &project]);
    context.identity.server = server.clone();
    // Ids that a new name does not change.
    context.identity.project = env.get("CIRCLE_PROJECT_ID");
    context.identity.owner = env.get("CIRCLE_ORGANIZATION_ID");
    // Changes with each rerun. The workflow's name is not in the environment.
    context.run.id = env.get("CIRCLE_WORKFLOW_ID");
    context.run.url = compose("{}/pipelines/workflows/{}", &[&server, &context.run.id]);
    // Set only if the configuration passes `<< pipeline.number >>` under this name.
    context.run.number = env.get("CIRCLE_PIPELINE_NUMBER");
    // Counts jobs, not runs.
    context.job.id = env.get("CIRCLE_BUILD_NUM");
    context.job.name = env.get("CIRCLE_JOB");
    // Parallel nodes of a job share its number.
    context.identity.job = compose("{}/{}", &[&context.job.id, &env.get("CIRCLE_NODE_INDEX")])
        .or_else(|| context.job.id.clone());
    context.pipeline.name = env.get("CIRCLE_PROJECT_REPONAME");
    context.git.repository = compose("{}/{}", &[&env.get("CIRCLE_PROJECT_USERNAME"), &context.pipeline.name]);
    // Not set for GitLab and for projects of the GitHub App.
    context.git.repository_url = env.get("CIRCLE_REPOSITORY_URL");
    // For a pull request, its source, but `pull/7` if that is in a fork.
    context.git.branch = env.get("CIRCLE_BRANCH");
    context.git.tag = env.get("CIRCLE_TAG");
    context.git.commit_sha = env.get("CIRCLE_SHA1");
    // URLs. If the branch has several pull requests, it is any of them.
    context.pull_request.url = env.first(&["CIRCLE_PULL_REQUEST", "CI_PULL_REQUEST"]);
    // Set for forks only.
    context.pull_request.number = env.get("CIRCLE_PR_NUMBER").or_else(|| context.pull_request.url.clone());
    context.actor = env.get("CIRCLE_USERNAME");
    // As written in the configuration: `~/project`.
    context.workspace = env.get("CIRCLE_WORKING_DIRECTORY");
}

/// The server that shows pipelines.
fn server(build_url: Sourced) -> Option<Sourced> {
    build_url.and_then(|url| {
        let (host, _) = url.strip_prefix("https://")?.split_once('/')?;
        Some(format!("https://{}", if host == "circleci.com" { "app.circleci.com" } else { host }))
    })
}

/// The project's path on that server.
fn project(build_url: Sourced) -> Option<Sourced> {
    build_url.and_then(|url| {
        let (_, path) = url.strip_prefix("https://")?.split_once('/')?;
        let mut parts = path.split('/');
        let host = match parts.next()? {
            "gh" => "github",
            "bb" => "bitbucket",
            _ => return None,
        };
        Some(format!("{host}/{}/{}", parts.next()?, parts.next()?))
    })
}
