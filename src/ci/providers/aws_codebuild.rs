//! AWS CodeBuild, also as an action of CodePipeline.
//!
//! <https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-env-vars.html>

use super::provider::Provider;
use super::url_template::{before, compose};
use super::variables::{Values, variables};
use super::{Context, Git, Job, Pipeline, PullRequest, Run, Sourced};

pub(super) const PROVIDER: Provider = Provider::new(
    "aws-codebuild",
    "AWS CodeBuild",
    |environment| environment.marker(&["CODEBUILD_BUILD_ARN", "CODEBUILD_BUILD_ID"]),
    read,
);

variables! {
    /// `arn:aws:codebuild:REGION:ACCOUNT:build/PROJECT:UUID`.
    codebuild_build_arn,
    /// `PROJECT:UUID`.
    codebuild_build_id,
    codebuild_build_number,
    codebuild_build_succeeding,
    codebuild_batch_build_identifier,
    /// Milliseconds.
    codebuild_start_time,
    codebuild_public_build_url,
    /// A user, a role, `codepipeline/NAME`, a rule.
    codebuild_initiator,
    codebuild_source_repo_url,
    /// What was asked for: a commit, a branch, a tag, `pr/7`.
    codebuild_source_version,
    /// The head in pull requests.
    codebuild_resolved_source_version,
    codebuild_src_dir,
    // Only of builds that a webhook started.
    /// `branch/NAME`, `tag/NAME` or `pr/7`.
    codebuild_webhook_trigger,
    codebuild_webhook_event,
    codebuild_webhook_head_ref,
    codebuild_webhook_base_ref,
    codebuild_webhook_actor_account_id,
}

fn read(values: &mut Values) -> Context {
    let v = Variables::take(values);
    let rest = |found: &Option<Sourced>, start: &str| {
        found.clone()?.and_then(|value| value.strip_prefix(start).map(str::to_owned))
    };
    let part = |number: usize| {
        v.codebuild_build_arn.clone()?.and_then(|arn| arn.split(':').nth(number).map(str::to_owned))
    };
    let (region, account) = (part(3), part(4));
    let project = before(&v.codebuild_build_id, ":");
    let page = "https://{}.console.aws.amazon.com/codesuite/codebuild/{}/projects/{}";
    let pipeline_url = compose(&format!("{page}?region={{}}"), &[&region, &account, &project, &region]);
    let run_url = compose(
        &format!("{page}/build/{{%}}/?region={{}}"),
        &[&region, &account, &project, &v.codebuild_build_id, &region],
    );
    Context {
        pipeline: Pipeline {
            name: rest(&v.codebuild_initiator, "codepipeline/").or(project),
            url: pipeline_url,
        },
        run: Run {
            id: v.codebuild_build_id,
            number: v.codebuild_build_number,
            started_at: v.codebuild_start_time,
            url: v.codebuild_public_build_url.or(run_url),
            attempt: None,
        },
        job: Job { id: v.codebuild_batch_build_identifier, ..Job::default() },
        git: Git {
            repository_url: v.codebuild_source_repo_url,
            branch: v.codebuild_webhook_head_ref.or_else(|| rest(&v.codebuild_webhook_trigger, "branch/")),
            target_branch: v.codebuild_webhook_base_ref,
            tag: rest(&v.codebuild_webhook_trigger, "tag/"),
            commit_sha: v.codebuild_resolved_source_version,
            ..Git::default()
        },
        pull_request: PullRequest {
            number: rest(&v.codebuild_webhook_trigger, "pr/")
                .or_else(|| rest(&v.codebuild_source_version, "pr/")),
            url: None,
        },
        trigger: v.codebuild_webhook_event,
        actor: v.codebuild_webhook_actor_account_id.or(v.codebuild_initiator),
        // 1 is good here.
        status: v.codebuild_build_succeeding.and_then(|found| {
            found.and_then(|flag| {
                Some(if flag.parse::<u8>().ok()? == 0 { "failed" } else { "success" }.to_owned())
            })
        }),
        workspace: v.codebuild_src_dir,
        ..Context::default()
    }
}
