//! Vela, which builds repositories of GitHub.
//!
//! <https://go-vela.github.io/docs/reference/environment/variables/>

use super::provider::Provider;
use super::url_template::author;
use super::variables::{Values, variables};
use super::{Context, Forge, Git, Job, Pipeline, PullRequest, Run};

pub(super) const PROVIDER: Provider = Provider {
    forge: Some(Forge::GitHub),
    ..Provider::new("vela", "Vela", |environment| environment.marker(&["VELA"]), read)
};

variables! {
    vela_repo_full_name,
    vela_repo_link,
    vela_build_number,
    vela_build_link,
    /// Seconds.
    vela_build_started,
    vela_build_event,
    vela_build_sender,
    /// The result so far.
    vela_build_status,
    vela_build_workspace,
    vela_step_name,
    vela_step_number,
    /// The target in pull requests.
    vela_build_branch,
    vela_build_tag,
    vela_build_commit,
    vela_build_message,
    vela_build_author,
    vela_build_author_email,
    vela_build_pull_request,
    vela_pull_request_source,
    vela_pull_request_target,
}

fn read(values: &mut Values) -> Context {
    let v = Variables::take(values);
    let last = |url: &str| url.rsplit_once('/').map(|(front, _)| front.to_owned());
    Context {
        pipeline: Pipeline {
            name: v.vela_repo_full_name.clone(),
            url: v.vela_build_link.clone().and_then(|found| found.and_then(last)),
        },
        run: Run {
            id: v.vela_build_number.clone(),
            number: v.vela_build_number,
            url: v.vela_build_link,
            started_at: v.vela_build_started,
            attempt: None,
        },
        job: Job { id: v.vela_step_number, name: v.vela_step_name, url: None },
        git: Git {
            repository: v.vela_repo_full_name,
            repository_url: v.vela_repo_link,
            branch: v.vela_pull_request_source.or(v.vela_build_branch),
            target_branch: v.vela_pull_request_target,
            tag: v.vela_build_tag,
            commit_sha: v.vela_build_commit,
            commit_message: v.vela_build_message,
            commit_author: author(v.vela_build_author, v.vela_build_author_email),
            ..Git::default()
        },
        pull_request: PullRequest { number: v.vela_build_pull_request, url: None },
        trigger: v.vela_build_event,
        actor: v.vela_build_sender,
        status: v.vela_build_status,
        workspace: v.vela_build_workspace,
        ..Context::default()
    }
}
