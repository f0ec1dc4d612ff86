//! The app that sample events are about, with all that can be known of one.

use jiff::{SignedDuration, Timestamp};

use crate::artifact::{AndroidInfo, Artifact, Details, IosInfo, Version, catalog};
use crate::event::Build;
use crate::ids::Ids;

const VERSION: &str = "1.4.0";
const BUILD_NUMBER: &str = "1284";

/// A build with its app, its expansion file and its log.
pub(super) fn build(is_ipa: bool, stream: &str, ids: &Ids, now: Timestamp) -> Build {
    let artifact = if is_ipa { ipa(now) } else { apk(now) };
    let expansion = (!is_ipa).then(|| Box::new(file("main.1284.com.example.app.obb", 48_234_496, now)));
    Build {
        id: ids.build_id(&artifact),
        shown: artifact.filename.clone(),
        artifact,
        expansion,
        metadata: vec![file("build.log", 18_231, now)],
        stream: Some(stream.to_owned()),
        labels: vec!["to-review".to_owned()],
        notes: Some("Adds a *dark mode*.".to_owned()),
        download_url: Some("https://ci.example.com/artifacts/1284/app".to_owned()),
    }
}

fn apk(now: Timestamp) -> Artifact {
    let android = AndroidInfo {
        package_name: Some("com.example.app".to_owned()),
        minimum_api: Some(24),
        target_api: Some(36),
        version_name: Some(VERSION.to_owned()),
        version_code: Some(1284),
        is_debuggable: Some(false),
        package_signed: Some(true),
    };
    let mut artifact = file("app-release.apk", 25_165_824, now);
    let android = Some(android);
    artifact.details = Details { android, ..details("android", &["arm64v8", "x64"]) };
    artifact
}

fn ipa(now: Timestamp) -> Artifact {
    let ios = IosInfo {
        bundle_id: Some("com.example.app".to_owned()),
        bundle_name: Some("Example".to_owned()),
        key_type: Some("distribution".to_owned()),
        minimum_os: Some("16.0".to_owned()),
        bundle_version: Some(BUILD_NUMBER.to_owned()),
        version_short_string: Some(VERSION.to_owned()),
        provisioning_profile_uuid: Some("5d3a1c7e-2b4f-4d6a-9c8e-1f0a2b3c4d5e".to_owned()),
        provisioning_profile_expiry: Some(now + SignedDuration::from_hours(200 * 24)),
        team_name: Some("Example Ltd".to_owned()),
        team_identifier: Some("A1B2C3D4E5".to_owned()),
    };
    let mut artifact = file("Example.ipa", 31_457_280, now);
    artifact.details = Details { ios: Some(ios), ..details("ios", &["arm64v8"]) };
    artifact
}

fn details(platform: &str, architectures: &[&str]) -> Details {
    Details {
        platform: catalog::find_platform(platform),
        architectures: architectures.iter().filter_map(|name| catalog::find_architecture(name)).collect(),
        version: Version::parse(VERSION),
        build_number: Some(BUILD_NUMBER.to_owned()),
        ..Details::default()
    }
}

fn file(name: &str, size_bytes: u64, now: Timestamp) -> Artifact {
    Artifact {
        filename: name.to_owned(),
        size_bytes,
        checksum_md5: "a1b2c3d4e5f6789012345678901234ab".to_owned(),
        checksum_sha256: "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0".to_owned(),
        modified_at: Some(now - SignedDuration::from_secs(53)),
        filetype: catalog::find_filetype(name),
        details: Details::default(),
    }
}
