//! Buildkite.
//!
//! <https://buildkite.com/docs/pipelines/configure/environment-variables>

use super::provider::Provider;
use super::url_template::{author, by_exit_code, compose, told};
use super::variables::{Values, variables};
use super::{Context, Forge, Git, Job, Pipeline, PullRequest, Run};

pub(super) const PROVIDER: Provider =
    Provider::new("buildkite", "Buildkite", |environment| environment.marker(&["BUILDKITE"]), read);

variables! {
    buildkite_organization_slug,
    buildkite_pipeline_name,
    buildkite_pipeline_slug,
    buildkite_pipeline_provider,
    buildkite_build_id,
    buildkite_build_number,
    buildkite_build_url,
    buildkite_build_checkout_path,
    buildkite_job_id,
    buildkite_label,
    buildkite_step_key,
    /// Often in ssh style.
    buildkite_repo,
    /// Of a pull request the source, `user:branch` from forks; of a tag its name.
    buildkite_branch,
    buildkite_tag,
    /// The word `HEAD` until it is resolved.
    buildkite_commit,
    buildkite_message,
    buildkite_build_author,
    buildkite_build_author_email,
    buildkite_build_creator,
    /// A number, or `false`.
    buildkite_pull_request,
    buildkite_pull_request_base_branch,
    /// `webhook`, `api`, `ui`, `trigger_job` or `schedule`.
    buildkite_source,
    // Only in hooks behind the command.
    buildkite_command_exit_status,
    buildkite_job_cancelled,
}

fn read(values: &mut Values) -> Context {
    let v = Variables::take(values);
    Context {
        pipeline: Pipeline {
            name: v.buildkite_pipeline_name,
            url: compose(
                "https://buildkite.com/{}/{}",
                &[&v.buildkite_organization_slug, &v.buildkite_pipeline_slug],
            ),
        },
        job: Job {
            url: compose("{}#{}", &[&v.buildkite_build_url, &v.buildkite_job_id]),
            id: v.buildkite_job_id,
            name: v.buildkite_label.or(v.buildkite_step_key),
        },
        run: Run {
            id: v.buildkite_build_id,
            number: v.buildkite_build_number,
            url: v.buildkite_build_url,
            ..Run::default()
        },
        git: Git {
            forge: v.buildkite_pipeline_provider.as_deref().and_then(Forge::named),
            repository_url: v.buildkite_repo,
            branch: v.buildkite_branch,
            target_branch: v.buildkite_pull_request_base_branch,
            tag: v.buildkite_tag,
            commit_sha: v.buildkite_commit,
            commit_message: v.buildkite_message,
            commit_author: author(v.buildkite_build_author, v.buildkite_build_author_email),
            ..Git::default()
        },
        pull_request: PullRequest { number: v.buildkite_pull_request, url: None },
        trigger: v.buildkite_source,
        actor: v.buildkite_build_creator,
        status: told("aborted", &v.buildkite_job_cancelled)
            .or_else(|| by_exit_code(v.buildkite_command_exit_status)),
        workspace: v.buildkite_build_checkout_path,
        ..Context::default()
    }
}
