//! Ids of the app, the build and its files. They are hashes of what the CI reports, so that steps in other jobs and on other
//! machines agree on them, and a repeated step repeats them.

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::artifact::Artifact;
use crate::ci::{Context, Identity, Sourced};
use crate::sent_build::SentBuild;

/// The ids of an app and one of its builds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ids {
    /// The app's id in Bitrise's format.
    pub app_slug: String,
    /// The build's id in Bitrise's format.
    pub build_slug: String,
    /// What `build_slug` is if a run is one build, whatever the scope and the user's ids.
    pub run_slug: String,
    /// What `build_slug` is if each job is a build, likewise.
    pub job_slug: String,
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

/// Bytes of the slugs of an app and a build, which are twice as many hexadecimal digits, as Bitrise's are.
const SLUG_BYTES: usize = 8;
/// Length of the ids of applications, workspaces and builds, as in Buildstash's examples of the first two.
const LONG_ID_LEN: usize = 12;
/// Length of the ids of streams, labels and releases, as in Buildstash's examples.
const SHORT_ID_LEN: usize = 7;

impl Ids {
    /// The ids of the build that `context` describes. If only one of app slug and application id is overridden, it is used for
    /// both.
    pub fn new(context: &Context, scope: Scope, overrides: &IdOverrides) -> Self {
        let Identity { server, project, owner, run, job, .. } = &context.identity;
        let ci = [context.provider.as_deref().unwrap_or_default(), text(server)];
        let app = [&ci[..], &[text(project)]].concat();
        let IdOverrides { app_slug, build_slug, build_id, application_id, workspace_id } = overrides.clone();
        let chosen_app = app_slug.clone().or_else(|| application_id.clone());
        let run_parts = |kind| [&[kind], &app[..], &[text(run)]].concat();
        let run_slug = slug(&run_parts("run"));
        let attempt = context.run.attempt.as_deref().unwrap_or("1");
        let job_slug = slug(&[&run_parts("job")[..], &[attempt, text(job)]].concat());
        let of_scope = match scope {
            Scope::Run => &run_slug,
            Scope::Job => &job_slug,
        };
        // A job may build several apps, to which the user gives different ids.
        let derived_build = || match &chosen_app {
            Some(chosen_app) => slug(&["build", chosen_app, of_scope]),
            None => of_scope.clone(),
        };
        Self {
            build_slug: build_slug.unwrap_or_else(derived_build),
            app_slug: chosen_app.unwrap_or_else(|| slug(&[&["app"], &app[..]].concat())),
            application_id: application_id
                .or(app_slug)
                .unwrap_or_else(|| short_hash(&[&["application"], &app[..]].concat(), LONG_ID_LEN)),
            workspace_id: workspace_id.unwrap_or_else(|| {
                short_hash(&[&["workspace"], &ci[..], &[text(owner)]].concat(), LONG_ID_LEN)
            }),
            run_slug,
            job_slug,
            build_id,
        }
    }

    /// These ids with the application and workspace that own the build, which another pipeline may have sent.
    #[must_use]
    pub fn owned_like(&self, build: &SentBuild) -> Self {
        Self {
            application_id: build.application_id().unwrap_or_else(|| self.application_id.clone()),
            workspace_id: build.workspace_id().unwrap_or_else(|| self.workspace_id.clone()),
            ..self.clone()
        }
    }

    /// The id of the build that consists of this artifact.
    pub fn build_id(&self, artifact: &Artifact) -> String {
        let parts = ["build", &self.build_slug, &artifact.filename, &artifact.checksum_md5];
        self.build_id.clone().unwrap_or_else(|| short_hash(&parts, LONG_ID_LEN))
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
        short_hash(&["stream", &self.application_id, name], SHORT_ID_LEN)
    }

    /// The id of one of the application's labels.
    pub fn label_id(&self, name: &str) -> String {
        short_hash(&["label", &self.application_id, name], SHORT_ID_LEN)
    }

    /// The id of one of the application's releases.
    pub fn release_id(&self, version: &str) -> String {
        short_hash(&["release", &self.application_id, version], SHORT_ID_LEN)
    }
}

fn text(field: &Option<Sourced>) -> &str {
    field.as_deref().unwrap_or_default()
}

/// A hash of the parts as lower-case hexadecimal digits.
fn slug(parts: &[&str]) -> String {
    hex::encode(&hash(parts)[..SLUG_BYTES])
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
        let text = |text: &str| Some(Sourced::new(text, ""));
        let mut context = Context { provider: text("ghactions"), ..Context::default() };
        context.run.attempt = text(attempt);
        context.identity = Identity {
            server: text("https://github.com"),
            project: text("1"),
            owner: text("2"),
            run: text(run),
            job: text(job),
            ..Identity::default()
        };
        context
    }

    #[test]
    fn ids_are_the_same_for_the_same_run_and_differ_for_another() {
        let ids = |context: &Context, scope| Ids::new(context, scope, &IdOverrides::default());
        let first = ids(&context("1", "1", "build"), Scope::Run);
        for (run, attempt, job) in [("1", "1", "test"), ("1", "2", "build")] {
            let other = ids(&context(run, attempt, job), Scope::Run);
            assert_eq!(other.build_slug, first.build_slug, "a run is one build in all its jobs and attempts");
            assert_ne!(other.job_slug, first.job_slug);
        }
        let others = [
            ids(&context("2", "1", "build"), Scope::Run),
            ids(&context("1", "2", "build"), Scope::Job),
            ids(&context("1", "1", "build"), Scope::Job),
            ids(&context("1", "1", "test"), Scope::Job),
        ];
        for (index, other) in others.iter().enumerate() {
            assert_eq!(first.app_slug, other.app_slug);
            assert_ne!(first.build_slug, other.build_slug);
            assert!(others[..index].iter().all(|earlier| earlier.build_slug != other.build_slug));
        }
        assert_eq!((first.app_slug.len(), first.build_slug.len()), (16, 16));
        assert_eq!((first.application_id.len(), first.workspace_id.len()), (12, 12));
        assert!(first.application_id.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase()));
    }

    #[test]
    fn scope_chooses_between_slugs_that_are_always_known() {
        let overrides = IdOverrides::default();
        let [run, job] =
            [Scope::Run, Scope::Job].map(|scope| Ids::new(&context("1", "1", "build"), scope, &overrides));
        assert_eq!((&run.build_slug, &job.build_slug), (&job.run_slug, &run.job_slug));
        let chosen = IdOverrides { build_slug: Some("mine".to_owned()), ..overrides };
        let chosen = Ids::new(&context("1", "1", "build"), Scope::Run, &chosen);
        assert_eq!(chosen.build_slug, "mine");
        assert_eq!((chosen.run_slug, chosen.job_slug), (run.run_slug, run.job_slug));
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
