//! Jenkins and CloudBees CI: multibranch pipelines and classic jobs.
//!
//! <https://www.jenkins.io/doc/book/pipeline/jenkinsfile/#using-environment-variables>

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::{
    All, Context, Identity, Provider, Reference, Set, Sourced, StartsWith, TempDir, Variables, compose,
};

pub(super) const PROVIDER: Provider = Provider {
    result_hint: Some("pass --status ${currentBuild.currentResult} from post { always { … } }"),
    // <https://www.jenkins.io/doc/pipeline/steps/core/#archiveartifacts-archive-the-artifacts>
    artifact_url: Some("{run.url}/artifact/{path}"),
    temp_dir: Some(TempDir { variable: "WORKSPACE_TMP", is_emptied: false }),
    // A stage is a part of it.
    has_one_job: true,
    ..Provider::new(
        "jenkins",
        "Jenkins",
        // Agents, containers of agents and the command-line tool have the URLs outside of jobs too. The URLs are missing if the
        // administrator never set the root URL.
        &[
            All(&[Set("JENKINS_URL"), StartsWith("BUILD_TAG", "jenkins-")]),
            All(&[Set("JENKINS_URL"), Set("JOB_NAME"), Set("BUILD_NUMBER")]),
            All(&[Set("HUDSON_URL"), Set("JOB_NAME"), Set("BUILD_NUMBER")]),
            All(&[Set("JENKINS_HOME"), StartsWith("BUILD_TAG", "jenkins-")]),
            All(&[Set("HUDSON_HOME"), StartsWith("BUILD_TAG", "jenkins-")]),
        ],
        read,
    )
};

fn read(env: &Variables, context: &mut Context) {
    // For a multibranch pipeline: the bare branch, `PR-7` or the tag.
    let branch = env.get("BRANCH_NAME");
    // `folder/name`, `folder/name/branch` (multibranch) or `name/AXIS=value` (matrix).
    let job = env.get("JOB_NAME");
    context.pipeline.name = job.clone().map(|job| job.map(|job| pipeline_name(job, branch.as_deref())));
    context.pipeline.url = env.get("JOB_URL");
    context.run.number = env.get("BUILD_NUMBER");
    // `jenkins-JOB-NUMBER`, with dashes instead of slashes: unique on the server.
    let tag = env.get("BUILD_TAG");
    context.run.id = tag.clone().or_else(|| compose("{}#{}", &[&job, &context.run.number]));
    context.run.reported_id = context.run.number.clone();
    // The job's full name: neither its tag, in which slashes and dashes are the same, nor the repository, which is unknown before
    // the checkout.
    let axes = job
        .clone()
        .and_then(|job| job.and_then(|job| Some(split_axes(job, branch.as_deref()).1?.to_owned())));
    let run = job.clone().map(|job| job.map(|job| split_axes(job, branch.as_deref()).0.to_owned()));
    context.identity = Identity {
        server: env.first(&["JENKINS_URL", "HUDSON_URL"]),
        project: context.pipeline.name.clone().or_else(|| tag.clone().and_then(without_number)),
        owner: context.pipeline.name.clone().map(owner),
        run: compose("{}#{}", &[&run, &context.run.number]).or(tag),
        job: axes.clone(),
        job_name: axes.clone(),
        job_url: None,
    };
    context.job.matrix = axes.as_deref().map(matrix);
    // Not set without a root URL.
    context.run.url = env.get("BUILD_URL");
    context.job.name = env.get("STAGE_NAME");
    // The first remote, often an ssh URL or one with credentials.
    context.git.repository_url = env.first(&["GIT_URL", "GIT_URL_1"]);
    context.git.tag = env.get("TAG_NAME");
    context.git.target_branch =
        env.first_branch(&["CHANGE_TARGET", "ghprbTargetBranch", "gitlabTargetBranch", "GERRIT_BRANCH"]);
    // From multibranch pipelines, and from the plugins GitHub Pull Request Builder, GitLab and Gerrit
    // Trigger.
    context.pull_request.number =
        env.first(&["CHANGE_ID", "ghprbPullId", "gitlabMergeRequestIid", "GERRIT_CHANGE_NUMBER"]);
    context.pull_request.url = env.first(&["CHANGE_URL", "ghprbPullLink", "GERRIT_CHANGE_URL"]);
    let commit = |names: &[&str]| env.first(names).or_else(|| env.get("GIT_COMMIT"));
    if context.pull_request.number.is_some() {
        context.git.branch = env.first_branch(&["CHANGE_BRANCH", "ghprbSourceBranch", "gitlabSourceBranch"]);
        context.git.commit_sha =
            commit(&["ghprbActualCommit", "gitlabMergeRequestLastCommit", "GERRIT_PATCHSET_REVISION"]);
    } else {
        // From the Git plugin: `origin/main`, `origin/tags/v1`, `detached` or a bare name.
        let remote_branch = env.get("GIT_BRANCH");
        let is_tag = remote_branch.as_deref().is_some_and(|name| Reference::parse(name).is_tag());
        // From the Git plugin, if it makes a local branch. It lacks the name of the remote, which may be any.
        let local_branch = env.branch("GIT_LOCAL_BRANCH").filter(|_| !is_tag);
        context.git.branch = branch.map(Sourced::qualify_branch).or(local_branch).or(remote_branch);
        context.git.commit_sha = commit(&[]);
        // From the EnvInject plugin: `MANUALTRIGGER`, `SCMTRIGGER`, `TIMERTRIGGER`, …
        context.trigger = env.first(&["BUILD_CAUSE", "ROOT_BUILD_CAUSE"]);
    }
    context.actor = env.first(&[
        // From the Build User Vars plugin: whoever started the build.
        "BUILD_USER_ID",
        // The author of a pull request.
        "CHANGE_AUTHOR",
    ]);
    context.workspace = env.get("WORKSPACE");
}

