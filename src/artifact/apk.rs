//! apk: an app for Android and what is built on it.
//!
//! <https://developer.android.com/guide/topics/manifest/manifest-intro>. Reads the manifest, at most [`MANIFEST`] bytes, and, if
//! the manifest refers to resources, their table, at most [`RESOURCES`] bytes. Of the native libraries only the
//! names of their folders count.

use super::android_manifest::{Attribute, Manifest};
use super::android_resources::resolve;
use super::apk_signature::{has_signing_block, is_v1_block};
use super::zip::{Archive, Enough};
use super::{AndroidInfo, Architecture, Damage, Details, ReadSeek, Version, tables};

/// Bytes of the manifest.
const MANIFEST: u64 = 4 << 20;
/// Bytes of the resource table.
const RESOURCES: u64 = 24 << 20;

/// Everything that the package says of itself.
pub(super) fn read(source: &mut dyn ReadSeek) -> Result<Details, Damage> {
    let mut archive = Archive::open(source)?;
    let (mut manifest, mut resources, mut is_signed) = (None, None, false);
    let mut architectures = Vec::new();
    archive.each(|entry| {
        match entry.name.as_str() {
            "AndroidManifest.xml" => manifest = Some(entry),
            "resources.arsc" => resources = Some(entry),
            name => {
                is_signed |= is_v1_block(name);
                add_architecture(name, &mut architectures);
            }
        }
        Enough::No
    })?;
    let manifest = manifest.ok_or("it has no AndroidManifest.xml")?;
    let manifest = Manifest::parse(&archive.read_whole(&manifest, MANIFEST)?)
        .ok_or("its AndroidManifest.xml is damaged")?;

    let mut table = None;
    let mut value = |attribute: Option<Attribute>| match attribute? {
        reference @ Attribute::Reference(_) => {
            let table = table.get_or_insert_with(|| {
                let entry = resources.as_ref();
                entry.and_then(|entry| archive.read_whole(entry, RESOURCES).ok()).unwrap_or_default()
            });
            resolve(table, reference)
        }
        other => Some(other),
    };
    let number = |attribute: Option<Attribute>| match attribute? {
        Attribute::Number(number) => Some(i64::from(number)),
        Attribute::Text(text) => text.trim().parse().ok(),
        Attribute::Reference(_) => None,
    };
    let version_name = value(manifest.version_name).and_then(|name| match name {
        Attribute::Number(number) => Some(number.to_string()),
        other => other.text(),
    });
    let mut android = AndroidInfo {
        package_name: manifest.package,
        minimum_api: number(value(manifest.minimum_api)),
        target_api: number(value(manifest.target_api)),
        version_code: number(value(manifest.version_code)),
        is_debuggable: Some(value(manifest.debuggable) == Some(Attribute::Number(1))),
        version_name,
        package_signed: None,
    };
    let directory = archive.directory();
    android.package_signed = Some(is_signed || has_signing_block(source, directory));
    Ok(Details {
        platform: tables::platform_of(platform_of(&manifest.features)),
        architectures,
        version: android.version_name.as_deref().and_then(Version::parse_short),
        build_number: android.version_code.map(|code| code.to_string()),
        ios: None,
        android: Some(android),
    })
}

/// Adds the architecture of a native library's folder: `lib/arm64-v8a/libapp.so`.
/// <https://developer.android.com/ndk/guides/abis>
pub(super) fn add_architecture(name: &str, architectures: &mut Vec<&'static Architecture>) {
    let Some((abi, _)) = name.strip_prefix("lib/").and_then(|rest| rest.split_once('/')) else { return };
    let identifier = match abi {
        "arm64-v8a" => "arm64v8",
        "armeabi-v7a" => "armv7",
        "armeabi" => "armv5",
        "x86" => "x86",
        "x86_64" => "x64",
        "mips" => "mips",
        "mips64" => "mips64",
        "riscv64" => "risc-v64",
        _ => return,
    };
    if !architectures.iter().any(|known| known.identifier == identifier) {
        architectures.extend(tables::architecture_of(identifier));
    }
}

/// What the features that the app needs tell of its device.
fn platform_of(features: &[String]) -> &'static str {
    for (start, platform) in [
        ("android.hardware.type.watch", "wearos"),
        ("com.oculus.", "quest"),
        ("oculus.", "quest"),
        ("com.magicleap.", "magic-leap"),
        ("wave.feature.", "vive"),
        ("android.hardware.vr.headtracking", "quest"),
    ] {
        if features.iter().any(|feature| feature.starts_with(start)) {
            return platform;
        }
    }
    "android"
}
