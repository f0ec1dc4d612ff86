//! From the environment and the checkout to a context.

use super::checkout::GitQuestions;
use super::provider::Provider;
use super::providers::PROVIDERS;
use super::{Context, Sourced, by_name_only, checkout, identity, infer, normalize, provider_of};
use crate::system::{Environment, System};

/// A detected context and the warnings about it.
#[derive(Debug, Default)]
pub struct Detection {
    /// Everything that is known.
    pub context: Context,
    /// One sentence for each problem, such as a malformed value that was ignored.
    pub warnings: Vec<String>,
}

/// Detects the context. The user's `overrides` take precedence over the CI's variables, which take precedence
/// over the git checkout, which is asked `questions`; the rest is inferred from those.
pub fn detect(system: &System, overrides: Context, questions: &GitQuestions) -> Detection {
    let mut detection = from_environment(system, overrides);
    let context = &mut detection.context;
    let folder = checkout::folder(context.workspace.as_ref(), &system.folder);
    let from_git = checkout::read(&folder, context, questions, system, &mut detection.warnings);
    fill(context, from_git);
    infer::prefer_head(context);
    infer::infer(context);
    identity::complete_from_checkout(context, &folder);
    detection
}

/// Detects the context without looking at the checkout.
pub fn from_environment(system: &System, overrides: Context) -> Detection {
    let environment = &system.environment;
    let mut detection = Detection { context: overrides.clone(), warnings: Vec::new() };
    let Detection { context, warnings } = &mut detection;
    let detected = PROVIDERS.iter().find_map(|provider| Some((*provider, provider.detect(environment)?)));
    let provider = match &context.provider {
        Some(id) => provider_of(context).map(|provider| (provider, id.source.clone())),
        None => detected.map(|(provider, marker)| (provider, marker.to_owned())),
    };
    let Some((provider, source)) = provider else {
        by_name_only::add_name(context);
        if let (Some(id), Some((ignored, marker)), None) =
            (&context.provider, detected, &context.provider_name)
        {
            warnings.push(format!(
                "unknown CI `{}` ({}): the variables of {} are ignored, although {marker} is set",
                id.value, id.source, ignored.name
            ));
        }
        identity::complete(context, &overrides, None);
        return detection;
    };
    let mut found = read(provider, environment, warnings);
    found.provider = Some(Sourced::new(provider.id, &source));
    found.provider_name = Some(Sourced::new(provider.name, &source));
    context.git.forge = found.git.forge;
    context.git.checked_out = std::mem::take(&mut found.git.checked_out);
    context.identity = std::mem::take(&mut found.identity);
    if context.run.id.is_none() {
        context.run.reported_id = found.run.reported_id.take();
    }
    context.previous_status = found.previous_status.take();
    context.job.started_at = found.job.started_at.take();
    context.job.matrix = context.job.matrix.take().or_else(|| found.job.matrix.take());
    fill(context, found);
    identity::complete(context, &overrides, Some(provider));
    detection
}

/// Reads the variables of a CI and normalizes them. If a value is dropped, because it is malformed or means "none", they are
/// read again without its variable, so that the next source of the field is used.
fn read(provider: &Provider, environment: &Environment, warnings: &mut Vec<String>) -> Context {
    let mut ignored: Vec<String> = Vec::new();
    loop {
        let mut context = provider.read_context(environment, &ignored, warnings);
        context.git.forge = context.git.forge.or(provider.forge);
        let mut dropped = normalize::normalize(&mut context, provider.run_number, environment, warnings);
        // Values that are made of several variables have no next source.
        dropped.retain(|source| environment.get(source).is_some() && !ignored.contains(source));
        if dropped.is_empty() {
            return context;
        }
        ignored.append(&mut dropped);
    }
}

/// Sets the fields that are unset to those of `other`.
fn fill(context: &mut Context, mut other: Context) {
    for (mine, theirs) in context.fields().into_iter().zip(other.fields()) {
        if mine.value.is_none() {
            *mine.value = theirs.value.take();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::from_environment;
    use crate::ci::{Context, Sourced};
    use crate::system::System;

    #[test]
    fn a_set_provider_that_hides_a_detected_one_is_reported() {
        let system = System {
            environment: [("GITLAB_CI", "true"), ("CI_PIPELINE_ID", "900")].into_iter().collect(),
            folder: Path::new("/nonexistent").to_owned(),
            ..System::from_process()
        };
        let set = |id| {
            let provider = Some(Sourced::new(id, "BUILDHOOK_PROVIDER"));
            from_environment(&system, Context { provider, ..Context::default() })
        };
        let free = set("corp-ci");
        assert_eq!(free.context.provider.as_deref(), Some("corp-ci"));
        assert_eq!(
            free.warnings,
            [
                "unknown CI `corp-ci` (BUILDHOOK_PROVIDER): the variables of GitLab CI are ignored, although GITLAB_CI is set"
            ]
        );
        assert!(set("tekton").warnings.is_empty(), "a CI without variables may run inside another one");
        assert_eq!(set("gitlab-ci").context.run.id.as_deref(), Some("900"));
    }
}