/// The job without its branch (multibranch, where it may be percent-encoded) and without its axes (matrix).
fn pipeline_name(job: &str, branch: Option<&str>) -> String {
    match job.rsplit_once('/') {
        Some((project, last)) if is_branch(last, branch) => project.to_owned(),
        _ => split_axes(job, branch).0.to_owned(),
    }
}

/// The job of a matrix without its axes, and these: `OS=linux,ARCH=x64` of `folder/app/OS=linux,ARCH=x64`.
fn split_axes<'a>(job: &'a str, branch: Option<&str>) -> (&'a str, Option<&'a str>) {
    match job.rsplit_once('/') {
        Some((name, last)) if !is_branch(last, branch) && last.split(',').all(|axis| axis.contains('=')) => {
            (name, Some(last))
        }
        _ => (job, None),
    }
}

/// Whether the last part of a job's name is that of its branch.
fn is_branch(part: &str, branch: Option<&str>) -> bool {
    branch.is_some_and(|branch| percent_decode_str(part).decode_utf8_lossy() == branch)
}

fn matrix(axes: &str) -> Map<String, Value> {
    let axes = axes.split(',').filter_map(|axis| axis.split_once('='));
    axes.map(|(name, value)| (name.to_owned(), Value::from(value))).collect()
}

/// The folder of a job; empty for one in no folder.
fn owner(job: Sourced) -> Sourced {
    job.map(|job| job.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned())
}

/// `jenkins-app` of `jenkins-app-62`.
fn without_number(tag: Sourced) -> Option<Sourced> {
    tag.and_then(|tag| tag.rsplit_once('-').map(|(name, _)| name.to_owned()))
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
            ("folder/app/OS=linux", None, "folder/app"),
            ("folder/a=b/app", None, "folder/a=b/app"),
            ("folder/app/a=1", Some("a=1"), "folder/app"),
        ] {
            assert_eq!(pipeline_name(job, branch), name, "{job}");
        }
    }
}
