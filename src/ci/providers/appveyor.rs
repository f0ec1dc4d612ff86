//! AppVeyor: ci.appveyor.com and self-hosted.
//!
//! <https://www.appveyor.com/docs/environment-variables/>

use super::{All, Context, Forge, Provider, Set, Variables, compose};

pub(super) const PROVIDER: Provider = Provider {
    // <https://www.appveyor.com/docs/packaging-artifacts/>
    artifact_url: Some("{origin}/api/buildjobs/{job.id}/artifacts/{path}"),
    // Images for self-hosted agents may set the first.
    ..Provider::new("appveyor", "AppVeyor", &[All(&[Set("APPVEYOR"), Set("APPVEYOR_BUILD_ID")])], read)
};

fn read(env: &Variables, context: &mut Context) {
    let account = env.get("APPVEYOR_ACCOUNT_NAME");
    // Set on self-hosted servers only.
    let server = env
        .get("APPVEYOR_URL")
        .or_else(|| account.as_ref().map(|account| account.implies("https://ci.appveyor.com")));
    context.pipeline.url =
        compose("{}/project/{}/{}", &[&server, &account, &env.get("APPVEYOR_PROJECT_SLUG")]);
    context.identity.server = server;
    context.identity.project = env.get("APPVEYOR_PROJECT_ID");
    context.identity.owner = account;
    context.run.id = env.get("APPVEYOR_BUILD_ID");
    context.run.number = env.get("APPVEYOR_BUILD_NUMBER");
    context.run.url = compose("{}/builds/{}", &[&context.pipeline.url, &context.run.id]);
    context.job.id = env.get("APPVEYOR_JOB_ID");
    context.job.url = compose("{}/job/{}", &[&context.run.url, &context.job.id]);
    context.job.name = env.get("APPVEYOR_JOB_NAME");
    // `github`, `bitbucket`, `gitlab`, …
    context.git.forge = env.get("APPVEYOR_REPO_PROVIDER").as_deref().and_then(Forge::from_name);
    context.git.host_type = env.translated("APPVEYOR_REPO_SCM", &[("mercurial", "hg")]);
    let repository = env.get("APPVEYOR_REPO_NAME");
    context.pipeline.name = env.get("APPVEYOR_PROJECT_NAME").or_else(|| repository.clone());
    context.git.repository_url = context.git.forge.and_then(|forge| forge.repository_url(&repository));
    context.git.repository = repository;
    // For a pull request, the target branch; for a tag, the tag.
    let branch = env.branch("APPVEYOR_REPO_BRANCH");
    if env.is_set("APPVEYOR_REPO_TAG") {
        context.git.tag = env.get("APPVEYOR_REPO_TAG_NAME");
    }
    // For a pull request, a merge commit.
    let commit = env.get("APPVEYOR_REPO_COMMIT");
    context.trigger = env
        .if_set("APPVEYOR_SCHEDULED_BUILD", "schedule")
        // Started by hand or through the API.
        .or_else(|| env.if_set("APPVEYOR_FORCED_BUILD", "manual"))
        .or_else(|| commit.as_ref().map(|sha| sha.implies("push")));
    context.workspace = env.get("APPVEYOR_BUILD_FOLDER");
    context.pull_request.number = env.get("APPVEYOR_PULL_REQUEST_NUMBER");
    if context.pull_request.number.is_some() {
        context.git.branch = env.branch("APPVEYOR_PULL_REQUEST_HEAD_REPO_BRANCH");
        context.git.target_branch = branch;
        context.git.set_head(env.get("APPVEYOR_PULL_REQUEST_HEAD_COMMIT"), commit);
    } else {
        context.git.branch = branch;
        context.git.commit_sha = commit;
        // The first line; the extended message is the rest.
        let subject = env.get("APPVEYOR_REPO_COMMIT_MESSAGE");
        context.git.commit_message =
            compose("{}\n{}", &[&subject, &env.get("APPVEYOR_REPO_COMMIT_MESSAGE_EXTENDED")]).or(subject);
        context.git.commit_author =
            env.author("APPVEYOR_REPO_COMMIT_AUTHOR", "APPVEYOR_REPO_COMMIT_AUTHOR_EMAIL");
    }
}
