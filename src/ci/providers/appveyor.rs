//! AppVeyor: ci.appveyor.com and AppVeyor on one's own machine.
//!
//! <https://www.appveyor.com/docs/environment-variables/>

use super::provider::Provider;
use super::url_template::{author, before, compose, is, told};
use super::variables::{Values, variables};
use super::{Context, Forge, Git, Job, Pipeline, PullRequest, Run, Sourced};

pub(super) const PROVIDER: Provider = Provider {
    // <https://www.appveyor.com/docs/packaging-artifacts/>
    artifact_url: Some(|context, path| {
        let server = before(&context.job.url, "/project/")?;
        Some(format!("{}/api/buildjobs/{}/artifacts/{path}", server.value, context.job.id.as_deref()?))
    }),
    ..Provider::new("appveyor", "AppVeyor", |environment| environment.marker(&["APPVEYOR"]), read)
};

variables! {
    /// Only on servers of one's own.
    appveyor_url,
    appveyor_account_name,
    appveyor_project_name,
    appveyor_project_slug,
    appveyor_build_id,
    appveyor_build_number,
    appveyor_build_folder,
    appveyor_job_id,
    appveyor_job_name,
    /// `github`, `bitbucket`, `gitlab`, …
    appveyor_repo_provider,
    /// `git` or `mercurial`.
    appveyor_repo_scm,
    appveyor_repo_name,
    /// The target in pull requests.
    appveyor_repo_branch,
    /// Whether it is a tag, which the branch then is too.
    appveyor_repo_tag,
    appveyor_repo_tag_name,
    appveyor_repo_commit,
    /// The first line.
    appveyor_repo_commit_message,
    appveyor_repo_commit_message_extended,
    appveyor_repo_commit_author,
    appveyor_repo_commit_author_email,
    appveyor_pull_request_number,
    appveyor_pull_request_head_repo_branch,
    appveyor_pull_request_head_commit,
    appveyor_scheduled_build,
    /// Started by hand or by the API.
    appveyor_forced_build,
}

fn read(values: &mut Values) -> Context {
    let v = Variables::take(values);
    let server = v.appveyor_url.or_else(|| told("https://ci.appveyor.com", &v.appveyor_account_name));
    let pipeline_url =
        compose("{}/project/{}/{}", &[&server, &v.appveyor_account_name, &v.appveyor_project_slug]);
    let run_url = compose("{}/builds/{}", &[&pipeline_url, &v.appveyor_build_id]);
    let forge = v.appveyor_repo_provider.as_deref().and_then(Forge::named);
    let page = |name: Sourced| name.and_then(|name| forge?.page(name));
    let message = &v.appveyor_repo_commit_message;
    let is_pull_request = v.appveyor_pull_request_number.is_some();
    let (branch, target_branch) = match is_pull_request {
        true => (v.appveyor_pull_request_head_repo_branch, v.appveyor_repo_branch),
        false => (v.appveyor_repo_branch, None),
    };
    Context {
        job: Job {
            url: compose("{}/job/{}", &[&run_url, &v.appveyor_job_id]),
            id: v.appveyor_job_id,
            name: v.appveyor_job_name,
        },
        pipeline: Pipeline {
            name: v.appveyor_project_name.or_else(|| v.appveyor_repo_name.clone()),
            url: pipeline_url,
        },
        run: Run { id: v.appveyor_build_id, number: v.appveyor_build_number, url: run_url, ..Run::default() },
        git: Git {
            forge,
            host_type: told("hg", &v.appveyor_repo_scm).filter(|_| is(&v.appveyor_repo_scm, "mercurial")),
            repository_url: v.appveyor_repo_name.clone().and_then(page),
            repository: v.appveyor_repo_name,
            branch,
            target_branch,
            tag: v.appveyor_repo_tag_name.filter(|_| v.appveyor_repo_tag.is_some()),
            commit_message: compose("{}\n{}", &[message, &v.appveyor_repo_commit_message_extended])
                .or_else(|| message.clone())
                .filter(|_| !is_pull_request),
            commit_author: author(v.appveyor_repo_commit_author, v.appveyor_repo_commit_author_email)
                .filter(|_| !is_pull_request),
            commit_sha: v.appveyor_pull_request_head_commit.or(v.appveyor_repo_commit.clone()),
            ..Git::default()
        },
        pull_request: PullRequest { number: v.appveyor_pull_request_number, url: None },
        trigger: told("schedule", &v.appveyor_scheduled_build)
            .or_else(|| told("manual", &v.appveyor_forced_build))
            .or_else(|| told("push", &v.appveyor_repo_commit)),
        workspace: v.appveyor_build_folder,
        ..Context::default()
    }
}
