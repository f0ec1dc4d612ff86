//! Bitbucket Pipelines of Bitbucket Cloud.
//!
//! <https://support.atlassian.com/bitbucket-cloud/docs/variables-and-secrets/>

use super::provider::Provider;
use super::url_template::{by_exit_code, compose};
use super::variables::{Values, variables};
use super::{Context, Forge, Git, Job, Pipeline, PullRequest, Run, Sourced};

pub(super) const PROVIDER: Provider = Provider {
    forge: Some(Forge::Bitbucket),
    ..Provider::new(
        "bitbucket-pipelines",
        "Bitbucket Pipelines",
        |environment| environment.marker(&["BITBUCKET_BUILD_NUMBER", "BITBUCKET_COMMIT"]),
        read,
    )
};

variables! {
    bitbucket_repo_full_name,
    bitbucket_git_http_origin,
    bitbucket_clone_dir,
    bitbucket_build_number,
    /// In braces.
    bitbucket_pipeline_uuid,
    bitbucket_step_uuid,
    /// Of a pull request the source; absent on tags.
    bitbucket_branch,
    bitbucket_tag,
    bitbucket_pr_id,
    bitbucket_pr_destination_branch,
    /// The head, also where the target is merged into the checkout.
    bitbucket_commit,
    bitbucket_step_triggerer_uuid,
    /// Only in `after-script`.
    bitbucket_exit_code,
}

fn read(values: &mut Values) -> Context {
    let v = Variables::take(values);
    let bare = |found: Sourced| found.map(|uuid| uuid.trim_matches(['{', '}']).to_owned());
    let step = v.bitbucket_step_uuid.map(bare);
    let url = compose(
        "https://bitbucket.org/{}/pipelines/results/{}",
        &[&v.bitbucket_repo_full_name, &v.bitbucket_build_number],
    );
    Context {
        pipeline: Pipeline {
            name: v.bitbucket_repo_full_name.clone(),
            url: compose("https://bitbucket.org/{}/pipelines", &[&v.bitbucket_repo_full_name]),
        },
        job: Job { url: compose("{}/steps/%7B{}%7D", &[&url, &step]), id: step, name: None },
        run: Run {
            id: v.bitbucket_pipeline_uuid.map(bare),
            number: v.bitbucket_build_number,
            url,
            ..Run::default()
        },
        git: Git {
            repository_url: v
                .bitbucket_git_http_origin
                .or_else(|| compose("https://bitbucket.org/{}", &[&v.bitbucket_repo_full_name])),
            repository: v.bitbucket_repo_full_name,
            branch: v.bitbucket_branch,
            target_branch: v.bitbucket_pr_destination_branch,
            tag: v.bitbucket_tag,
            commit_sha: v.bitbucket_commit,
            ..Git::default()
        },
        pull_request: PullRequest { number: v.bitbucket_pr_id, url: None },
        actor: v.bitbucket_step_triggerer_uuid.map(bare),
        status: by_exit_code(v.bitbucket_exit_code),
        workspace: v.bitbucket_clone_dir,
        ..Context::default()
    }
}
