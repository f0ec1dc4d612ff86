//! From artifact files to builds: what the files contain, overridden by the user's options and completed by the
//! detected context.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Error, Result, anyhow, bail};

use super::Sender;
use super::patterns::Finder;
use crate::artifact::{Architecture, Artifact, Details, Platform, Version, shown_names, size_string};
use crate::ci::{self, Context};
use crate::event::Build;
use crate::report::Progress;
use crate::settings::ArtifactOptions;

/// The most metadata files of a build, and the largest size of each in bytes.
const MAX_METADATA_FILES: usize = 10;
const MAX_METADATA_BYTES: u64 = 5 << 20;

/// Some of the files that are read: a build for each, or an error. An error costs no other file, because outsiders can
/// write what matches a pattern.
#[derive(Default)]
pub(super) struct Read {
    pub(super) builds: Vec<Build>,
    pub(super) errors: Vec<Error>,
    pub(super) warnings: Vec<String>,
}

/// Reads these files. `on_ready` gets those that are read: usually all, but none waits for another that takes long.
pub(super) fn read(
    options: &ArtifactOptions,
    files: &[PathBuf],
    sender: &mut Sender,
    on_ready: &mut dyn FnMut(Read, &mut Sender) -> Result<()>,
) -> Result<()> {
    let system = sender.session.system;
    let raw = sender.session.settings.raw();
    let origin = |name: &str| raw.written(name).map(|(_, origin)| origin).unwrap_or_default();
    let (expansion_origin, metadata_origin) = (origin("expansion"), origin("metadata"));
    let deadline = sender.session.settings.general.deadline;
    let rules = sender.session.file_rules();
    let finder = Finder { folder: &system.folder, rules: &rules, until: Instant::now() + deadline };
    let mut warnings = Vec::new();
    let expansion = expansion(options, &expansion_origin, files.len(), &finder)?;
    let metadata = metadata(options, &metadata_origin, &finder, &mut warnings)?;
    let progress = Progress::new(files, system, sender.session.console);
    let names = shown_names(files, &system.folder);
    let mut result = Ok(());
    Artifact::read_all(files, &names, &|bytes| progress.add(bytes), deadline, &mut |artifacts, about| {
        let mut read = Read { warnings: std::mem::take(&mut warnings), ..Read::default() };
        read.warnings.extend(about);
        for (index, artifact) in artifacts {
            let mut artifact = match artifact {
                Ok(artifact) => artifact,
                Err(error) => {
                    read.errors.push(error);
                    continue;
                }
            };
            if expansion.is_some() && artifact.filetype.is_none_or(|filetype| filetype.extension != "apk") {
                let name = &artifact.filename;
                read.errors.push(anyhow!("{expansion_origin} works only with an apk, not with {name}"));
                continue;
            }
            read.warnings.extend(conflicts(options, &artifact, &names[index]));
            complete(&mut artifact.details, options, &sender.context);
            let url = options.download_url.as_ref().map(|url| url.0.clone());
            read.builds.push(Build {
                id: sender.ids.build_id(&artifact),
                shown: names[index].clone(),
                expansion: expansion.clone().map(Box::new),
                metadata: metadata.clone(),
                stream: options.stream.clone().map(|stream| stream.0),
                labels: options.labels.0.clone(),
                notes: options.notes.clone(),
                download_url: url.or_else(|| ci::artifact_url(&sender.context, &files[index])),
                artifact,
            });
        }
        let ready = on_ready(read, sender);
        if result.is_ok() {
            result = ready;
        }
    });
    result
}

fn expansion(
    options: &ArtifactOptions,
    origin: &str,
    count: usize,
    finder: &Finder,
) -> Result<Option<Artifact>> {
    match &options.expansion {
        Some(_) if count > 1 => bail!("{origin} works with exactly one apk, got {count} files"),
        Some(path) => {
            let files = finder.find(std::slice::from_ref(path), &mut Vec::new())?;
            match files.as_slice() {
                [file] => Artifact::read_without_details(file).map(Some),
                several => bail!("{origin} matches {} files; exactly one is allowed", several.len()),
            }
        }
        None => Ok(None),
    }
}

fn metadata(
    options: &ArtifactOptions,
    origin: &str,
    finder: &Finder,
    warnings: &mut Vec<String>,
) -> Result<Vec<Artifact>> {
    if options.metadata.is_empty() {
        return Ok(Vec::new());
    }
    let paths = finder.find(&options.metadata, warnings)?;
    if paths.len() > MAX_METADATA_FILES {
        bail!("{origin} matches {} files; at most {MAX_METADATA_FILES} are allowed", paths.len());
    }
    paths.iter().map(|path| metadata_file(path)).collect()
}

fn metadata_file(path: &Path) -> Result<Artifact> {
    let size = std::fs::metadata(path).map_or(0, |file| file.len());
    if size > MAX_METADATA_BYTES {
        let (size, limit) = (size_string(size), size_string(MAX_METADATA_BYTES));
        bail!("{} is {size}; metadata files are limited to {limit}", path.display());
    }
    Artifact::read_without_details(path)
}

/// Overrides details with options, and fills gaps in them from the context.
fn complete(details: &mut Details, options: &ArtifactOptions, context: &Context) {
    let version_of_tag = || context.git.tag.as_deref().and_then(Version::parse);
    details.version = options.version.clone().or(details.version.take()).or_else(version_of_tag);
    details.version_full = details.version_full.take().filter(|_| options.version.is_none());
    details.platform = options.platform.or(details.platform);
    if !options.architectures.is_empty() {
        details.architectures.clone_from(&options.architectures);
    }
    let run_number = || context.run.number.as_deref().map(str::to_owned);
    let chosen = options.build_number.clone().map(|number| number.0);
    details.build_number = chosen.or(details.build_number.take()).or_else(run_number);
}

/// A warning for each option that contradicts the file.
fn conflicts(options: &ArtifactOptions, artifact: &Artifact, name: &str) -> Vec<String> {
    let details = &artifact.details;
    let version = |version: &Option<Version>| version.as_ref().map(Version::full);
    let platform = |platform: Option<&Platform>| platform.map(|platform| platform.identifier.to_owned());
    [
        ("version", version(&options.version), version(&details.version)),
        ("build number", options.build_number.clone().map(|number| number.0), details.build_number.clone()),
        ("platform", platform(options.platform), platform(details.platform)),
        ("architecture", identifiers(&options.architectures), identifiers(&details.architectures)),
    ]
    .into_iter()
    .filter_map(|(what, requested, found)| {
        let (requested, found) = (requested?, found?);
        let warning = || format!("{name}: {what} is {found} in the file; sending {requested} as requested");
        (requested != found).then(warning)
    })
    .collect()
}

/// `None` if there are none.
fn identifiers(architectures: &[&Architecture]) -> Option<String> {
    let identifiers: Vec<&str> = architectures.iter().map(|architecture| architecture.identifier).collect();
    Some(identifiers.join(", ")).filter(|list| !list.is_empty())
}
