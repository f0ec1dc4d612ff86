//! Drone.
//!
//! <https://docs.drone.io/pipeline/environment/reference/>

use super::provider::Provider;
use super::url_template::{author, compose};
use super::variables::{Values, variables};
use super::{Context, Git, Job, Pipeline, PullRequest, Run, Sourced};

pub(super) const PROVIDER: Provider = Provider::new(
    "drone",
    "Drone",
    |environment| environment.marker(&["DRONE"]),
    |values| {
        let mut context = read(values);
        let step = compose("{}/{}", &[&values.take("drone_stage_number"), &values.take("drone_step_number")]);
        context.job = Job {
            url: compose("{}/{}", &[&context.run.url, &step]),
            id: step,
            name: values.take("drone_step_name"),
        };
        context
    },
);

variables! {
    drone_system_proto,
    drone_system_host,
    drone_repo,
    drone_repo_link,
    drone_git_http_url,
    drone_remote_url,
    drone_build_number,
    drone_build_link,
    /// Seconds.
    drone_build_started,
    drone_build_event,
    /// `@hook`, `@cron` or a login.
    drone_build_trigger,
    /// The result so far.
    drone_build_status,
    /// The target in pull requests.
    drone_branch,
    /// Of pushes the branch, too.
    drone_source_branch,
    drone_target_branch,
    drone_tag,
    drone_pull_request,
    drone_commit_sha,
    drone_commit_message,
    /// A login.
    drone_commit_author,
    drone_commit_author_name,
    drone_commit_author_email,
    drone_workspace,
}

/// What Drone and Harness, which came from it, have in common.
pub(super) fn read(values: &mut Values) -> Context {
    let v = Variables::take(values);
    let is_person = |found: &Sourced| !found.value.starts_with('@');
    Context {
        pipeline: Pipeline {
            name: v.drone_repo.clone(),
            url: compose("{}://{}/{}", &[&v.drone_system_proto, &v.drone_system_host, &v.drone_repo]),
        },
        run: Run {
            id: v.drone_build_number.clone(),
            number: v.drone_build_number,
            url: v.drone_build_link,
            started_at: v.drone_build_started,
            attempt: None,
        },
        git: Git {
            repository: v.drone_repo,
            repository_url: v.drone_repo_link.or(v.drone_git_http_url).or(v.drone_remote_url),
            branch: v.drone_source_branch.filter(|_| v.drone_pull_request.is_some()).or(v.drone_branch),
            target_branch: v.drone_target_branch,
            tag: v.drone_tag,
            commit_sha: v.drone_commit_sha,
            commit_message: v.drone_commit_message,
            commit_author: author(v.drone_commit_author_name, v.drone_commit_author_email),
            ..Git::default()
        },
        pull_request: PullRequest { number: v.drone_pull_request, url: None },
        // A `custom` event is a build that somebody asked for.
        trigger: v
            .drone_build_event
            .map(|found| found.map(|event| if event == "custom" { "manual" } else { event }.to_owned())),
        actor: v.drone_build_trigger.filter(is_person).or(v.drone_commit_author),
        status: v.drone_build_status,
        workspace: v.drone_workspace,
        ..Context::default()
    }
}
