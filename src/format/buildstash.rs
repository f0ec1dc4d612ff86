//! All events but those of pipelines, as Buildstash sends them: every key of its examples, in their order, null
//! where unknown.
//!
//! <https://docs.buildstash.com>

mod file;
mod promoted;

use anyhow::{Result, bail};
use jiff::Timestamp;
use serde::Serialize;

use file::{FileObject, PrimaryFiletype};

use crate::artifact::tables;
use crate::artifact::{AndroidInfo, Artifact, Details, IosInfo, Version, size_string};
use crate::ci::{Context, value_of};
use crate::event::{self, Build, Event, EventName, Kind};
use crate::identity::Identity;

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

#[derive(Serialize)]
struct Platform {
    name: &'static str,
    short_name: &'static str,
    identifier: &'static str,
}

#[derive(Serialize)]
struct Architecture {
    name: &'static str,
    identifier: &'static str,
    description: Option<&'static str>,
}

#[derive(Serialize)]
struct Stream<'a> {
    id: String,
    name: &'a str,
    description: Option<&'a str>,
    retention_days: Option<u64>,
    application_id: &'a str,
    workspace_id: &'a str,
    created_at: Option<String>,
    updated_at: Option<String>,
}

#[derive(Serialize)]
struct Label<'a> {
    id: String,
    name: &'a str,
    description: Option<&'a str>,
    color: Option<&'a str>,
    level: &'static str,
    application_id: &'a str,
    workspace_id: &'a str,
    created_at: Option<String>,
    updated_at: Option<String>,
}

#[derive(Serialize)]
struct IosInfoObject<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    build_id: Option<&'a str>,
    bundle_id: Option<&'a str>,
    bundle_name: Option<&'a str>,
    key_type: Option<&'a str>,
    minimum_os: Option<&'a str>,
    bundle_version: Option<&'a str>,
    version_short_string: Option<&'a str>,
    provisioning_profile_uuid: Option<&'a str>,
    provisioning_profile_expiry: Option<String>,
    team_name: Option<&'a str>,
    team_identifier: Option<&'a str>,
}

#[derive(Serialize)]
struct AndroidInfoObject<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    build_id: Option<&'a str>,
    package_name: Option<&'a str>,
    minimum_api: Option<i64>,
    target_api: Option<i64>,
    version_name: Option<&'a str>,
    version_code: Option<i64>,
    is_debuggable: Option<bool>,
    package_signed: Option<bool>,
}

#[derive(Serialize)]
struct CiPipeline<'a> {
    ci_pipeline_name: Option<&'a str>,
    ci_pipeline_url: Option<&'a str>,
    ci_run_id: Option<&'a str>,
    ci_run_url: Option<&'a str>,
    ci_build_duration: Option<String>,
}

#[derive(Serialize)]
struct Scm<'a> {
    scm_host_type: Option<&'a str>,
    scm_host: Option<&'a str>,
    scm_repo_name: Option<&'a str>,
    scm_repo_url: Option<&'a str>,
    scm_branch: Option<&'a str>,
    scm_commit_sha: Option<&'a str>,
    scm_commit_sha_short: Option<&'a str>,
    scm_commit_url: Option<&'a str>,
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
        platform: details.platform.map(platform_object),
        architectures: details
            .architectures
            .iter()
            .map(|architecture| architecture_object(architecture))
            .collect(),
        version: details.version.as_ref().map(Version::full),
        build_number: details.build_number.as_deref(),
        ios_info: details.ios.as_ref().map(|info| ios_info(info, None)),
        android_info: details.android.as_ref().map(|info| android_info(info, None)),
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
            stream: stream_of(event, build).filter(|_| name != name.without_stream()),
        },
    };
    Ok(serde_json::to_string(&envelope)?)
}

fn stream_of<'a>(event: &'a Event, build: &'a Build) -> Option<Stream<'a>> {
    build.stream.as_deref().map(|stream| stream_object(stream, &event.identity))
}

