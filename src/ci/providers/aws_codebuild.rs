//! AWS CodeBuild, also as a CodePipeline action.
//!
//! <https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-env-vars.html>

use super::{
    Context, Provider, Reference, RepositoryUrl, Set, Sourced, Succeeding, Variables, compose, is_hash,
};

pub(super) const PROVIDER: Provider = Provider {
    aliases: &["codebuild", "aws"],
    result: &[Succeeding("CODEBUILD_BUILD_SUCCEEDING")],
    ..Provider::new(
        "aws-codebuild",
        "AWS CodeBuild",
        &[Set("CODEBUILD_BUILD_ARN"), Set("CODEBUILD_BUILD_ID")],
        read,
    )
};

fn read(env: &Variables, context: &mut Context) {
    // `arn:aws:codebuild:REGION:ACCOUNT:build/PROJECT:UUID`
    let arn = env.get("CODEBUILD_BUILD_ARN");
    let arn_part = |index| arn.clone()?.and_then(|arn| arn.split(':').nth(index).map(str::to_owned));
    let (region, account) = (arn_part(3), arn_part(4));
    // The other partitions have their own consoles.
    let console = arn_part(1).and_then(|partition| {
        partition.translated(&[
            ("aws", "console.aws.amazon.com"),
            ("aws-cn", "console.amazonaws.cn"),
            ("aws-us-gov", "console.amazonaws-us-gov.com"),
        ])
    });
    // `PROJECT:UUID`
    context.run.id = env.get("CODEBUILD_BUILD_ID");
    let project = context.run.id.clone().and_then(|id| id.before(":"));
    let page = "https://{}.{}/codesuite/codebuild/{}/projects/{}";
    context.pipeline.url =
        compose(&format!("{page}?region={{}}"), &[&region, &console, &account, &project, &region]);
    context.run.url = env.get("CODEBUILD_PUBLIC_BUILD_URL").or_else(|| {
        compose(
            &format!("{page}/build/{{%}}/?region={{}}"),
            &[&region, &console, &account, &project, &context.run.id, &region],
        )
    });
    context.run.number = env.get("CODEBUILD_BUILD_NUMBER");
    // Milliseconds since 1970.
    context.run.started_at = env.get("CODEBUILD_START_TIME");
    context.job.id = env.get("CODEBUILD_BATCH_BUILD_IDENTIFIER");
    // A user, a role, a rule, or `codepipeline/NAME`.
    let initiator = env.get("CODEBUILD_INITIATOR");
    context.pipeline.name = without_prefix(&initiator, "codepipeline/").or(project);
    context.git.repository_url = env.get("CODEBUILD_SOURCE_REPO_URL");
    let is_in_git =
        context.git.repository_url.as_deref().is_some_and(|url| RepositoryUrl::parse(url).is_some());
    // `branch/NAME`, `tag/NAME` or `pr/7`; set only if a webhook started the build, like the next ones.
    let webhook = env.get("CODEBUILD_WEBHOOK_TRIGGER");
    context.git.branch = env
        .get("CODEBUILD_WEBHOOK_HEAD_REF")
        .or_else(|| without_prefix(&webhook, "branch/").map(Sourced::qualify_branch));
    context.git.target_branch = env.branch("CODEBUILD_WEBHOOK_BASE_REF");
    context.git.tag = without_prefix(&webhook, "tag/");
    // The requested version: a commit, a branch, a tag, `pr/7`, or a full reference, perhaps with a commit after it:
    // `refs/heads/main^{0123…}`.
    let requested = env.get("CODEBUILD_SOURCE_VERSION");
    let reference = requested.clone().and_then(|version| {
        version.and_then(|version| {
            Some(version.split("^{").next()?.to_owned()).filter(|name| name.starts_with("refs/"))
        })
    });
    let in_reference = || reference.clone()?.and_then(|name| Reference::parse(name).pull_request());
    context.pull_request.number =
        without_prefix(&webhook, "pr/").or_else(|| without_prefix(&requested, "pr/")).or_else(in_reference);
    context.git.branch = context.git.branch.take().or_else(|| reference.clone());
    // For a pull request, its head. For a source in S3, the version of an object.
    let resolved = env.get("CODEBUILD_RESOLVED_SOURCE_VERSION");
    context.git.commit_sha = resolved.filter(|version| is_in_git || is_hash(version)).or_else(|| {
        requested.and_then(|version| {
            version.and_then(|version| Some(version.split_once("^{")?.1.strip_suffix('}')?.to_owned()))
        })
    });
    context.trigger = env.get("CODEBUILD_WEBHOOK_EVENT");
    context.actor = env.get("CODEBUILD_WEBHOOK_ACTOR_ACCOUNT_ID").or(initiator);
    context.workspace = env.get("CODEBUILD_SRC_DIR");
}

fn without_prefix(found: &Option<Sourced>, prefix: &str) -> Option<Sourced> {
    found.clone()?.and_then(|value| value.strip_prefix(prefix).map(str::to_owned))
}
