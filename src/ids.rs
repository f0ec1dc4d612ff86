//! Ids of the app, the build and its files. They are hashes of what the CI reports, so that steps in other jobs
//! and on other machines agree on them, and a repeated step repeats them.

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::artifact::Artifact;
use crate::ci::{Context, Job};

/// The ids of an app and one of its builds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ids {
    /// The app's id in Bitrise's format.
    pub app_slug: String,
    /// The build's id in Bitrise's format.
    pub build_slug: String,
    /// The app's id in Buildstash's format.
    pub application_id: String,
    /// The id of the app's owner in Buildstash's format.
    pub workspace_id: String,
    /// Replaces the derived id of every artifact's build.
    build_id: Option<String>,
}

/// Ids that the user set; each replaces a derived one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IdOverrides {
    /// Replaces [`Ids::app_slug`].
    pub app_slug: Option<String>,
    /// Replaces [`Ids::build_slug`].
    pub build_slug: Option<String>,
    /// Replaces the id of an artifact's build, [`Ids::build_id`].
    pub build_id: Option<String>,
    /// Replaces [`Ids::application_id`].
    pub application_id: Option<String>,
    /// Replaces [`Ids::workspace_id`].
    pub workspace_id: Option<String>,
}

/// What counts as one build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The whole pipeline run.
    Run,
    /// One job of the run.
    Job,
}

/// Length of the slugs of an app and a build, as in Bitrise's examples.
const SLUG_LEN: usize = 8;
/// Length of the ids of an application and a workspace, as in Buildstash's examples.
const APPLICATION_ID_LEN: usize = 12;
/// Length of the ids of builds, streams, labels and releases, as in Buildstash's examples.
const BUILD_ID_LEN: usize = 7;

impl Ids {
    /// The ids of the build that `context` describes. If only one of app slug and application id is overridden,
    /// it is used for both.
    pub fn new(context: &Context, scope: Scope, overrides: &IdOverrides) -> Self {
        let provider = context.provider.as_deref().unwrap_or_default();
        let app = app_name(context);
        let default_application_id = short_hash(&["app", provider, &app], APPLICATION_ID_LEN);
        let IdOverrides { app_slug, build_slug, build_id, application_id, workspace_id } = overrides.clone();
        Self {
            app_slug: app_slug
                .clone()
                .or_else(|| application_id.clone())
                .unwrap_or_else(|| default_application_id.chars().take(SLUG_LEN).collect()),
            build_slug: build_slug.unwrap_or_else(|| default_build_slug(context, &app, scope)),
            application_id: application_id.or(app_slug).unwrap_or(default_application_id),
            workspace_id: workspace_id.unwrap_or_else(|| {
                let owner = app.rsplit_once('/').map_or(app.as_str(), |(owner, _)| owner);
                short_hash(&["workspace", provider, owner], APPLICATION_ID_LEN)
            }),
            build_id,
        }
    }

    /// These ids for something that belongs to another application or workspace; `None` keeps the id.
    #[must_use]
    pub fn belonging_to(&self, application_id: Option<&str>, workspace_id: Option<&str>) -> Self {
        Self {
            application_id: application_id.unwrap_or(&self.application_id).to_owned(),
            workspace_id: workspace_id.unwrap_or(&self.workspace_id).to_owned(),
            ..self.clone()
        }
    }

    /// The id of the build that consists of this artifact.
    pub fn build_id(&self, artifact: &Artifact) -> String {
        let parts =
            ["artifact", &self.application_id, &self.build_slug, &artifact.filename, &artifact.checksum_md5];
        self.build_id.clone().unwrap_or_else(|| short_hash(&parts, BUILD_ID_LEN))
    }

    /// The id of a file of a build.
    pub fn file_id(&self, build_id: &str, artifact: &Artifact) -> Uuid {
        let hash = hash(&["file", build_id, &artifact.filename, &artifact.checksum_md5]);
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash[..16]);
        uuid::Builder::from_custom_bytes(bytes).into_uuid()
    }

    /// The id of one of the application's streams.
    pub fn stream_id(&self, name: &str) -> String {
        short_hash(&["stream", &self.application_id, name], BUILD_ID_LEN)
    }

    /// The id of one of the application's labels.
    pub fn label_id(&self, name: &str) -> String {
        short_hash(&["label", &self.application_id, name], BUILD_ID_LEN)
    }

    /// The id of one of the application's releases.
    pub fn release_id(&self, version: &str) -> String {
        short_hash(&["release", &self.application_id, version], BUILD_ID_LEN)
    }
}

