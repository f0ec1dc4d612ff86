//! Detects the CI and reads the run, the job and the commit from its variables and the git checkout.
//!
//! Each CI is one file in `providers/`. Everything that applies to all of them is done here: prefixes and credentials
//! are removed, blank and malformed values dropped.

mod by_name_only;
mod checkout;
mod context;
mod field_type;
mod forge;
mod infer;
mod normalize;
mod provider;
mod providers;
mod reference;
mod release;
mod repository;
mod sourced;
mod status;
mod trigger;
mod url_template;
mod variables;

pub use context::{Context, Field, Git, Job, Pipeline, PullRequest, Run};
pub use field_type::FieldType;
pub use forge::Forge;
pub use reference::Reference;
pub use release::{Release, release_of};
pub use repository::{RepositoryUrl, web_address};
pub use sourced::Sourced;
pub use status::BuildStatus;

use std::path::{Path, PathBuf};

use percent_encoding::utf8_percent_encode;

use crate::system::System;
use providers::PROVIDERS;
use url_template::PATH_SEGMENT;
use variables::Values;

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
    let mut detection = from_environment(system, overrides);
    let context = &mut detection.context;
    let folder = checkout::checkout_folder(context.workspace.as_ref(), &system.folder);
    let from_git = checkout::read(&folder, context, &mut detection.warnings);
    fill(context, from_git);
    infer::prefer_the_head(context);
    infer::infer(context);
    detection
}

/// What the user and the CI's environment say, without a look at the checkout.
pub fn from_environment(system: &System, overrides: Context) -> Detection {
    let environment = &system.environment;
    let provider = match &overrides.provider {
        Some(id) => PROVIDERS.iter().find(|provider| provider.id == id.value).zip(Some(id.source.as_str())),
        None => PROVIDERS.iter().find_map(|provider| Some((provider, (provider.detect)(environment)?))),
    };
    let provider = provider.map(|(provider, marker)| (provider, marker.to_owned()));
    let mut detection = Detection { context: overrides, warnings: Vec::new() };
    let context = &mut detection.context;
    if let Some((provider, marker)) = provider {
        let mut values = Values::of(environment);
        let mut detected = (provider.read)(&mut values);
        detected.provider = Some(Sourced::new(provider.id, &marker));
        detected.provider_name = Some(Sourced::new(provider.name, &marker));
        detection.warnings = values.warnings;
        normalize::normalize(&mut detected, environment, &mut detection.warnings);
        context.git.forge = detected.git.forge.or(provider.forge);
        fill(context, detected);
    } else {
        by_name_only::add_name(context);
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

/// Whether something says that this is a job of some CI, known here or not: the variable that does.
pub fn marker_of_any_ci(system: &System) -> Option<&'static str> {
    system.environment.marker(&["CI", "CONTINUOUS_INTEGRATION", "BUILD_NUMBER", "RUN_ID"])
}

/// Where a file of the workspace can be had once the job has archived it, on CIs that have a rule for that.
pub fn artifact_url(context: &Context, file: &Path) -> Option<String> {
    let id = context.provider.as_deref()?;
    let provider = PROVIDERS.iter().find(|provider| provider.id == id)?;
    let path = within(Path::new(context.workspace.as_deref()?), file)?;
    let parts: Vec<String> = path
        .components()
        .map(|part| utf8_percent_encode(&part.as_os_str().to_string_lossy(), PATH_SEGMENT).to_string())
        .collect();
    (provider.artifact_url?)(context, &parts.join("/"))
}

/// The way from a folder to a file in it, also where one of them is named through a link.
fn within(folder: &Path, file: &Path) -> Option<PathBuf> {
    let between = |folder: &Path, file: &Path| file.strip_prefix(folder).ok().map(Path::to_path_buf);
    between(folder, file).or_else(|| between(&folder.canonicalize().ok()?, &file.canonicalize().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archived_file_has_the_address_of_its_ci() {
        let mut context = Context { workspace: Some(Sourced::new("/builds/app", "")), ..Context::default() };
        context.job.url = Some(Sourced::new("https://gitlab.com/a/b/-/jobs/7", ""));
        context.run.url = Some(Sourced::new("https://ci.example/job/app/62/", ""));
        let url = |context: &Context, provider: &str, file: &str| {
            let context = Context { provider: Some(Sourced::new(provider, "")), ..context.clone() };
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
}
