//! What the CI says about the run, the job and the commit.
//!
//! Each provider is one file: the variables it uses, how it is told, and how they become a [`Context`]. To add
//! one, write the file and add its `PROVIDER` to `PROVIDERS`.

mod context;
mod forge;
mod found;
mod github;
mod gitlab;
mod jenkins;
mod kind;
mod reference;
mod release;
mod repository;
mod status;
mod variables;

pub use context::{Context, Field, Git, Job, Pipeline, PullRequest, Run};
pub use forge::Forge;
pub use found::{Found, value_of};
pub use kind::Kind;
pub use reference::Reference;
pub use release::{Release, release_of};
pub use repository::{RepositoryUrl, web_address};
pub use status::BuildStatus;

use std::path::Path;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::git;
use crate::system::{Environment, System};
use found::combine;
use variables::read_variables;

/// A CI: how it is told and what its variables mean.
#[derive(Debug)]
struct Provider {
    /// Buildstash's build-source identifier.
    id: &'static str,
    /// The name people know it by.
    name: &'static str,
    /// The variable that tells that the environment is that of one of its jobs.
    detect: fn(&Environment) -> Option<&'static str>,
    /// What its variables say.
    read: fn(&Environment) -> Context,
}

/// The CIs in the order in which they are tried. Jenkins comes last: `JENKINS_URL` is often exported on agents
/// that run other CIs' jobs.
const PROVIDERS: &[Provider] = &[github::PROVIDER, gitlab::PROVIDER, jenkins::PROVIDER];

/// The context, and what about it a user should know.
#[derive(Debug, Default)]
pub struct Detection {
    /// What is known.
    pub context: Context,
    /// Values that were dropped because they are malformed, a sentence each.
    pub warnings: Vec<String>,
}

/// Finds out what is known: first what the user says (`overrides`), then what the CI's environment says, then
/// what the git checkout says, and last what follows from those.
pub fn detect(system: &System, overrides: Context) -> Detection {
    let environment = &system.environment;
    let provider = match &overrides.provider {
        Some(id) => PROVIDERS.iter().find(|provider| provider.id == id.value).zip(Some(id.source.as_str())),
        None => PROVIDERS.iter().find_map(|provider| Some((provider, (provider.detect)(environment)?))),
    };
    let provider = provider.map(|(provider, marker)| (provider, marker.to_owned()));
    let mut detection = Detection { context: overrides, warnings: Vec::new() };
    if let Some((provider, marker)) = provider {
        let mut detected = (provider.read)(environment);
        detected.provider = Some(Found::new(provider.id, &marker));
        detected.provider_name = Some(Found::new(provider.name, &marker));
        drop_malformed(&mut detected, &mut detection.warnings);
        fill(&mut detection.context, detected);
    }
    let folder = git::checkout_folder(detection.context.workspace.as_ref(), &system.folder);
    let from_git = git::read(&folder, &detection.context, &mut detection.warnings);
    fill(&mut detection.context, from_git);
    prefer_the_head(&mut detection.context);
    derive(&mut detection.context);
    for name in environment.unreadable() {
        let known = name.starts_with("BUILDHOOK_") || name.starts_with("CI_") || name.starts_with("GITHUB_");
        if known || name.starts_with("GIT_") || name.starts_with("CHANGE_") {
            detection.warnings.push(format!("{name} is not UTF-8; it is ignored"));
        }
    }
    detection
}

/// Takes from `other` what `context` lacks.
fn fill(context: &mut Context, mut other: Context) {
    for (mine, theirs) in context.fields().into_iter().zip(other.fields()) {
        if mine.value.is_none() {
            *mine.value = theirs.value.take();
        }
    }
}

/// Brings each detected value into the form of its kind. What does not fit is dropped with a warning: an event
/// with a gap beats no event.
fn drop_malformed(context: &mut Context, warnings: &mut Vec<String>) {
    for field in context.fields() {
        let Some(found) = field.value.take() else { continue };
        match field.kind.normalise(&found.value) {
            Some(value) => *field.value = Some(found.map(|_| value)),
            None if field.kind == Kind::Status => {}
            None => {
                warnings.push(format!("{} is not {}; it is ignored", found.source, field.kind.expected()))
            }
        }
    }
}

/// Jenkins and others may build a merge of their own making, which nobody can look up. Its message names the
/// head: `Merge commit '0123…' into HEAD`.
fn prefer_the_head(context: &mut Context) {
    if context.pull_request.number.is_none() {
        return;
    }
    let head = context.git.commit_message.as_ref().and_then(|message| {
        let sha = message.value.trim().strip_prefix("Merge commit '")?.strip_suffix("' into HEAD")?;
        let is_hash = sha.len() >= 40 && sha.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_hash.then(|| Found::new(sha, format!("{} (second parent of the merge)", message.source)))
    });
    if let Some(head) = head {
        context.git.commit_sha = Some(head);
        context.git.commit_message = None;
        context.git.commit_author = None;
    }
}