fn default_build_slug(context: &Context, app: &str, scope: Scope) -> String {
    // Outside a CI there is no run id, so the commit identifies the build.
    let run = context.run.id.as_deref().or(context.git.commit_sha.as_deref()).unwrap_or_default();
    let attempt = context.run.attempt.as_deref().unwrap_or("1");
    let provider = context.provider.as_deref().unwrap_or_default();
    let mut parts = vec!["build", provider, app, run, attempt];
    if scope == Scope::Job {
        let Job { id, name, .. } = &context.job;
        parts.extend(["job", name.as_deref().unwrap_or_default(), id.as_deref().unwrap_or_default()]);
    }
    short_hash(&parts, SLUG_LEN)
}

/// Host and path of the repository, else the pipeline's name, else the workspace.
fn app_name(context: &Context) -> String {
    let git = &context.git;
    match (git.host.as_deref(), git.repository.as_deref()) {
        (Some(host), Some(repository)) => format!("{host}/{repository}"),
        (None, Some(repository)) => repository.to_owned(),
        _ => context.pipeline.name.as_deref().or(context.workspace.as_deref()).unwrap_or_default().to_owned(),
    }
}

/// SHA-256 of the parts. Each is preceded by its length, so that different lists never hash the same bytes.
fn hash(parts: &[&str]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// A hash of the parts as `length` lower-case letters and digits, about 5.17 bits each.
fn short_hash(parts: &[&str], length: usize) -> String {
    const ALPHABET: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash(parts)[..16]);
    let mut number = u128::from_be_bytes(bytes);
    let mut id = String::new();
    for _ in 0..length {
        id.push(char::from(ALPHABET[(number % 36) as usize]));
        number /= 36;
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ci::Sourced;

    fn context(run: &str, attempt: &str, job: &str) -> Context {
        let mut context = Context { provider: Some(Sourced::new("ghactions", "")), ..Context::default() };
        context.git.host = Some(Sourced::new("github.com", ""));
        context.git.repository = Some(Sourced::new("example/app", ""));
        context.run.id = Some(Sourced::new(run, ""));
        context.run.attempt = Some(Sourced::new(attempt, ""));
        context.job.name = Some(Sourced::new(job, ""));
        context
    }

    #[test]
    fn ids_are_the_same_for_the_same_run_and_differ_for_another() {
        let none = IdOverrides::default();
        let ids = |context: &Context, scope| Ids::new(context, scope, &none);
        let first = ids(&context("1", "1", "build"), Scope::Run);
        assert_eq!(first, ids(&context("1", "1", "test"), Scope::Run), "a run is a run in each of its jobs");
        let others = [
            ids(&context("2", "1", "build"), Scope::Run),
            ids(&context("1", "2", "build"), Scope::Run),
            ids(&context("1", "1", "build"), Scope::Job),
            ids(&context("1", "1", "test"), Scope::Job),
        ];
        for (index, other) in others.iter().enumerate() {
            assert_eq!(first.app_slug, other.app_slug);
            assert_ne!(first.build_slug, other.build_slug);
            assert!(others[..index].iter().all(|earlier| earlier.build_slug != other.build_slug));
        }
        assert_eq!((first.app_slug.len(), first.build_slug.len()), (8, 8));
        assert_eq!((first.application_id.len(), first.workspace_id.len()), (12, 12));
        assert!(first.application_id.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase()));
    }

    #[test]
    fn overrides_are_used_as_they_are() {
        let overrides = IdOverrides {
            app_slug: Some("my-app".to_owned()),
            build_slug: Some("my-build".to_owned()),
            ..IdOverrides::default()
        };
        let ids = Ids::new(&context("1", "1", "build"), Scope::Run, &overrides);
        assert_eq!(ids.app_slug, "my-app");
        assert_eq!(ids.application_id, "my-app");
        assert_eq!(ids.build_slug, "my-build");
    }
}
