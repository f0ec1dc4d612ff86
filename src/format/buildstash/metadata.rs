//! What `inspect` prints about a file.

use anyhow::Result;
use serde::Serialize;

use super::device_info::{AndroidInfoObject, IosInfoObject};
use super::file::PrimaryFiletype;
use super::named::{Architecture, Platform};
use super::to_value;
use crate::artifact::{Artifact, Version, size_string};

/// The metadata of a file.
#[derive(Serialize)]
struct Metadata<'a> {
    filename: &'a str,
    size_bytes: u64,
    size_string: String,
    checksum_md5: &'a str,
    checksum_sha256: &'a str,
    filetype: Option<PrimaryFiletype>,
    platform: Option<Platform>,
    architectures: Vec<Architecture>,
    version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_full: Option<&'a str>,
    build_number: Option<&'a str>,
    ios_info: Option<IosInfoObject<'a>>,
    android_info: Option<AndroidInfoObject<'a>>,
}

/// The metadata of a file, which need not become a build: `filename, size_bytes, size_string, checksum_md5,
/// checksum_sha256, filetype, platform, architectures, version, build_number, ios_info, android_info`;
/// `version_full` if the file's version is more than semantic.
pub fn file_metadata(artifact: &Artifact) -> Result<serde_json::Value> {
    let details = &artifact.details;
    to_value(&Metadata {
        filename: &artifact.filename,
        size_bytes: artifact.size_bytes,
        size_string: size_string(artifact.size_bytes),
        checksum_md5: &artifact.checksum_md5,
        checksum_sha256: &artifact.checksum_sha256,
        filetype: artifact.filetype.map(PrimaryFiletype::new),
        platform: details.platform.map(Platform::from),
        architectures: details.architectures.iter().copied().map(Architecture::from).collect(),
        version: details.version.as_ref().map(Version::full),
        version_full: details.version_full.as_deref(),
        build_number: details.build_number.as_deref(),
        ios_info: details.ios.as_ref().map(|info| IosInfoObject::new(info, None)),
        android_info: details.android.as_ref().map(|info| AndroidInfoObject::new(info, None)),
    })
}