/// Fills what follows from other fields.
fn derive(context: &mut Context) {
    let git = &mut context.git;
    if let Some(url) = git.repository_url.as_ref().and_then(|url| RepositoryUrl::parse(&url.value)) {
        let source = git.repository_url.as_ref().map_or("", |url| url.source.as_str());
        git.host.get_or_insert_with(|| Found::new(&url.host, source));
        git.repository.get_or_insert_with(|| Found::new(&url.path, source));
    }
    if git.host_type.is_none() {
        let evidence = git.repository_url.as_ref().or(git.repository.as_ref()).or(git.commit_sha.as_ref());
        git.host_type = evidence.map(|found| Found::new("git", &found.source));
    }
    let forge = Forge::of(value_of(&context.provider), value_of(&git.host));
    if git.commit_url.is_none() {
        git.commit_url = combine([&git.repository_url, &git.commit_sha], |[repository, sha]| {
            forge.commit_url(repository, sha).unwrap_or_default()
        })
        .filter(|found| !found.value.is_empty());
    }
    let pull_request = &mut context.pull_request;
    if pull_request.url.is_none() {
        pull_request.url = combine([&git.repository_url, &pull_request.number], |[repository, number]| {
            forge.pull_request_url(repository, number).unwrap_or_default()
        })
        .filter(|found| !found.value.is_empty());
    }
}

/// Where a file of the workspace can be had once the job has archived it, on CIs that have a rule for that.
///
/// GitLab: <https://docs.gitlab.com/ci/jobs/job_artifacts/>, Jenkins: `artifact/` below the build's page.
pub fn artifact_url(context: &Context, file: &Path) -> Option<String> {
    let path = file.strip_prefix(Path::new(value_of(&context.workspace)?)).ok()?;
    let path: Vec<String> = path
        .components()
        .map(|part| utf8_percent_encode(&part.as_os_str().to_string_lossy(), PATH_SEGMENT).to_string())
        .collect();
    let path = path.join("/");
    match value_of(&context.provider)? {
        "gitlab-ci" => Some(format!("{}/artifacts/file/{path}", value_of(&context.job.url)?)),
        "jenkins" => Some(format!("{}/artifact/{path}", value_of(&context.run.url)?.trim_end_matches('/'))),
        _ => None,
    }
}

/// What must be escaped in a part of a path.
const PATH_SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_malformed_variable_is_a_warning_and_a_gap() {
        let mut context = Context::default();
        context.run.url = Some(Found::new("not an address", "CI_PIPELINE_URL"));
        context.run.started_at = Some(Found::new("yesterday", "CI_JOB_STARTED_AT"));
        context.pull_request.number = Some(Found::new("12a", "CI_MERGE_REQUEST_IID"));
        context.status = Some(Found::new("running", "CI_JOB_STATUS"));
        let mut warnings = Vec::new();
        drop_malformed(&mut context, &mut warnings);
        assert_eq!(context, Context::default());
        assert_eq!(
            warnings,
            [
                "CI_PIPELINE_URL is not an http or https address; it is ignored",
                "CI_JOB_STARTED_AT is not a time such as 2025-11-17T19:10:53Z; it is ignored",
                "CI_MERGE_REQUEST_IID is not a whole number; it is ignored",
            ]
        );
    }

    #[test]
    fn an_archived_file_has_the_address_of_its_ci() {
        let mut context = Context { workspace: Some(Found::new("/builds/app", "")), ..Context::default() };
        context.job.url = Some(Found::new("https://gitlab.com/a/b/-/jobs/7", ""));
        context.run.url = Some(Found::new("https://ci.example/job/app/62/", ""));
        let url = |context: &Context, provider: &str, file: &str| {
            let context = Context { provider: Some(Found::new(provider, "")), ..context.clone() };
            artifact_url(&context, Path::new(file))
        };
        let file = "/builds/app/out/my app#1.apk";
        assert_eq!(
            url(&context, "gitlab-ci", file).as_deref(),
            Some("https://gitlab.com/a/b/-/jobs/7/artifacts/file/out/my%20app%231.apk")
        );
        assert_eq!(
            url(&context, "jenkins", file).as_deref(),
            Some("https://ci.example/job/app/62/artifact/out/my%20app%231.apk")
        );
        assert_eq!(url(&context, "ghactions", file), None);
        assert_eq!(url(&context, "jenkins", "/elsewhere/app.apk"), None);
    }

    #[test]
    fn variables_in_two_spellings_do_no_harm() {
        let environment = Environment::from_iter([
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_RUN_ID", "1"),
            ("github_run_id", "2"),
            ("GITHUB_JOB", "${JOB}"),
        ]);
        let context = (github::PROVIDER.read)(&environment);
        assert_eq!(context.run.id, Some(Found::new("1", "GITHUB_RUN_ID")));
        assert_eq!(context.job.name, None);
    }

    #[test]
    fn a_pull_request_built_as_a_local_merge_reports_its_head() {
        let head = "0123456789abcdef0123456789abcdef01234567";
        let mut context = Context::default();
        context.git.commit_sha = Some(Found::new("f".repeat(40), "GIT_COMMIT"));
        context.git.commit_message = Some(Found::new(format!("Merge commit '{head}' into HEAD"), "git log"));
        prefer_the_head(&mut context);
        assert_eq!(
            context.git.commit_sha.as_ref().unwrap().value,
            "f".repeat(40),
            "no pull request, no change"
        );
        context.pull_request.number = Some(Found::new("7", "CHANGE_ID"));
        prefer_the_head(&mut context);
        assert_eq!(context.git.commit_sha.unwrap().value, head);
        assert_eq!(context.git.commit_message, None);
    }
}
