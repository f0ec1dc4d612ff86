//! GitLab CI/CD: gitlab.com and GitLab on one's own machine.
//!
//! <https://docs.gitlab.com/ci/variables/predefined_variables/>

use super::provider::Provider;
use super::url_template::compose;
use super::variables::{Values, variables};
use super::{Context, Forge, Git, Job, Pipeline, PullRequest, Run};

pub(super) const PROVIDER: Provider = Provider {
    forge: Some(Forge::GitLab),
    // <https://docs.gitlab.com/ci/jobs/job_artifacts/>
    artifact_url: Some(|context, path| {
        Some(format!("{}/artifacts/file/{path}", context.job.url.as_deref()?))
    }),
    ..Provider::new("gitlab-ci", "GitLab CI", |environment| environment.marker(&["GITLAB_CI"]), read)
};

variables! {
    /// From `workflow:name`; usually absent.
    ci_pipeline_name,
    ci_pipeline_id,
    /// Counts the pipelines of the project.
    ci_pipeline_iid,
    ci_pipeline_url,
    ci_pipeline_created_at,
    ci_pipeline_source,
    /// A new one each time a job is retried.
    ci_job_id,
    /// With the suffix of `parallel` and `matrix`.
    ci_job_name,
    ci_job_url,
    /// The result in `after_script`, `running` before.
    ci_job_status,
    ci_project_path,
    ci_project_url,
    ci_project_dir,
    /// The host, with its port where that is not the usual one.
    ci_server_fqdn,
    /// The host without a port, for versions that lack the former.
    ci_server_host,
    /// The branch or tag; in merge request pipelines the source branch.
    ci_commit_ref_name,
    ci_commit_tag,
    /// In merged-results and merge-train pipelines a temporary merge.
    ci_commit_sha,
    ci_commit_message,
    ci_commit_author,
    /// The number people see; `CI_MERGE_REQUEST_ID` counts the whole instance.
    ci_merge_request_iid,
    ci_merge_request_project_url,
    ci_merge_request_source_branch_name,
    ci_merge_request_target_branch_name,
    /// The head, only where `CI_COMMIT_SHA` is a merge.
    ci_merge_request_source_branch_sha,
    /// A pull request on GitHub that GitLab builds.
    ci_external_pull_request_iid,
    ci_external_pull_request_source_branch_name,
    ci_external_pull_request_target_branch_name,
    ci_external_pull_request_target_repository,
    gitlab_user_login,
}

fn read(values: &mut Values) -> Context {
    let v = Variables::take(values);
    let external = compose(
        "https://github.com/{}/pull/{}",
        &[&v.ci_external_pull_request_target_repository, &v.ci_external_pull_request_iid],
    );
    let mut context = Context {
        pipeline: Pipeline {
            url: compose("{}/-/pipelines", &[&v.ci_project_url]),
            name: v.ci_pipeline_name.or_else(|| v.ci_project_path.clone()),
        },
        run: Run {
            url: v
                .ci_pipeline_url
                .or_else(|| compose("{}/-/pipelines/{}", &[&v.ci_project_url, &v.ci_pipeline_id])),
            id: v.ci_pipeline_id,
            number: v.ci_pipeline_iid,
            started_at: v.ci_pipeline_created_at,
            attempt: None,
        },
        job: Job { id: v.ci_job_id, name: v.ci_job_name, url: v.ci_job_url },
        git: Git {
            host: v.ci_server_fqdn.or(v.ci_server_host),
            repository: v.ci_project_path,
            repository_url: v.ci_project_url,
            branch: v
                .ci_merge_request_source_branch_name
                .or(v.ci_external_pull_request_source_branch_name)
                .or(v.ci_commit_ref_name),
            target_branch: v
                .ci_merge_request_target_branch_name
                .or(v.ci_external_pull_request_target_branch_name),
            tag: v.ci_commit_tag,
            ..Git::default()
        },
        pull_request: PullRequest {
            url: compose(
                "{}/-/merge_requests/{}",
                &[&v.ci_merge_request_project_url, &v.ci_merge_request_iid],
            )
            .or(external),
            number: v.ci_merge_request_iid.or(v.ci_external_pull_request_iid),
        },
        trigger: v.ci_pipeline_source,
        actor: v.gitlab_user_login,
        status: v.ci_job_status,
        workspace: v.ci_project_dir,
        ..Context::default()
    };
    // Message and author in the environment are those of the temporary merge, if there is one.
    match v.ci_merge_request_source_branch_sha {
        Some(head) => context.git.commit_sha = Some(head),
        None => {
            context.git.commit_sha = v.ci_commit_sha;
            context.git.commit_message = v.ci_commit_message;
            context.git.commit_author = v.ci_commit_author;
        }
    }
    context
}
