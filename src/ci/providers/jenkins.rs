//! Jenkins and CloudBees CI: multibranch pipelines and classic jobs.
//!
//! <https://www.jenkins.io/doc/book/pipeline/jenkinsfile/#using-environment-variables>

use percent_encoding::percent_decode_str;

use super::provider::Provider;
use super::url_template::compose;
use super::variables::{Values, variables};
use super::{Context, Git, Job, Pipeline, PullRequest, Run};
use crate::system::Environment;

pub(super) const PROVIDER: Provider = Provider {
    // <https://www.jenkins.io/doc/pipeline/steps/core/#archiveartifacts-archive-the-artifacts>
    artifact_url: Some(|context, path| {
        Some(format!("{}/artifact/{path}", context.run.url.as_deref()?.trim_end_matches('/')))
    }),
    ..Provider::new("jenkins", "Jenkins", detect, read)
};

/// `JENKINS_URL` is missing where the administrator never set the root URL.
fn detect(environment: &Environment) -> Option<&'static str> {
    let is_build = environment.get("BUILD_TAG").is_some_and(|tag| tag.starts_with("jenkins-"));
    let by_home = || environment.marker(&["JENKINS_HOME", "HUDSON_HOME"]).filter(|_| is_build);
    environment.marker(&["JENKINS_URL", "HUDSON_URL"]).or_else(by_home)
}

variables! {
    /// `folder/name`, `folder/name/branch` in multibranch, `name/AXIS=value` in matrix jobs.
    job_name,
    job_url,
    build_number,
    /// `jenkins-JOB-NUMBER`, with dashes for slashes: tells the build from all others of the server.
    build_tag,
    /// Absent without a root URL.
    build_url,
    stage_name,
    /// Multibranch: the bare branch, `PR-7` for pull requests, the tag's name for tags.
    branch_name,
    tag_name,
    /// Multibranch: the pull request's number.
    change_id,
    change_branch,
    change_target,
    change_url,
    /// The login of its author.
    change_author,
    /// Git plugin: `origin/main`, `origin/tags/v1`, `detached` or a bare name.
    git_branch,
    git_commit,
    /// The first remote, often in ssh style or with credentials.
    git_url,
    git_url_1,
    // The pull request builder plugin for GitHub.
    ghprbpullid,
    ghprbsourcebranch,
    ghprbtargetbranch,
    ghprbactualcommit,
    ghprbpulllink,
    // The GitLab plugin.
    gitlabmergerequestiid,
    gitlabsourcebranch,
    gitlabtargetbranch,
    gitlabmergerequestlastcommit,
    // The plugin for Gerrit, whose changes are what pull requests are elsewhere.
    gerrit_change_number,
    gerrit_branch,
    gerrit_patchset_revision,
    gerrit_change_url,
    /// Build user plugin: the login of whoever started the build.
    build_user_id,
    /// EnvInject plugin: `MANUALTRIGGER`, `SCMTRIGGER`, `TIMERTRIGGER`, …
    build_cause,
    root_build_cause,
    workspace,
}

fn read(values: &mut Values) -> Context {
    let v = Variables::take(values);
    let number = v.change_id.or(v.ghprbpullid).or(v.gitlabmergerequestiid).or(v.gerrit_change_number);
    let is_pull_request = number.is_some();
    let of_job = v.branch_name.as_deref();
    let name = v.job_name.clone().map(|found| found.map(|job| pipeline_name(job, of_job)));
    Context {
        pipeline: Pipeline { name, url: v.job_url },
        run: Run {
            id: v.build_tag.or_else(|| compose("{}#{}", &[&v.job_name, &v.build_number])),
            number: v.build_number,
            url: v.build_url,
            ..Run::default()
        },
        job: Job { name: v.stage_name, ..Job::default() },
        git: Git {
            repository_url: v.git_url.or(v.git_url_1),
            branch: match is_pull_request {
                true => v.change_branch.or(v.ghprbsourcebranch).or(v.gitlabsourcebranch),
                false => v.branch_name.or(v.git_branch),
            },
            target_branch: v
                .change_target
                .or(v.ghprbtargetbranch)
                .or(v.gitlabtargetbranch)
                .or(v.gerrit_branch),
            tag: v.tag_name,
            commit_sha: v
                .ghprbactualcommit
                .or(v.gitlabmergerequestlastcommit.filter(|_| is_pull_request))
                .or(v.gerrit_patchset_revision)
                .or(v.git_commit),
            ..Git::default()
        },
        pull_request: PullRequest { number, url: v.change_url.or(v.ghprbpulllink).or(v.gerrit_change_url) },
        trigger: v.build_cause.or(v.root_build_cause).filter(|_| !is_pull_request),
        actor: v.build_user_id.or(v.change_author),
        workspace: v.workspace,
        ..Context::default()
    }
}

/// The job without its branch (multibranch, where it may be percent-encoded) or its axes (matrix).
fn pipeline_name(job: &str, branch: Option<&str>) -> String {
    if let Some((name, axes)) = job.split_once('/')
        && axes.contains('=')
    {
        return name.to_owned();
    }
    match job.rsplit_once('/') {
        Some((name, last))
            if branch.is_some_and(|branch| percent_decode_str(last).decode_utf8_lossy() == branch) =>
        {
            name.to_owned()
        }
        _ => job.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::pipeline_name;

    #[test]
    fn a_pipeline_is_named_without_branch_and_axes() {
        for (job, branch, name) in [
            ("app", None, "app"),
            ("folder/app", None, "folder/app"),
            ("folder/app/main", Some("main"), "folder/app"),
            ("folder/app/feature%2Fx", Some("feature/x"), "folder/app"),
            ("folder/app/PR-7", Some("PR-7"), "folder/app"),
            ("app/OS=linux,ARCH=x64", None, "app"),
        ] {
            assert_eq!(pipeline_name(job, branch), name, "{job}");
        }
    }
}
