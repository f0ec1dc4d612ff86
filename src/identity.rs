//! The ids of app, build and files. They are derived, not stored: steps in other jobs and on other machines get
//! the same ids, and so does a step that is run again.

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::artifact::Artifact;
use crate::ci::{Context, Sourced};
use crate::settings::{RawSettings, Scope};

/// The ids of the app and of the build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The app in Bitrise's form.
    pub app_slug: String,
    /// The build in Bitrise's form.
    pub build_slug: String,
    /// The app in Buildstash's form.
    pub application_id: String,
    /// Who owns the app, in Buildstash's form.
    pub workspace_id: String,
    /// The build id that the user set for artifacts.
    chosen_build_id: Option<String>,
}

/// Length of an app's and a build's slug, as in Bitrise's examples.
const SLUG: usize = 8;
/// Length of an application's and a workspace's id, as in Buildstash's examples.
const APPLICATION: usize = 12;
/// Length of a build's id and the like, as in Buildstash's examples.
const BUILD: usize = 7;

impl Identity {
    /// The ids of the build that `context` describes. What the user sets (`chosen`) goes first; a chosen app
    /// slug or application id serves as the other too.
    pub fn of(context: &Context, scope: Scope, chosen: &RawSettings) -> Self {
        let chosen = |name| chosen.text(name).map(str::to_owned);
        fn text(field: &Option<Sourced>) -> &str {
            field.as_deref().unwrap_or_default()
        }
        let provider = text(&context.provider);
        let repository = repository(context);
        let app = ["app", provider, repository.as_str()];
        let derived_application_id = short_hash(&app, APPLICATION);
        let application_id = chosen("application_id")
            .or_else(|| chosen("app_slug"))
            .unwrap_or_else(|| derived_application_id.clone());
        let app_slug = chosen("app_slug")
            .or_else(|| chosen("application_id"))
            .unwrap_or_else(|| derived_application_id.chars().take(SLUG).collect());

        // Outside a CI there is no run: the commit tells builds apart.
        let run =
            context.run.id.as_ref().or(context.git.commit_sha.as_ref()).map_or("", |found| &found.value);
        let attempt = context.run.attempt.as_ref().map_or("1", |found| &found.value);
        let mut build = vec!["build", provider, &repository, run, attempt];
        if scope == Scope::Job {
            build.extend(["job", text(&context.job.name), text(&context.job.id)]);
        }
        let owner = repository.rsplit_once('/').map_or(repository.as_str(), |(owner, _)| owner);
        Self {
            build_slug: chosen("build_slug").unwrap_or_else(|| short_hash(&build, SLUG)),
            workspace_id: chosen("workspace_id")
                .unwrap_or_else(|| short_hash(&["workspace", provider, owner], APPLICATION)),
            chosen_build_id: chosen("build_id"),
            app_slug,
            application_id,
        }
    }

    /// The same, for something that belongs to another application or workspace, where those are known.
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
        self.chosen_build_id.clone().unwrap_or_else(|| short_hash(&parts, BUILD))
    }

    /// The id of a file of a build.
    pub fn file_id(&self, build_id: &str, artifact: &Artifact) -> Uuid {
        let hash = hash(&["file", build_id, &artifact.filename, &artifact.checksum_md5]);
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash[..16]);
        uuid::Builder::from_custom_bytes(bytes).into_uuid()
    }

    /// The id of a stream or label of the application.
    pub fn named_id(&self, kind: &str, name: &str) -> String {
        short_hash(&[kind, &self.application_id, name], BUILD)
    }
}

/// What the app is known by: its repository, else its pipeline, else its folder.
fn repository(context: &Context) -> String {
    let git = &context.git;
    match (&git.host, &git.repository) {
        (Some(host), Some(repository)) => format!("{}/{}", host.value, repository.value),
        (None, Some(repository)) => repository.value.clone(),
        _ => {
            context.pipeline.name.as_ref().or(context.workspace.as_ref()).map_or("", |f| &f.value).to_owned()
        }
    }
}

/// SHA-256 over the parts, each with its length in front, so that no two lists of parts look alike.
fn hash(parts: &[&str]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// The hash in `length` lower-case letters and digits: about 5.17 bits each.
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
    use crate::settings::RawSetting;

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
        let none = RawSettings::default();
        let of = |context: &Context, scope| Identity::of(context, scope, &none);
        let first = of(&context("1", "1", "build"), Scope::Run);
        assert_eq!(first, of(&context("1", "1", "test"), Scope::Run), "a run is a run in each of its jobs");
        let others = [
            of(&context("2", "1", "build"), Scope::Run),
            of(&context("1", "2", "build"), Scope::Run),
            of(&context("1", "1", "build"), Scope::Job),
            of(&context("1", "1", "test"), Scope::Job),
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
    fn chosen_ids_are_used_as_they_are() {
        let mut chosen = RawSettings::default();
        chosen.insert("app_slug", RawSetting::text("my-app", "--app-slug"));
        chosen.insert("build_slug", RawSetting::text("my-build", "--build-slug"));
        let identity = Identity::of(&context("1", "1", "build"), Scope::Run, &chosen);
        assert_eq!(identity.app_slug, "my-app");
        assert_eq!(identity.application_id, "my-app");
        assert_eq!(identity.build_slug, "my-build");
    }
}