fn build_object<'a>(event: &'a Event, build: &'a Build, stream: Option<Stream<'a>>) -> BuildObject<'a> {
    let Event { context, identity, .. } = event;
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
        platform: platform.map(platform_object),
        stream,
        labels: build.labels.iter().map(|label| label_object(label, identity)).collect(),
        architectures: architectures.iter().map(|architecture| architecture_object(architecture)).collect(),
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
        ios_info: ios.as_ref().map(|info| ios_info(info, Some(&build.id))),
        android_info: android.as_ref().map(|info| android_info(info, Some(&build.id))),
        build_source: value_of(&context.provider).unwrap_or("cli-upload"),
        ci_pipeline: ci_pipeline(event),
        scm: scm(context),
        pending: false,
        modal_url: value_of(&context.run.url),
        internal_download_url: build.download_url.as_deref(),
        application_id: &identity.application_id,
        workspace_id: &identity.workspace_id,
        built_at: artifact.modified_at.map(micros),
        deleted_at: None,
        created_at: micros(event.time),
        updated_at: micros(event.time),
    }
}

fn platform_object(platform: &tables::Platform) -> Platform {
    Platform { name: platform.name, short_name: platform.short_name, identifier: platform.identifier }
}

fn architecture_object(architecture: &tables::Architecture) -> Architecture {
    let tables::Architecture { identifier, name, description } = *architecture;
    Architecture { name, identifier, description }
}

fn stream_object<'a>(name: &'a str, identity: &'a Identity) -> Stream<'a> {
    Stream {
        id: identity.named_id("stream", name),
        name,
        description: None,
        retention_days: None,
        application_id: &identity.application_id,
        workspace_id: &identity.workspace_id,
        created_at: None,
        updated_at: None,
    }
}

fn label_object<'a>(name: &'a str, identity: &'a Identity) -> Label<'a> {
    Label {
        id: identity.named_id("label", name),
        name,
        description: None,
        color: None,
        level: "application",
        application_id: &identity.application_id,
        workspace_id: &identity.workspace_id,
        created_at: None,
        updated_at: None,
    }
}

fn ios_info<'a>(info: &'a IosInfo, build_id: Option<&'a str>) -> IosInfoObject<'a> {
    IosInfoObject {
        build_id,
        bundle_id: info.bundle_id.as_deref(),
        bundle_name: info.bundle_name.as_deref(),
        key_type: info.key_type.as_deref(),
        minimum_os: info.minimum_os.as_deref(),
        bundle_version: info.bundle_version.as_deref(),
        version_short_string: info.version_short_string.as_deref(),
        provisioning_profile_uuid: info.provisioning_profile_uuid.as_deref(),
        provisioning_profile_expiry: info.provisioning_profile_expiry.map(micros),
        team_name: info.team_name.as_deref(),
        team_identifier: info.team_identifier.as_deref(),
    }
}

fn android_info<'a>(info: &'a AndroidInfo, build_id: Option<&'a str>) -> AndroidInfoObject<'a> {
    AndroidInfoObject {
        build_id,
        package_name: info.package_name.as_deref(),
        minimum_api: info.minimum_api,
        target_api: info.target_api,
        version_name: info.version_name.as_deref(),
        version_code: info.version_code,
        is_debuggable: info.is_debuggable,
        package_signed: info.package_signed,
    }
}

fn ci_pipeline(event: &Event) -> CiPipeline<'_> {
    let context = &event.context;
    CiPipeline {
        ci_pipeline_name: value_of(&context.pipeline.name),
        ci_pipeline_url: value_of(&context.pipeline.url),
        ci_run_id: value_of(&context.run.id),
        ci_run_url: value_of(&context.run.url),
        ci_build_duration: event.started_at.map(|start| {
            let seconds = event.time.as_second().saturating_sub(start.as_second());
            event::clock_face(u64::try_from(seconds).unwrap_or(0))
        }),
    }
}

fn scm(context: &Context) -> Scm<'_> {
    let git = &context.git;
    let sha = value_of(&git.commit_sha);
    Scm {
        scm_host_type: value_of(&git.host_type),
        scm_host: value_of(&git.host),
        scm_repo_name: value_of(&git.repository),
        scm_repo_url: value_of(&git.repository_url),
        scm_branch: value_of(&git.branch),
        scm_commit_sha: sha,
        scm_commit_sha_short: sha.map(|sha| sha.get(..7).unwrap_or(sha)),
        scm_commit_url: value_of(&git.commit_url),
    }
}

/// `2025-11-17T19:10:53.000000Z`.
fn micros(time: Timestamp) -> String {
    format!("{time:.6}")
}
