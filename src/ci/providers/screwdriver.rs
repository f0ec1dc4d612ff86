//! Screwdriver.cd.
//!
//! <https://docs.screwdriver.cd/user-guide/environment-variables>

use super::provider::Provider;
use super::url_template::compose;
use super::variables::{Values, variables};
use super::{Context, Git, Job, Pipeline, PullRequest, Run};

pub(super) const PROVIDER: Provider =
    Provider::new("screwdriver", "Screwdriver", |environment| environment.marker(&["SCREWDRIVER"]), read);

variables! {
    sd_ui_url,
    /// `SD_BUILD_URL` is that of the API.
    sd_ui_build_url,
    sd_pipeline_id,
    /// `owner/name`.
    sd_pipeline_name,
    /// The run, which has a build for each job.
    sd_event_id,
    sd_build_id,
    sd_build_sha,
    sd_job_id,
    sd_job_name,
    sd_source_dir,
    sd_pull_request,
    scm_url,
    git_url,
    /// `origin/main`, in pull requests `origin/refs/pull/7/merge:pr`.
    git_branch,
    pr_branch_name,
    pr_base_branch_name,
}

fn read(values: &mut Values) -> Context {
    let v = Variables::take(values);
    let pipeline_url = compose("{}/pipelines/{}", &[&v.sd_ui_url, &v.sd_pipeline_id]);
    let url = v.sd_ui_build_url.or_else(|| compose("{}/builds/{}", &[&pipeline_url, &v.sd_build_id]));
    Context {
        pipeline: Pipeline { name: v.sd_pipeline_name.clone(), url: pipeline_url },
        run: Run { id: v.sd_event_id, number: v.sd_build_id, url: url.clone(), ..Run::default() },
        job: Job { id: v.sd_job_id, name: v.sd_job_name, url },
        git: Git {
            repository: v.sd_pipeline_name,
            repository_url: v.scm_url.or(v.git_url),
            branch: v.pr_branch_name.or(v.git_branch),
            target_branch: v.pr_base_branch_name,
            commit_sha: v.sd_build_sha,
            ..Git::default()
        },
        pull_request: PullRequest { number: v.sd_pull_request, url: None },
        workspace: v.sd_source_dir,
        ..Context::default()
    }
}
