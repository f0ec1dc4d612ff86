//! The build object, rendered once for each build.

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use serde::Serialize;

use super::device_info::{AndroidInfoObject, IosInfoObject};
use super::file::FileObject;
use super::named::{Architecture, Label, Platform, Stream};
use super::pipeline::{CiPipeline, Scm};
use super::{micros, to_value};
use crate::artifact::{Details, Version, size_string};
use crate::event::{Build, EventSource};
use crate::sent_build::SentBuild;

#[derive(Serialize)]
struct BuildObject<'a> {
    id: &'a str,
    build_structure: &'static str,
    version: Option<String>,
    version_short: Option<String>,
    version_semantic_major: Option<u64>,
    version_semantic_minor: Option<u64>,
    version_semantic_patch: Option<u64>,
    version_semantic_extra: Option<&'a str>,
    version_semantic_meta: Option<&'a str>,
    build_number: Option<&'a str>,
    platform: Option<Platform>,
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
    let object = to_value(&build_object(build, source, time))?;
    object.as_object().cloned().and_then(SentBuild::from_object).context("a build is an object with an id")
}

fn build_object<'a>(build: &'a Build, source: &'a EventSource, time: Timestamp) -> BuildObject<'a> {
    let EventSource { context, ids, .. } = source;
    let artifact = &build.artifact;
    let Details { version, version_full: _, platform, architectures, build_number, ios, android } =
        &artifact.details;
    let version = version.as_ref();
    let size = artifact.size_bytes + build.expansion.as_ref().map_or(0, |file| file.size_bytes);
    let numbers = version.map(Version::numbers);
    BuildObject {
        id: &build.id,
        build_structure: if build.expansion.is_some() { "file+expansion" } else { "file" },
        version: version.map(Version::full),
        version_short: version.map(Version::short),
        version_semantic_major: numbers.map(|[major, _, _]| major),
        version_semantic_minor: numbers.map(|[_, minor, _]| minor),
        version_semantic_patch: numbers.map(|[_, _, patch]| patch),
        version_semantic_extra: version.map(Version::extra),
        version_semantic_meta: version.map(Version::meta),
        build_number: build_number.as_deref(),
        platform: platform.map(Platform::from),
        stream: build.stream.as_deref().map(|stream| Stream::new(stream, ids)),
        labels: build.labels.iter().map(|label| Label::new(label, ids)).collect(),
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
        created_at: micros(time),
        updated_at: micros(time),
    }
}
