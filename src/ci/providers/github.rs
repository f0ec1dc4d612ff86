//! GitHub Actions: github.com, `*.ghe.com` and GitHub Enterprise Server.
//!
//! <https://docs.github.com/en/actions/reference/workflows-and-actions/variables>

use super::{
    Context, Forge, Is, LogDialect, Provider, Reference, Set, TempDir, Variables, compose, github_event,
};

pub(super) const PROVIDER: Provider =
    Provider { aliases: &["gha"], read, forge: Some(Forge::GitHub), ..LIKE_GITHUB };

/// GitHub Actions, as far as others imitate it.
pub(super) const LIKE_GITHUB: Provider = Provider {
    result_hint: Some("pass --status ${{ job.status }} in a step with `if: always()`"),
    log: LogDialect::GitHub,
    // Emptied before and after each job, on machines of one's own too.
    temp_dir: Some(TempDir { variable: "RUNNER_TEMP", is_emptied: true }),
    discards_machine: &[Is("RUNNER_ENVIRONMENT", "github-hosted")],
    keeps_machine: &[Is("RUNNER_ENVIRONMENT", "self-hosted")],
    release: Some(github_event::release),
    ..Provider::new("ghactions", "GitHub Actions", &[Set("GITHUB_ACTIONS")], read_shared)
};

fn read(env: &Variables, context: &mut Context) {
    read_shared(env, context);
    let Context { pipeline, run, job, git, .. } = context;
    // `OWNER/REPO/.github/workflows/FILE@REF`; in a reusable workflow, that of the caller.
    let workflow = env.get("GITHUB_WORKFLOW_REF").and_then(|workflow| {
        workflow.and_then(|workflow| {
            let path = workflow.split('@').next()?.strip_prefix(git.repository.as_deref()?)?;
            path.strip_prefix("/.github/workflows/").map(str::to_owned)
        })
    });
    pipeline.url = compose("{}/actions/workflows/{}", &[&git.repository_url, &workflow]);
    run.url = compose("{}/actions/runs/{}", &[&git.repository_url, &run.id]);
    // The job's numeric id, set only if the workflow passes `${{ job.check_run_id }}` under this name. The ids are made from the
    // others, which every step has.
    if let Some(id) = env.get("JOB_CHECK_RUN_ID") {
        job.id = Some(id);
        job.url = compose("{}/job/{}", &[&run.url, &job.id]);
    }
}

/// Reads everything that GitHub Actions and its imitations have in common: all but the URLs of pages.
pub(super) fn read_shared(env: &Variables, context: &mut Context) {
    // The workflow's name, or its file if it has none.
    context.pipeline.name = env.get("GITHUB_WORKFLOW");
    // The same for every attempt.
    context.run.id = env.get("GITHUB_RUN_ID");
    // Counts the runs of the workflow.
    context.run.number = env.get("GITHUB_RUN_NUMBER");
    // Starts at 1.
    context.run.attempt = env.get("GITHUB_RUN_ATTEMPT");
    // `GUID.JOBKEY.MATRIXVALUES` on newer runners: different for each matrix job.
    context.job.id = env.get("ACTIONS_ORCHESTRATION_ID");
    // The job's key in the workflow file, the same for all jobs of a matrix.
    context.job.name = env.get("GITHUB_JOB");
    // `owner/name`
    context.git.repository = env.get("GITHUB_REPOSITORY");
    context.git.repository_url = compose("{}/{}", &[&env.get("GITHUB_SERVER_URL"), &context.git.repository]);
    context.identity.job = context.job.id.clone().or_else(|| context.job.name.clone());
    // Ids that a new name does not change.
    context.identity.server = env.get("GITHUB_SERVER_URL");
    context.identity.project = env.get("GITHUB_REPOSITORY_ID");
    context.identity.owner = env.get("GITHUB_REPOSITORY_OWNER_ID");
    // `refs/heads/main`, `refs/tags/v1` or `refs/pull/7/merge`.
    let reference = env.get("GITHUB_REF");
    // The reference has the number of the pull request in case the event file is missing.
    context.pull_request.number =
        reference.clone().and_then(|name| name.and_then(|name| Reference::parse(name).pull_request()));
    // The first is the branch that a pull request comes from; otherwise blank.
    context.git.branch = env.branch("GITHUB_HEAD_REF").or(reference);
    // The branch that a pull request goes to; otherwise blank.
    context.git.target_branch = env.branch("GITHUB_BASE_REF");
    // Depends on the event.
    context.git.commit_sha = env.get("GITHUB_SHA");
    context.trigger = env.get("GITHUB_EVENT_NAME");
    context.actor = env.first(&[
        // Whoever started this attempt.
        "GITHUB_TRIGGERING_ACTOR",
        // Whoever started the first one.
        "GITHUB_ACTOR",
    ]);
    context.workspace = env.get("GITHUB_WORKSPACE");
    github_event::refine(env, context);
}
