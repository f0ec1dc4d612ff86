//! Azure Pipelines: Azure DevOps Services and Server, classic releases included.
//!
//! <https://learn.microsoft.com/azure/devops/pipelines/build/variables>

use super::provider::Provider;
use super::url_template::{compose, is};
use super::variables::{Values, variables};
use super::{Context, Forge, Git, Job, Pipeline, PullRequest, Run, Sourced};

pub(super) const PROVIDER: Provider =
    Provider::new("azure-devops", "Azure DevOps", |environment| environment.marker(&["TF_BUILD"]), read);

variables! {
    system_teamfoundationcollectionuri,
    system_teamfoundationserveruri,
    system_teamproject,
    system_teamprojectid,
    system_definitionid,
    system_pipelinestarttime,
    system_jobid,
    system_jobattempt,
    system_jobdisplayname,
    system_jobname,
    agent_jobname,
    system_taskinstanceid,
    /// The result of the job so far, in steps with `condition: always()`.
    agent_jobstatus,
    build_definitionname,
    /// An integer; `BUILD_BUILDNUMBER` is any text.
    build_buildid,
    build_reason,
    /// `refs/heads/x`, `refs/tags/v1`, `refs/pull/7/merge`; `BUILD_SOURCEBRANCHNAME` is cut at the last slash.
    build_sourcebranch,
    /// In pull requests a merge.
    build_sourceversion,
    build_sourceversionmessage,
    build_sourcesdirectory,
    /// The name of a person, or of the service for pushes and schedules.
    build_requestedfor,
    build_queuedby,
    /// `TfsGit`, `TfsVersionControl`, `Svn`, `GitHub`, …
    build_repository_provider,
    build_repository_uri,
    /// `owner/name` on GitHub and Bitbucket, the bare name in Azure Repos.
    build_repository_name,
    /// What people see on GitHub; there the id is an internal one.
    system_pullrequest_pullrequestnumber,
    system_pullrequest_pullrequestid,
    system_pullrequest_sourcebranch,
    system_pullrequest_targetbranch,
    system_pullrequest_sourcecommitid,
    // Classic releases, which have the variables of the build of their first artifact too.
    release_definitionname,
    release_releaseid,
    release_releaseweburl,
    release_attemptnumber,
    release_reason,
    release_requestedfor,
}

fn read(values: &mut Values) -> Context {
    let v = Variables::take(values);
    let host = v.system_teamfoundationserveruri.or(v.system_teamfoundationcollectionuri.clone());
    let build_url =
        compose("{}/{}/_build/results?buildId={}", &[&host, &v.system_teamprojectid, &v.build_buildid]);
    let pipeline_url = compose(
        "{}/{%}/_build?definitionId={}",
        &[&v.system_teamfoundationcollectionuri, &v.system_teamproject, &v.system_definitionid],
    );
    let repository = match is(&v.build_repository_provider, "TfsGit") {
        true => compose("{}/{}", &[&v.system_teamproject, &v.build_repository_name]),
        false => v.build_repository_name,
    };
    let mut context = Context {
        pipeline: Pipeline { name: v.build_definitionname, url: pipeline_url },
        run: Run {
            id: v.build_buildid.clone(),
            number: v.build_buildid,
            attempt: v.system_jobattempt,
            started_at: v.system_pipelinestarttime,
            url: build_url,
        },
        job: Job {
            name: v.system_jobdisplayname.or(v.system_jobname).or(v.agent_jobname),
            url: None,
            id: v.system_jobid,
        },
        git: Git {
            forge: v.build_repository_provider.as_deref().and_then(Forge::named),
            host_type: version_control(&v.build_repository_provider),
            repository,
            repository_url: v.build_repository_uri,
            branch: v.system_pullrequest_sourcebranch.or(v.build_sourcebranch),
            target_branch: v.system_pullrequest_targetbranch,
            // In pull requests the message is the merge's.
            commit_message: v
                .build_sourceversionmessage
                .filter(|_| v.system_pullrequest_sourcecommitid.is_none()),
            commit_sha: v.system_pullrequest_sourcecommitid.or(v.build_sourceversion),
            ..Git::default()
        },
        pull_request: PullRequest {
            number: v.system_pullrequest_pullrequestnumber.or(v.system_pullrequest_pullrequestid),
            url: None,
        },
        trigger: v.build_reason,
        actor: v.build_requestedfor.or(v.build_queuedby),
        status: v.agent_jobstatus,
        workspace: v.build_sourcesdirectory,
        ..Context::default()
    };
    if v.release_releaseid.is_some() {
        context.pipeline = Pipeline { name: v.release_definitionname, url: None };
        context.run = Run {
            id: v.release_releaseid.clone(),
            number: v.release_releaseid,
            attempt: v.release_attemptnumber,
            url: v.release_releaseweburl,
            started_at: None,
        };
        context.trigger = v.release_reason.or(context.trigger);
        context.actor = v.release_requestedfor.or(context.actor);
    } else {
        context.job.url =
            compose("{}&view=logs&j={}&t={}", &[&context.run.url, &context.job.id, &v.system_taskinstanceid]);
    }
    context
}

/// Only what is not git must be told.
fn version_control(provider: &Option<Sourced>) -> Option<Sourced> {
    provider.clone()?.and_then(|provider| match provider {
        "Svn" => Some("svn".to_owned()),
        "TfsVersionControl" => Some("tfvc".to_owned()),
        _ => None,
    })
}
