//! apks and xapk: an Android app as several apks, for one device or for all.
//!
//! <https://developer.android.com/tools/bundletool> writes an apks; an xapk has a `manifest.json`.

use std::ops::ControlFlow;

use super::apk;
use super::manifest::add_architecture;
use crate::artifact::archive::zip::{self, Archive, Entry};
use crate::artifact::format::FileFormat;
use crate::artifact::json_object::Members;
use crate::artifact::{AndroidInfo, Damage, Details, ReadSeek, catalog};

pub(crate) const FORMAT: FileFormat =
    FileFormat { extensions: &["apks", "xapk"], magics: &[zip::MAGIC], read };

/// Bytes of a compressed apk, which must be decompressed to be read. Most are stored without compression.
const MAX_APK_BYTES: u64 = 8 << 20;
/// Bytes of `manifest.json`.
const MAX_JSON_BYTES: u64 = 1 << 20;

/// Reads the base apk, which has the manifest of the app, and the architectures from the names of the others. If
/// the base or its manifest cannot be read, the few details in `manifest.json`.
fn read(source: &mut dyn ReadSeek) -> Result<Details, Damage> {
    let mut archive = Archive::open(source)?;
    let (mut base, mut json, mut architectures): (Option<(u8, Entry)>, _, _) = (None, None, Vec::new());
    archive.each(|entry| {
        if let Some(name) = entry.name.strip_suffix(".apk") {
            add_architecture(&format!("lib/{}/", abi(name)), &mut architectures);
            let rank = rank(name);
            if base.as_ref().is_none_or(|(best, _)| rank < *best) {
                base = Some((rank, entry));
            }
        } else if entry.name == "manifest.json" {
            json = Some(entry);
        }
        ControlFlow::Continue(())
    })?;
    let read = match &base {
        Some((_, base)) => archive.open_entry(base, MAX_APK_BYTES).and_then(|mut base| apk::read(&mut *base)),
        None => Err("no apk in it".into()),
    };
    let mut details = match read {
        Ok(details) => details,
        Err(damage) if json.is_none() && architectures.is_empty() => return Err(damage),
        Err(damage) => {
            archive.reports().add(damage);
            Details::default()
        }
    };
    let has_manifest = details.android.as_ref().is_some_and(|android| android.package_name.is_some());
    if let Some(json) = json.filter(|_| !has_manifest) {
        let reports = archive.reports().clone();
        let json = reports.value(archive.read_whole(&json, MAX_JSON_BYTES)).unwrap_or_default();
        let members = Members::read(&json, &["package_name", "version_name", "version_code"]);
        details = from_json(&members, details);
        if let Some(damage) = members.damage {
            reports.add(damage);
        }
    }
    if details.architectures.is_empty() {
        details.architectures = architectures;
    }
    Ok(details)
}

/// How likely an apk is the base: the lower, the more.
fn rank(name: &str) -> u8 {
    match name {
        "universal" | "base" | "splits/base-master" | "base-master" => 0,
        _ if name.ends_with("/base-master") => 1,
        _ if name.contains("config.") || name.starts_with("split_") || name.starts_with("asset-slices/") => 4,
        _ if name.starts_with("splits/") || name.starts_with("instant/") => 3,
        _ => 2,
    }
}

/// The ABI in a name such as `splits/base-arm64_v8a` or `config.arm64_v8a`, as Android writes it.
fn abi(name: &str) -> &str {
    match name.rsplit(['-', '.', '/']).next().unwrap_or_default() {
        "arm64_v8a" => "arm64-v8a",
        "armeabi_v7a" => "armeabi-v7a",
        other => other,
    }
}

/// Adds the details in `manifest.json` to those that were found without a manifest.
fn from_json(members: &Members, found: Details) -> Details {
    let code = members.get::<i64>("version_code");
    // Some write the number as a string.
    let code = code.or_else(|| members.get::<String>("version_code")?.trim().parse().ok());
    let version = members.get::<String>("version_name");
    let details = Details::with_package_version(
        version.as_deref().unwrap_or_default(),
        code.map(|code| code.to_string()).as_deref(),
        version.as_deref().unwrap_or_default(),
    );
    let package_name = members.get::<String>("package_name");
    Details {
        platform: found.platform.or(package_name.as_ref().and_then(|_| catalog::find_platform("android"))),
        architectures: found.architectures,
        android: Some(AndroidInfo {
            package_name,
            version_name: version,
            version_code: code,
            ..found.android.unwrap_or_default()
        }),
        ..details
    }
}
