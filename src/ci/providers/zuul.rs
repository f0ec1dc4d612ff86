//! Zuul, as far as jobs that were written for version 2 have its variables: since version 3 they are Ansible's.
//!
//! <https://zuul-ci.org/docs/zuul/latest/job-content.html>

use super::provider::Provider;
use super::variables::{Values, variables};
use super::{Context, Git, Pipeline, PullRequest, Run};

pub(super) const PROVIDER: Provider =
    Provider::new("zuul", "Zuul", |environment| environment.marker(&["ZUUL_UUID"]), read);

variables! {
    zuul_uuid,
    zuul_pipeline,
    zuul_project,
    /// Of a change the branch that it goes to.
    zuul_branch,
    zuul_ref,
    zuul_change,
    /// Of a push.
    zuul_newrev,
    zuul_commit,
}

fn read(values: &mut Values) -> Context {
    let v = Variables::take(values);
    let (branch, target_branch) = match v.zuul_change.is_some() {
        true => (None, v.zuul_branch),
        false => (v.zuul_branch.or(v.zuul_ref), None),
    };
    Context {
        pipeline: Pipeline { name: v.zuul_pipeline, url: None },
        run: Run { id: v.zuul_uuid, ..Run::default() },
        git: Git {
            repository: v.zuul_project,
            branch,
            target_branch,
            commit_sha: v.zuul_newrev.or(v.zuul_commit),
            ..Git::default()
        },
        pull_request: PullRequest { number: v.zuul_change, url: None },
        ..Context::default()
    }
}
