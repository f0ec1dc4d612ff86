//! All events but those of pipelines, as Buildstash sends them: every key of its examples, in their order, null
//! where unknown.
//!
//! <https://docs.buildstash.com>

mod file;
mod parts;
mod promoted;

use anyhow::{Result, bail};
use jiff::Timestamp;
use serde::Serialize;

use file::{FileObject, PrimaryFiletype};
use parts::{AndroidInfoObject, Architecture, CiPipeline, IosInfoObject, Label, Platform, Scm, Stream};

use crate::artifact::{Artifact, Details, Version, size_string};
use crate::event::{Build, Event, Kind};
use crate::event_name::EventName;

#[derive(Serialize)]
struct Envelope<'a> {
    id: String,
    event: &'static str,
    /// Unix seconds.
    created: i64,
    data: Data<'a>,
}

#[derive(Serialize)]
struct Data<'a> {
    build: BuildObject<'a>,
    /// Only in the `.stream` events.
    #[serde(skip_serializing_if = "Option::is_none")]
    stream: Option<Stream<'a>>,
}

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

/// What `inspect` shows of a file.
#[derive(Serialize)]
struct Metadata<'a> {
    filename: &'a str,
    size_bytes: u64,
    size_string: String,
    checksum_md5: &'a str,
    filetype: Option<PrimaryFiletype>,
    platform: Option<Platform>,
    architectures: Vec<Architecture>,
    version: Option<String>,
    build_number: Option<&'a str>,
    ios_info: Option<IosInfoObject<'a>>,
    android_info: Option<AndroidInfoObject<'a>>,
}

/// What is known about a file that is no build yet.
pub(super) fn metadata(artifact: &Artifact) -> Result<serde_json::Value> {
    let details = &artifact.details;
    value(&Metadata {
        filename: &artifact.filename,
        size_bytes: artifact.size_bytes,
        size_string: size_string(artifact.size_bytes),
        checksum_md5: &artifact.checksum_md5,
        filetype: artifact.filetype.map(PrimaryFiletype::of),
        platform: details.platform.map(Platform::of),
        architectures: details.architectures.iter().copied().map(Architecture::of).collect(),
        version: details.version.as_ref().map(Version::full),
        build_number: details.build_number.as_deref(),
        ios_info: details.ios.as_ref().map(|info| IosInfoObject::of(info, None)),
        android_info: details.android.as_ref().map(|info| AndroidInfoObject::of(info, None)),
    })
}

/// An object of this form as a value. By way of its text: a second serializer for every struct would make the
/// program 40 KB larger.
fn value(object: &impl Serialize) -> Result<serde_json::Value> {
    Ok(serde_json::from_str(&serde_json::to_string(object)?)?)
}

/// The build of the event, if it brings a new one.
pub(super) fn build(event: &Event) -> Result<Option<serde_json::Value>> {
    match &event.kind {
        Kind::Created(build) => value(&build_object(event, build, stream_of(event, build))).map(Some),
        _ => Ok(None),
    }
}

/// The body of the event under `name`.
pub(super) fn json(event: &Event, name: EventName) -> Result<String> {
    match &event.kind {
        Kind::Created(build) => created(event, name, build),
        Kind::Moved { build, stream } => promoted::moved(event, name, build, stream),
        Kind::Labeled { build, label } => promoted::labeled(event, name, build, label),
        Kind::Released(release) => promoted::released(event, name, release),
        Kind::Triggered | Kind::Finished(_) => bail!("{} has no form of Buildstash", name.as_str()),
    }
}

fn created(event: &Event, name: EventName, build: &Build) -> Result<String> {
    let envelope = Envelope {
        id: event.id.to_string(),
        event: name.as_str(),
        created: event.time.as_second(),
        data: Data {
            build: build_object(event, build, stream_of(event, build)),
            stream: stream_of(event, build).filter(|_| name.is_stream_form()),
        },
    };
    Ok(serde_json::to_string(&envelope)?)
}

fn stream_of<'a>(event: &'a Event, build: &'a Build) -> Option<Stream<'a>> {
    build.stream.as_deref().map(|stream| Stream::of(stream, &event.ids))
}

fn build_object<'a>(event: &'a Event, build: &'a Build, stream: Option<Stream<'a>>) -> BuildObject<'a> {
    let Event { context, ids, .. } = event;
    let artifact = &build.artifact;
    let Details { version, platform, architectures, build_number, ios, android } = &artifact.details;
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
        platform: platform.map(Platform::of),
        stream,
        labels: build.labels.iter().map(|label| Label::of(label, ids)).collect(),
        architectures: architectures.iter().copied().map(Architecture::of).collect(),
        notes: build.notes.as_deref(),
        size_total_bytes: size,
        size_total_string: size_string(size),
        metadata_total_bytes: (!build.metadata.is_empty())
            .then(|| build.metadata.iter().map(|file| file.size_bytes).sum()),
        primary_file: FileObject::primary(&build.artifact, event, build),
        expansion_files: build
            .expansion
            .iter()
            .map(|file| FileObject::expansion(file, event, build))
            .collect(),
        metadata_artifacts: build
            .metadata
            .iter()
            .map(|file| FileObject::metadata(file, event, build))
            .collect(),
        ios_info: ios.as_ref().map(|info| IosInfoObject::of(info, Some(&build.id))),
        android_info: android.as_ref().map(|info| AndroidInfoObject::of(info, Some(&build.id))),
        build_source: context.provider.as_deref().unwrap_or("cli-upload"),
        ci_pipeline: CiPipeline::of(event),
        scm: Scm::of(context),
        pending: false,
        modal_url: context.run.url.as_deref(),
        internal_download_url: build.download_url.as_deref(),
        application_id: &ids.application_id,
        workspace_id: &ids.workspace_id,
        built_at: artifact.modified_at.map(micros),
        deleted_at: None,
        created_at: micros(event.time),
        updated_at: micros(event.time),
    }
}

/// `2025-11-17T19:10:53.000000Z`.
fn micros(time: Timestamp) -> String {
    format!("{time:.6}")
}
