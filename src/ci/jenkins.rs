//! Jenkins and CloudBees CI: multibranch pipelines and classic jobs.
//!
//! <https://www.jenkins.io/doc/book/pipeline/jenkinsfile/#using-environment-variables>

use percent_encoding::percent_decode_str;
use serde::Deserialize;

use super::{Context, Found, Provider, Reference, RepositoryUrl, combine, read_variables};
use crate::system::Environment;

pub(super) const PROVIDER: Provider = Provider {
    id: "jenkins",
    name: "Jenkins",
    // NOTE: JENKINS_URL is missing where the administrator never set the root URL.
    detect: |environment| {
        let is_there = |name: &&str| environment.get(name).is_some();
        let is_build = environment.get("BUILD_TAG").is_some_and(|tag| tag.starts_with("jenkins-"));
        let homes = ["JENKINS_HOME", "HUDSON_HOME"].into_iter().filter(|_| is_build);
        ["JENKINS_URL", "HUDSON_URL"].into_iter().chain(homes).find(is_there)
    },
    read,
};

#[derive(Deserialize, Default)]
#[serde(default)]
struct Variables {
    /// `folder/name`, `folder/name/branch` in multibranch, `name/AXIS=value` in matrix jobs.
    job_name: Option<Found>,
    /// The job's page.
    job_url: Option<Found>,
    /// Counts the builds of the job.
    build_number: Option<Found>,
    /// `jenkins-JOB-NUMBER`, with dashes for slashes: tells the build from all others of the server.
    build_tag: Option<Found>,
    /// The build's page; absent without a root URL.
    build_url: Option<Found>,
    /// The running stage.
    stage_name: Option<Found>,
    /// Multibranch: the bare branch, `PR-7` for pull requests, the tag's name for tags.
    branch_name: Option<Found>,
    /// Multibranch: only for tags.
    tag_name: Option<Found>,
    /// Multibranch: the pull request's number.
    change_id: Option<Found>,
    /// Multibranch: the branch it comes from.
    change_branch: Option<Found>,
    /// Multibranch: the branch it goes to.
    change_target: Option<Found>,
    /// Multibranch: its page.
    change_url: Option<Found>,
    /// Multibranch: the login of its author.
    change_author: Option<Found>,
    /// Git plugin: `origin/main`, `origin/tags/v1`, `detached` or a bare name.
    git_branch: Option<Found>,
    /// Git plugin: the commit that is checked out.
    git_commit: Option<Found>,
    /// Git plugin: the first remote, often in ssh style or with credentials.
    git_url: Option<Found>,
    /// Git plugin, with several remotes.
    git_url_1: Option<Found>,
    /// Pull request builder plugin: the number.
    ghprbpullid: Option<Found>,
    /// Pull request builder plugin: the branch it comes from.
    ghprbsourcebranch: Option<Found>,
    /// Pull request builder plugin: the branch it goes to.
    ghprbtargetbranch: Option<Found>,
    /// Pull request builder plugin: the head.
    ghprbactualcommit: Option<Found>,
    /// Pull request builder plugin: its page.
    ghprbpulllink: Option<Found>,
    /// GitLab plugin: the merge request's number.
    gitlabmergerequestiid: Option<Found>,
    /// GitLab plugin: the branch it comes from.
    gitlabsourcebranch: Option<Found>,
    /// GitLab plugin: the branch it goes to.
    gitlabtargetbranch: Option<Found>,
    /// GitLab plugin: the head.
    gitlabmergerequestlastcommit: Option<Found>,
    /// Build user plugin: the login of whoever started the build.
    build_user_id: Option<Found>,
    /// EnvInject plugin: `MANUALTRIGGER`, `SCMTRIGGER`, `TIMERTRIGGER`, …
    build_cause: Option<Found>,
    /// The folder of the checkout.
    workspace: Option<Found>,
}

fn read(environment: &Environment) -> Context {
    let variables: Variables = read_variables(environment);
    let mut context = Context::default();

    let pull_request = &mut context.pull_request;
    pull_request.number = variables.change_id.or(variables.ghprbpullid).or(variables.gitlabmergerequestiid);
    pull_request.url = variables.change_url.or(variables.ghprbpulllink);
    let is_pull_request = pull_request.number.is_some();

    let git = &mut context.git;
    git.repository_url = variables
        .git_url
        .or(variables.git_url_1)
        .and_then(|found| found.and_then(|address| RepositoryUrl::parse(address).map(|url| url.page())));
    git.commit_sha = variables
        .ghprbactualcommit
        .or(variables.gitlabmergerequestlastcommit.filter(|_| is_pull_request))
        .or(variables.git_commit);
    git.tag = variables.tag_name.clone().or_else(|| {
        let reference = variables.git_branch.clone()?;
        reference.and_then(|name| Reference::parse(name).tag())
    });
    if is_pull_request {
        git.branch = variables.change_branch.or(variables.ghprbsourcebranch).or(variables.gitlabsourcebranch);
        git.target_branch =
            variables.change_target.or(variables.ghprbtargetbranch).or(variables.gitlabtargetbranch);
    } else if git.tag.is_none() {
        git.branch = variables
            .branch_name
            .clone()
            .or(variables.git_branch)
            .and_then(|found| found.and_then(|name| Reference::parse(name).branch()));
    }

    context.run.id = variables.build_tag.or_else(|| {
        combine([&variables.job_name, &variables.build_number], |[job, number]| format!("{job}#{number}"))
    });
    context.run.number = variables.build_number;
    context.run.url = variables.build_url;
    context.job.name = variables.stage_name;
    let branch = variables.branch_name.as_ref().map(|found| found.value.as_str());
    context.pipeline.name = variables.job_name.map(|found| found.map(|name| pipeline_name(name, branch)));
    context.pipeline.url = variables.job_url;
    context.trigger =
        trigger(is_pull_request, &context.pull_request.number, &variables.tag_name, variables.build_cause);
    context.actor = variables.build_user_id.or(variables.change_author);
    context.workspace = variables.workspace;
    context
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

fn trigger(
    is_pull_request: bool,
    pull_request: &Option<Found>,
    tag: &Option<Found>,
    cause: Option<Found>,
) -> Option<Found> {
    let because = |word: &str, evidence: &Option<Found>| {
        Some(Found::new(word, evidence.as_ref().map_or("", |found| found.source.as_str())))
    };
    if is_pull_request {
        return because("pull_request", pull_request);
    }
    if tag.is_some() {
        return because("tag", tag);
    }
    cause?.and_then(|cause| {
        let trigger = match cause {
            "MANUALTRIGGER" => "manual",
            "SCMTRIGGER" => "push",
            "TIMERTRIGGER" => "schedule",
            "REMOTECAUSE" | "UPSTREAMTRIGGER" => "api",
            _ => return None,
        };
        Some(trigger.to_owned())
    })
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
