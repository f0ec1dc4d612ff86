//! CircleCI: circleci.com and CircleCI Server.
//!
//! <https://circleci.com/docs/reference/variables/>

use super::provider::Provider;
use super::url_template::compose;
use super::variables::{Values, variables};
use super::{Context, Git, Job, Pipeline, PullRequest, Run, Sourced};

pub(super) const PROVIDER: Provider =
    Provider::new("circleci", "CircleCI", |environment| environment.marker(&["CIRCLECI"]), read);

variables! {
    /// A new one for each rerun. The workflow's name and the pipeline's number are only there if they are passed.
    circle_workflow_id,
    /// Counts jobs, not runs.
    circle_build_num,
    /// `https://circleci.com/gh/owner/name/123`
    circle_build_url,
    circle_job,
    circle_project_username,
    circle_project_reponame,
    /// Not set for projects of the GitHub App and of GitLab.
    circle_repository_url,
    /// The source branch, `pull/7` in pull requests from forks.
    circle_branch,
    circle_tag,
    circle_sha1,
    /// Addresses; the branch may have several pull requests, of which the first is one at random.
    circle_pull_request,
    ci_pull_request,
    /// Only for forks.
    circle_pr_number,
    circle_username,
    /// As it stands in the configuration: `~/project`.
    circle_working_directory,
}

fn read(values: &mut Values) -> Context {
    let v = Variables::take(values);
    let address = v.circle_pull_request.or(v.ci_pull_request);
    let (server, project) = addresses(&v.circle_build_url);
    Context {
        pipeline: Pipeline {
            name: v.circle_project_reponame.clone(),
            url: compose("{}/pipelines/{}", &[&server, &project]),
        },
        run: Run {
            url: compose("{}/pipelines/workflows/{}", &[&server, &v.circle_workflow_id]),
            id: v.circle_workflow_id,
            number: v.circle_build_num.clone(),
            ..Run::default()
        },
        job: Job { id: v.circle_build_num, name: v.circle_job, url: v.circle_build_url },
        git: Git {
            repository: compose("{}/{}", &[&v.circle_project_username, &v.circle_project_reponame]),
            repository_url: v.circle_repository_url,
            branch: v.circle_branch,
            tag: v.circle_tag,
            commit_sha: v.circle_sha1,
            ..Git::default()
        },
        pull_request: PullRequest { number: v.circle_pr_number.or(address.clone()), url: address },
        actor: v.circle_username,
        workspace: v.circle_working_directory,
        ..Context::default()
    }
}

/// The server that shows pipelines, and the project's path on it, from `https://circleci.com/gh/owner/name/123`.
fn addresses(build: &Option<Sourced>) -> (Option<Sourced>, Option<Sourced>) {
    let part = |pick: fn(&str, &str) -> Option<String>| {
        build.clone()?.and_then(|address| {
            let (host, path) = address.strip_prefix("https://")?.split_once('/')?;
            pick(host, path)
        })
    };
    let server = part(|host, _| {
        let host = if host == "circleci.com" { "app.circleci.com" } else { host };
        Some(format!("https://{host}"))
    });
    let project = part(|_, path| {
        let mut parts = path.split('/');
        let host = match parts.next()? {
            "gh" => "github",
            "bb" => "bitbucket",
            _ => return None,
        };
        Some(format!("{host}/{}/{}", parts.next()?, parts.next()?))
    });
    (server, project)
}
