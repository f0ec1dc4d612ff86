//! apks and xapk: an Android app as several apks, for one device or for all.
//!
//! <https://developer.android.com/tools/bundletool> writes an apks; an xapk has a `manifest.json`.

use std::ops::ControlFlow;

use serde::Deserialize;

use super::apk;
use super::manifest::add_architecture;
use crate::artifact::archive::zip::{self, Archive, Entry};
use crate::artifact::format::FileFormat;
use crate::artifact::{AndroidInfo, Damage, Details, ReadSeek, catalog};

pub(crate) const FORMAT: FileFormat =
    FileFormat { extensions: &["apks", "xapk"], magics: &[zip::MAGIC], read };

/// Bytes of a compressed apk, which must be decompressed to be read. Most are stored without compression.
const MAX_APK_BYTES: u64 = 8 << 20;
/// Bytes of `manifest.json`.
const MAX_JSON_BYTES: u64 = 1 << 20;

/// Reads the base apk, which has the manifest of the app, and the architectures from the names of the others. Without it,
/// the few details in `manifest.json`.
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
    let mut details = match (read, json) {
        (Ok(details), _) => details,
        (Err(damage), None) => return Err(damage),
        (Err(damage), Some(json)) => {
            let json = archive.read_whole(&json, MAX_JSON_BYTES)?;
            serde_json::from_slice::<Manifest>(&json).map_err(|_| damage)?.into_details()
        }
    };
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

/// The parts of `manifest.json` that are read.
#[derive(Deserialize)]
struct Manifest {
    package_name: String,
    version_name: Option<String>,
    version_code: Option<Number>,
}

/// A number, which some write as a string.
#[derive(Deserialize)]
#[serde(untagged)]
enum Number {
    Number(i64),
    String(String),
}

impl Manifest {
    fn into_details(self) -> Details {
        let code = match self.version_code {
            Some(Number::Number(number)) => Some(number),
            Some(Number::String(text)) => text.trim().parse().ok(),
            None => None,
        };
        let version = self.version_name.clone().unwrap_or_default();
        Details {
            platform: catalog::find_platform("android"),
            android: Some(AndroidInfo {
                package_name: Some(self.package_name),
                version_name: self.version_name,
                version_code: code,
                ..AndroidInfo::default()
            }),
            ..Details::with_package_version(&version, code.map(|code| code.to_string()).as_deref(), &version)
        }
    }
}
