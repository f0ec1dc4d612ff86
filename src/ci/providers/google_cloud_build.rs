//! Google Cloud Build.
//!
//! <https://docs.cloud.google.com/build/docs/configuring-builds/substitute-variable-values>
//!
//! All but the mark are substitutions, which are in the environment only with `automapSubstitutions: true`.

use super::provider::Provider;
use super::url_template::{compose, told};
use super::variables::{Values, variables};
use super::{Context, Git, Pipeline, PullRequest, Run};

pub(super) const PROVIDER: Provider = Provider::new(
    "google-cloud-build",
    "Google Cloud Build",
    |environment| environment.marker(&["BUILDER_OUTPUT"]),
    read,
);

variables! {
    project_id,
    location,
    trigger_name,
    build_id,
    repo_full_name,
    repo_name,
    branch_name,
    tag_name,
    commit_sha,
    revision_id,
    _pr_number,
    _head_branch,
    _base_branch,
}

fn read(values: &mut Values) -> Context {
    let v = Variables::take(values);
    let trigger = told("push", &v.branch_name).filter(|_| v.trigger_name.is_some());
    Context {
        pipeline: Pipeline {
            url: compose(
                "https://console.cloud.google.com/cloud-build/triggers?project={}",
                &[&v.project_id],
            ),
            name: v.trigger_name,
        },
        run: Run {
            url: compose(
                "https://console.cloud.google.com/cloud-build/builds;region={}/{}?project={}",
                &[&v.location, &v.build_id, &v.project_id],
            ),
            id: v.build_id,
            ..Run::default()
        },
        git: Git {
            repository: v.repo_full_name.or(v.repo_name),
            branch: v._head_branch.or(v.branch_name),
            target_branch: v._base_branch,
            tag: v.tag_name,
            commit_sha: v.commit_sha.or(v.revision_id),
            ..Git::default()
        },
        pull_request: PullRequest { number: v._pr_number, url: None },
        trigger,
        ..Context::default()
    }
}
