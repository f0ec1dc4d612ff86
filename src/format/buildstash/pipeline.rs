//! `ci_pipeline` and `scm`: the run and the commit of a build.

use jiff::Timestamp;
use serde::Serialize;

use super::time::clock_duration;
use crate::ci::Context;
use crate::event::EventSource;

#[derive(Serialize)]
pub(super) struct CiPipeline<'a> {
    ci_pipeline_name: Option<&'a str>,
    ci_pipeline_url: Option<&'a str>,
    ci_run_id: Option<&'a str>,
    ci_run_url: Option<&'a str>,
    /// The build in the events of Bitrise's format.
    build_slug: &'a str,
    ci_build_duration: Option<String>,
}

impl<'a> CiPipeline<'a> {
    pub(super) fn new(source: &'a EventSource, time: Timestamp) -> Self {
        let EventSource { context, ids, started_at, .. } = source;
        Self {
            ci_pipeline_name: context.pipeline.name.as_deref(),
            ci_pipeline_url: context.pipeline.url.as_deref(),
            ci_run_id: context.run.reported_id(),
            ci_run_url: context.run.url.as_deref(),
            build_slug: &ids.build_slug,
            ci_build_duration: started_at.map(|start| clock_duration(start, time)),
        }
    }
}

#[derive(Serialize)]
pub(super) struct Scm<'a> {
    scm_host_type: Option<&'a str>,
    scm_host: Option<&'a str>,
    scm_repo_name: Option<&'a str>,
    scm_repo_url: Option<&'a str>,
    scm_branch: Option<&'a str>,
    scm_commit_sha: Option<&'a str>,
    scm_commit_sha_short: Option<&'a str>,
    scm_commit_url: Option<&'a str>,
}

impl<'a> Scm<'a> {
    pub(super) fn new(context: &'a Context) -> Self {
        let git = &context.git;
        let sha = git.commit_sha.as_deref();
        Self {
            scm_host_type: git.host_type.as_deref(),
            scm_host: git.host.as_deref(),
            scm_repo_name: git.repository.as_deref(),
            scm_repo_url: git.repository_url.as_deref(),
            scm_branch: git.branch.as_deref(),
            scm_commit_sha: sha,
            scm_commit_sha_short: sha.map(|sha| sha.get(..7).unwrap_or(sha)),
            scm_commit_url: git.commit_url.as_deref(),
        }
    }
}
