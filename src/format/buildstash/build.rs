//! The build object, rendered once for each build.

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use serde::Serialize;

use super::device_info::{AndroidInfoObject, IosInfoObject};
use super::file::FileObject;
use super::named::{Architecture, Label, Platform, Stream};
use super::pipeline::{CiPipeline, Scm};
use super::{micros, to_value};
use crate::artifact::{Details, Version, catalog, size_string};
use crate::event::{Build, EventSource};
use crate::sent_build::SentBuild;

#[derive(Serialize)]
struct BuildObject<'a> {
    id: &'a str,
    build_structure: &'static str,
    version: String,
    version_short: String,
    version_semantic_major: u64,
    version_semantic_minor: u64,
    version_semantic_patch: u64,
    version_semantic_extra: &'a str,
    version_semantic_meta: &'a str,
    /// The version that the file has, if it is more than semantic.
    #[serde(skip_serializing_if = "Option::is_none")]
    version_full: Option<&'a str>,
    build_number: Option<&'a str>,
    platform: Platform,
    stream: Option<Stream<'a>>,
    labels: Vec<Label<'a>>,
    architectures: Vec<Architecture>,
    notes: Option<&'a str>,
    size_total_bytes: u64,
    size_total_string: String,
    metadata_total_bytes: Option<u64>,
    primary_file: FileObject<'a>,
    expansion_files: Vec<FileObject<'a>>,
    metadata_artifacts: Vec<FileObject<'a>>,
    ios_info: Option<IosInfoObject<'a>>,
    android_info: Option<AndroidInfoObject<'a>>,
    build_source: &'a str,
    ci_pipeline: CiPipeline<'a>,
    scm: Scm<'a>,
    pending: bool,
    modal_url: Option<&'a str>,
    internal_download_url: Option<&'a str>,
    application_id: &'a str,
    workspace_id: &'a str,
    built_at: Option<String>,
    deleted_at: Option<String>,
    created_at: String,
    updated_at: String,
}

/// Renders a build that is sent at `time`.
pub fn render_build(build: &Build, source: &EventSource, time: Timestamp) -> Result<SentBuild> {
    let (version, since) = (build.artifact.details.version.clone().unwrap_or_default(), micros(time));
    let object = to_value(&build_object(build, &version, source, time, &since))?;
    object.as_object().and_then(SentBuild::from_object).context("a build is an object with an id")
}

/// Buildstash has no build without a version and a platform: unknown ones are `0.0.0` and `generic`.
fn build_object<'a>(
    build: &'a Build,
    version: &'a Version,
    source: &'a EventSource,
    time: Timestamp,
    since: &'a str,
) -> BuildObject<'a> {
    let EventSource { context, ids, .. } = source;
    let artifact = &build.artifact;
    let Details { version: _, version_full, platform, architectures, build_number, ios, android } =
        &artifact.details;
    let size = artifact.size_bytes + build.expansion.as_ref().map_or(0, |file| file.size_bytes);
    let [major, minor, patch] = version.numbers();
    BuildObject {
        id: &build.id,
        build_structure: if build.expansion.is_some() { "file+expansion" } else { "file" },
        version: version.full(),
        version_short: version.short(),
        version_semantic_major: major,
        version_semantic_minor: minor,
        version_semantic_patch: patch,
        version_semantic_extra: version.extra(),
        version_semantic_meta: version.meta(),
        version_full: version_full.as_deref(),
        build_number: build_number.as_deref(),
        platform: Platform::from(platform.unwrap_or(&catalog::GENERIC)),
        stream: build.stream.as_deref().map(|stream| Stream::new(stream, ids, since)),
        labels: build.labels.iter().map(|label| Label::new(label, ids, since)).collect(),
        architectures: architectures.iter().copied().map(Architecture::from).collect(),
        notes: build.notes.as_deref(),
        size_total_bytes: size,
        size_total_string: size_string(size),
        metadata_total_bytes: (!build.metadata.is_empty())
            .then(|| build.metadata.iter().map(|file| file.size_bytes).sum()),
        primary_file: FileObject::primary(&build.artifact, build, source, time),
        expansion_files: build
            .expansion
            .iter()
            .map(|file| FileObject::expansion(file, build, source, time))
            .collect(),
        metadata_artifacts: build
            .metadata
            .iter()
            .map(|file| FileObject::metadata(file, build, source, time))
            .collect(),
        ios_info: ios.as_ref().map(|info| IosInfoObject::new(info, Some(&build.id))),
        android_info: android.as_ref().map(|info| AndroidInfoObject::new(info, Some(&build.id))),
        build_source: context.provider.as_deref().unwrap_or("cli-upload"),
        ci_pipeline: CiPipeline::new(source, time),
        scm: Scm::new(context),
        pending: false,
        modal_url: context.run.url.as_deref(),
        internal_download_url: build.download_url.as_deref(),
        application_id: &ids.application_id,
        workspace_id: &ids.workspace_id,
        built_at: artifact.modified_at.map(micros),
        deleted_at: None,
        created_at: since.to_owned(),
        updated_at: since.to_owned(),
    }
}
