//! GitHub Actions: github.com, `*.ghe.com` and GitHub Enterprise Server.
//!
//! <https://docs.github.com/en/actions/reference/workflows-and-actions/variables>

use super::provider::Provider;
use super::url_template::compose;
use super::variables::{Values, variables};
use super::{Context, Forge, Git, Job, Pipeline, Run, Sourced, github_event};

pub(super) const PROVIDER: Provider = Provider {
    forge: Some(Forge::GitHub),
    ..Provider::new(
        "ghactions",
        "GitHub Actions",
        |environment| environment.marker(&["GITHUB_ACTIONS"]),
        read,
    )
};

variables! {
    /// The workflow's name, or its file when it has none.
    github_workflow,
    /// Stays the same when the run is started again.
    github_run_id,
    /// Counts the runs of the workflow.
    github_run_number,
    /// Counts the starts of the run, from 1.
    github_run_attempt,
    /// The job's key in the workflow file, the same for all legs of a matrix.
    github_job,
    /// `GUID.JOBKEY.MATRIXVALUES` on newer runners: tells the legs of a matrix apart.
    actions_orchestration_id,
    github_server_url,
    /// `owner/name`.
    github_repository,
    /// `refs/heads/main`, `refs/tags/v1`, `refs/pull/7/merge`.
    github_ref,
    /// The branch a pull request comes from; blank otherwise.
    github_head_ref,
    /// The branch a pull request goes to; blank otherwise.
    github_base_ref,
    /// For a pull request the merge commit of `refs/pull/N/merge`; the event's file has the head.
    github_sha,
    /// Who started this attempt.
    github_triggering_actor,
    /// Who caused the first attempt.
    github_actor,
    github_event_name,
    /// A file with the event's JSON. It may be missing or unreadable.
    github_event_path,
    github_workspace,
}

fn read(values: &mut Values) -> Context {
    let mut context = read_alike(values);
    let Context { pipeline, run, job, git, .. } = &mut context;
    let workflow = values.take("github_workflow_ref").and_then(|found| {
        // `OWNER/REPO/.github/workflows/FILE@REF`: the caller's, when it is called by another.
        let repository = git.repository.as_ref()?.value.as_str();
        found.and_then(|workflow| {
            let path = workflow.split('@').next()?.strip_prefix(repository)?;
            path.strip_prefix("/.github/workflows/").map(str::to_owned)
        })
    });
    pipeline.url = compose("{}/actions/workflows/{}", &[&git.repository_url, &workflow]);
    run.url = compose("{}/actions/runs/{}", &[&git.repository_url, &run.id]);
    // The job's numeric id is only there where a workflow passes `${{ job.check_run_id }}` under this name.
    if let Some(id) = values.take("job_check_run_id") {
        job.id = Some(id);
        job.url = compose("{}/job/{}", &[&run.url, &job.id]);
    }
    context
}

/// What GitHub Actions and those that imitate it have in common: all but the addresses of pages.
pub(super) fn read_alike(values: &mut Values) -> Context {
    let v = Variables::take(values);
    let reference = v.github_ref;
    let mut context = Context {
        pipeline: Pipeline { name: v.github_workflow, url: None },
        run: Run {
            id: v.github_run_id,
            number: v.github_run_number,
            attempt: v.github_run_attempt,
            ..Run::default()
        },
        job: Job { id: v.actions_orchestration_id, name: v.github_job, url: None },
        git: Git {
            repository_url: compose("{}/{}", &[&v.github_server_url, &v.github_repository]),
            repository: v.github_repository,
            branch: reference,
            commit_sha: v.github_sha,
            ..Git::default()
        },
        trigger: v.github_event_name,
        actor: v.github_triggering_actor.or(v.github_actor),
        workspace: v.github_workspace,
        ..Context::default()
    };
    if let Some(branch) = v.github_head_ref {
        // The reference of a pull request has its number, should the event's file be missing.
        context.pull_request.number = context.git.branch.take().and_then(number_of);
        context.git.branch = Some(branch);
    }
    context.git.target_branch = v.github_base_ref;
    if let Some(path) = v.github_event_path {
        github_event::refine(&mut context, &path.value);
    }
    context
}

fn number_of(reference: Sourced) -> Option<Sourced> {
    reference.and_then(|name| name.strip_prefix("refs/pull/")?.split('/').next().map(str::to_owned))
}
