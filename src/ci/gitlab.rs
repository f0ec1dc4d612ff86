//! GitLab CI/CD: gitlab.com and GitLab on one's own machine.
//!
//! <https://docs.gitlab.com/ci/variables/predefined_variables/>

use serde::Deserialize;

use super::{Context, Found, Provider, combine, read_variables};
use crate::system::Environment;

pub(super) const PROVIDER: Provider = Provider {
    id: "gitlab-ci",
    name: "GitLab CI",
    detect: |environment| environment.is_set("GITLAB_CI").then_some("GITLAB_CI"),
    read,
};

#[derive(Deserialize, Default)]
#[serde(default)]
struct Variables {
    /// From `workflow:name`; usually absent.
    ci_pipeline_name: Option<Found>,
    /// Tells the pipeline from all others of the instance.
    ci_pipeline_id: Option<Found>,
    /// Counts the pipelines of the project.
    ci_pipeline_iid: Option<Found>,
    /// The pipeline's page.
    ci_pipeline_url: Option<Found>,
    /// When the pipeline was created, RFC 3339.
    ci_pipeline_created_at: Option<Found>,
    /// `push`, `merge_request_event`, `schedule`, `web`, `api`, …
    ci_pipeline_source: Option<Found>,
    /// A new one each time a job is retried.
    ci_job_id: Option<Found>,
    /// With the suffix of `parallel` and `matrix`.
    ci_job_name: Option<Found>,
    /// The job's page.
    ci_job_url: Option<Found>,
    /// `success`, `failed` or `canceled` in `after_script`, `running` before.
    ci_job_status: Option<Found>,
    /// `group/sub/name`.
    ci_project_path: Option<Found>,
    /// The repository's page.
    ci_project_url: Option<Found>,
    /// The folder of the checkout.
    ci_project_dir: Option<Found>,
    /// The host, with its port where that is not the usual one.
    ci_server_fqdn: Option<Found>,
    /// The host without a port, for versions that lack the former.
    ci_server_host: Option<Found>,
    /// The branch or tag; in merge request pipelines the source branch.
    ci_commit_ref_name: Option<Found>,
    /// Only in tag pipelines.
    ci_commit_tag: Option<Found>,
    /// In merged-results and merge-train pipelines a temporary merge.
    ci_commit_sha: Option<Found>,
    /// The whole message of `CI_COMMIT_SHA`.
    ci_commit_message: Option<Found>,
    /// `Name <address>` of `CI_COMMIT_SHA`.
    ci_commit_author: Option<Found>,
    /// The number people see; `CI_MERGE_REQUEST_ID` counts the whole instance.
    ci_merge_request_iid: Option<Found>,
    /// The project the merge request goes to.
    ci_merge_request_project_url: Option<Found>,
    /// The branch it comes from.
    ci_merge_request_source_branch_name: Option<Found>,
    /// The branch it goes to.
    ci_merge_request_target_branch_name: Option<Found>,
    /// The head, only where `CI_COMMIT_SHA` is a merge.
    ci_merge_request_source_branch_sha: Option<Found>,
    /// The number of a pull request on GitHub that GitLab builds.
    ci_external_pull_request_iid: Option<Found>,
    /// The branch it comes from.
    ci_external_pull_request_source_branch_name: Option<Found>,
    /// The branch it goes to.
    ci_external_pull_request_target_branch_name: Option<Found>,
    /// Who started the pipeline, or the manual job.
    gitlab_user_login: Option<Found>,
}

fn read(environment: &Environment) -> Context {
    let variables: Variables = read_variables(environment);
    let mut context = Context {
        trigger: trigger(&variables),
        actor: variables.gitlab_user_login,
        status: variables.ci_job_status,
        workspace: variables.ci_project_dir,
        ..Context::default()
    };

    context.pipeline.url = combine([&variables.ci_project_url], |[url]| format!("{url}/-/pipelines"));
    context.pipeline.name = variables.ci_pipeline_name.or_else(|| variables.ci_project_path.clone());
    context.run.url = variables.ci_pipeline_url.or_else(|| {
        combine([&variables.ci_project_url, &variables.ci_pipeline_id], |[url, id]| {
            format!("{url}/-/pipelines/{id}")
        })
    });
    context.run.id = variables.ci_pipeline_id;
    context.run.number = variables.ci_pipeline_iid;
    context.run.started_at = variables.ci_pipeline_created_at;
    context.job.id = variables.ci_job_id;
    context.job.name = variables.ci_job_name;
    context.job.url = variables.ci_job_url;

    context.pull_request.url =
        combine([&variables.ci_merge_request_project_url, &variables.ci_merge_request_iid], |[url, iid]| {
            format!("{url}/-/merge_requests/{iid}")
        });
    context.pull_request.number = variables.ci_merge_request_iid.or(variables.ci_external_pull_request_iid);

    let git = &mut context.git;
    git.host = variables.ci_server_fqdn.or(variables.ci_server_host);
    git.repository = variables.ci_project_path;
    git.repository_url = variables.ci_project_url;
    git.tag = variables.ci_commit_tag;
    git.branch = variables
        .ci_merge_request_source_branch_name
        .or(variables.ci_external_pull_request_source_branch_name)
        .or(variables.ci_commit_ref_name.filter(|_| git.tag.is_none()));
    git.target_branch = variables
        .ci_merge_request_target_branch_name
        .or(variables.ci_external_pull_request_target_branch_name);
    match variables.ci_merge_request_source_branch_sha {
        // The message and author in the environment are the temporary merge's, not the head's.
        Some(head) => git.commit_sha = Some(head),
        None => {
            git.commit_sha = variables.ci_commit_sha;
            git.commit_message = variables.ci_commit_message;
            git.commit_author = variables.ci_commit_author;
        }
    }
    context
}

fn trigger(variables: &Variables) -> Option<Found> {
    let is_tag = variables.ci_commit_tag.is_some();
    variables.ci_pipeline_source.clone()?.and_then(|source| {
        let trigger = match source {
            "push" if is_tag => "tag",
            "push" => "push",
            "merge_request_event" | "external_pull_request_event" => "pull_request",
            "schedule" => "schedule",
            "web" | "webide" | "chat" => "manual",
            "api" | "trigger" | "pipeline" => "api",
            _ => return None,
        };
        Some(trigger.to_owned())
    })
}
