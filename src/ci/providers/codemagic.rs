//! Codemagic.
//!
//! <https://docs.codemagic.io/yaml-basic-configuration/environment-variables/>

use super::provider::Provider;
use super::url_template::{compose, is};
use super::variables::{Values, variables};
use super::{Context, Git, Pipeline, PullRequest, Run};

pub(super) const PROVIDER: Provider = Provider::new(
    "codemagic",
    "Codemagic",
    |environment| environment.marker(&["CM_BUILD_ID", "FCI_BUILD_ID"]),
    |values| {
        // Its name was Flutter CI once.
        if values.take("cm_build_id").is_none() {
            values.let_stand_in("fci_", "cm_");
        }
        read(values)
    },
);

variables! {
    cm_project_id,
    cm_workflow_name,
    cm_build_id,
    cm_build_dir,
    /// Counts the builds of the project, `BUILD_NUMBER` those of the workflow.
    project_build_number,
    build_number,
    cm_repo_slug,
    /// Of a pull request the source.
    cm_branch,
    cm_tag,
    cm_commit,
    /// Whether it is one.
    cm_pull_request,
    cm_pull_request_number,
    cm_pull_request_dest,
    // Only of builds by the Workflow Editor.
    cm_test_step_status,
    cm_build_step_status,
}

fn read(values: &mut Values) -> Context {
    let v = Variables::take(values);
    // When the tests fail the build is skipped.
    let status =
        if is(&v.cm_test_step_status, "failure") { v.cm_test_step_status } else { v.cm_build_step_status };
    Context {
        pipeline: Pipeline {
            name: v.cm_workflow_name,
            url: compose("https://codemagic.io/app/{}", &[&v.cm_project_id]),
        },
        run: Run {
            url: compose("https://codemagic.io/app/{}/build/{}", &[&v.cm_project_id, &v.cm_build_id]),
            id: v.cm_build_id,
            number: v.project_build_number.or(v.build_number),
            ..Run::default()
        },
        git: Git {
            repository: v.cm_repo_slug,
            branch: v.cm_branch,
            target_branch: v.cm_pull_request_dest,
            tag: v.cm_tag,
            commit_sha: v.cm_commit,
            ..Git::default()
        },
        pull_request: PullRequest {
            number: v.cm_pull_request_number.filter(|_| v.cm_pull_request.is_some()),
            url: None,
        },
        status,
        workspace: v.cm_build_dir,
        ..Context::default()
    }
}
