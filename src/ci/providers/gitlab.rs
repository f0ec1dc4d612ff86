//! GitLab CI/CD: gitlab.com and self-managed.
//!
//! <https://docs.gitlab.com/ci/variables/predefined_variables/>

use super::{
    All, Context, Forge, LogDialect, NotSet, Provider, Release, Set, TempDir, Variables, Word, compose,
};

pub(super) const PROVIDER: Provider = Provider {
    forge: Some(Forge::GitLab),
    // The result in `after_script`; before that, `running`.
    result: &[Word("CI_JOB_STATUS")],
    result_hint: Some("call this in after_script, where GitLab sets CI_JOB_STATUS, or pass --status"),
    // <https://docs.gitlab.com/ci/jobs/job_artifacts/>
    artifact_url: Some("{job.url}/artifacts/file/{path}"),
    log: LogDialect::GitLab,
    // GitLab Runner's folder next to the checkout, which jobs of the project on this runner reuse.
    temp_dir: Some(TempDir { variable: "RUNNER_TEMP_PROJECT_DIR", is_emptied: false }),
    // Set by all executors but shell and ssh.
    discards_machine: &[Set("CI_DISPOSABLE_ENVIRONMENT")],
    keeps_machine: &[NotSet("CI_DISPOSABLE_ENVIRONMENT")],
    release: Some(release),
    ..Provider::new(
        "gitlab-ci",
        "GitLab CI",
        // `gitlab-runner exec`, which runs a job on a developer's machine, has no pipeline.
        &[All(&[Set("GITLAB_CI"), Set("CI_PIPELINE_ID")])],
        read,
    )
};

fn read(env: &Variables, context: &mut Context) {
    context.git.repository = env.get("CI_PROJECT_PATH");
    context.git.repository_url = env.get("CI_PROJECT_URL");
    // From `workflow:name`, usually not set.
    context.pipeline.name = env.get("CI_PIPELINE_NAME").or_else(|| context.git.repository.clone());
    context.pipeline.url = compose("{}/-/pipelines", &[&context.git.repository_url]);
    context.run.id = env.get("CI_PIPELINE_ID");
    // Counts the pipelines of the project.
    context.run.number = env.get("CI_PIPELINE_IID");
    context.run.url =
        env.get("CI_PIPELINE_URL").or_else(|| compose("{}/{}", &[&context.pipeline.url, &context.run.id]));
    context.run.started_at = env.get("CI_PIPELINE_CREATED_AT");
    // Changes each time a job is retried.
    context.job.id = env.get("CI_JOB_ID");
    context.job.started_at = env.get("CI_JOB_STARTED_AT");
    context.identity.server = env.first(&["CI_SERVER_URL", "CI_SERVER_HOST"]);
    // Ids that a new name does not change.
    context.identity.project = env.get("CI_PROJECT_ID");
    context.identity.owner = env.get("CI_PROJECT_NAMESPACE_ID");
    // With the suffix of `parallel` and `matrix`.
    context.job.name = env.get("CI_JOB_NAME");
    context.job.url = env.get("CI_JOB_URL");
    context.git.host = env.first(&[
        // With the port if it is not the default one.
        "CI_SERVER_FQDN",
        // Without it, for versions that lack the former.
        "CI_SERVER_HOST",
    ]);
    context.git.branch = env.first_branch(&[
        "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME",
        "CI_EXTERNAL_PULL_REQUEST_SOURCE_BRANCH_NAME",
        // A branch or a tag.
        "CI_COMMIT_REF_NAME",
        // Set for branches only.
        "CI_COMMIT_BRANCH",
    ]);
    context.git.target_branch = env.first_branch(&[
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME",
        "CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_NAME",
    ]);
    context.git.tag = env.get("CI_COMMIT_TAG");
    // The number in the project, while `CI_MERGE_REQUEST_ID` is unique on the server.
    context.pull_request.number = env.get("CI_MERGE_REQUEST_IID");
    context.pull_request.url = compose(
        "{}/-/merge_requests/{}",
        &[&env.get("CI_MERGE_REQUEST_PROJECT_URL"), &context.pull_request.number],
    );
    // A pull request on GitHub that GitLab builds.
    if context.pull_request.number.is_none() {
        context.pull_request.number = env.get("CI_EXTERNAL_PULL_REQUEST_IID");
        context.pull_request.url = compose(
            "https://github.com/{}/pull/{}",
            &[&env.get("CI_EXTERNAL_PULL_REQUEST_TARGET_REPOSITORY"), &context.pull_request.number],
        );
    }
    context.trigger = env.get("CI_PIPELINE_SOURCE");
    context.actor = env.get("GITLAB_USER_LOGIN");
    context.workspace = env.get("CI_PROJECT_DIR");
    // Set if the job builds a temporary merge commit, as merged-results and merge-train pipelines do.
    context.git.commit_sha = env.get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA");
    if context.git.commit_sha.is_none() {
        context.git.commit_sha = env.get("CI_COMMIT_SHA");
        context.git.commit_message = env.get("CI_COMMIT_MESSAGE");
        context.git.commit_author = env.get("CI_COMMIT_AUTHOR");
    }
}

fn release(env: &Variables) -> Release {
    let text = |name| env.get(name).map(|found| found.value);
    Release {
        tag: text("CI_COMMIT_TAG"),
        title: None,
        notes: text("CI_RELEASE_DESCRIPTION"),
        created_at: None,
    }
}
