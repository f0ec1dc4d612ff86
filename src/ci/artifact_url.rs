//! The URL of an archived file on the CI's server.

use std::path::{Path, PathBuf};

use percent_encoding::utf8_percent_encode;

use super::url_template::{PATH_SEGMENT, expand};
use super::{Context, Sourced, provider_of};

/// The URL from which a file of the workspace can be downloaded once the job has archived it, on CIs where
/// that follows from its path.
pub fn artifact_url(context: &Context, file: &Path) -> Option<String> {
    let template = provider_of(context)?.artifact_url?;
    let path = relative_path(Path::new(context.workspace.as_deref()?), file)?;
    let segments: Vec<String> = path
        .components()
        .map(|part| utf8_percent_encode(&part.as_os_str().to_string_lossy(), PATH_SEGMENT).to_string())
        .collect();
    let url = expand(template, |name| match name {
        "path" => Some(Sourced::new(segments.join("/"), "")),
        "origin" => context.job.url.clone()?.and_then(|url| {
            let (scheme, rest) = url.split_once("://")?;
            Some(format!("{scheme}://{}", rest.split('/').next()?))
        }),
        field => context.get(field),
    })?;
    Some(url.value)
}

/// The path of a file below a folder, even if one of them is given through a link.
fn relative_path(folder: &Path, file: &Path) -> Option<PathBuf> {
    let relative = |folder: &Path, file: &Path| file.strip_prefix(folder).ok().map(Path::to_path_buf);
    relative(folder, file).or_else(|| relative(&folder.canonicalize().ok()?, &file.canonicalize().ok()?))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::artifact_url;
    use crate::ci::providers::PROVIDERS;
    use crate::ci::{Context, Sourced};

    fn context(provider: &str) -> Context {
        let some = |value: &str| Some(Sourced::new(value, ""));
        let mut context =
            Context { provider: some(provider), workspace: some("/builds/app"), ..Context::default() };
        context.job.id = some("77");
        context.job.url = some("https://ci.example:8443/a/b/-/jobs/7");
        context.run.url = some("https://ci.example/job/app/62/");
        context
    }

    #[test]
    fn an_archived_file_has_the_url_of_its_ci() {
        let file = Path::new("/builds/app/out/my app#1.apk");
        for (provider, expected) in [
            ("gitlab-ci", Some("https://ci.example:8443/a/b/-/jobs/7/artifacts/file/out/my%20app%231.apk")),
            ("jenkins", Some("https://ci.example/job/app/62/artifact/out/my%20app%231.apk")),
            ("appveyor", Some("https://ci.example:8443/api/buildjobs/77/artifacts/out/my%20app%231.apk")),
            ("ghactions", None),
            ("tekton", None),
        ] {
            assert_eq!(artifact_url(&context(provider), file).as_deref(), expected, "{provider}");
        }
        assert_eq!(artifact_url(&context("jenkins"), Path::new("/elsewhere/app.apk")), None);
        let unknown_job = Context { job: Default::default(), ..context("gitlab-ci") };
        assert_eq!(artifact_url(&unknown_job, file), None);
    }

    #[test]
    fn every_template_is_made_of_fields_of_the_context() {
        let mut full = Context { workspace: Some(Sourced::new("/builds/app", "")), ..Context::default() };
        for field in full.fields() {
            field.value.get_or_insert_with(|| Sourced::new("https://ci.example/x", ""));
        }
        for provider in PROVIDERS.iter().filter(|provider| provider.artifact_url.is_some()) {
            let context = Context { provider: Some(Sourced::new(provider.id, "")), ..full.clone() };
            assert!(artifact_url(&context, Path::new("/builds/app/a")).is_some(), "{}", provider.id);
        }
    }
}
