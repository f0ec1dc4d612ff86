//! whl: a Python package.
//!
//! <https://packaging.python.org/en/latest/specifications/binary-distribution-format>

use super::zip::{self, Archive};
use crate::artifact::apple::macos_architectures;
use crate::artifact::format::FileFormat;
use crate::artifact::header_fields::{field, fields};
use crate::artifact::{Damage, Details, ReadSeek, catalog};

pub(crate) const FORMAT: FileFormat = FileFormat { extensions: &["whl"], magics: &[zip::MAGIC], read };

/// Tags to look at.
const MAX_TAGS: usize = 100;

/// Reads the version from `METADATA`, and platform and architectures from the tags in `WHEEL`. A wheel may have several
/// tags, and several platforms in one.
fn read(source: &mut dyn ReadSeek) -> Result<Details, Damage> {
    let mut archive = Archive::open(source)?;
    // Packages inside have folders of the same kind.
    let is_file = |name: &str, file: &str| {
        name.split_once('/').is_some_and(|(folder, rest)| folder.ends_with(".dist-info") && rest == file)
    };
    let metadata = archive.find_text(|name| is_file(name, "METADATA"));
    let wheel = archive.find_text(|name| is_file(name, "WHEEL"));
    // Each is read, also if the other is damaged.
    let (metadata, wheel) = match (metadata, wheel) {
        (Err(damage), Err(_) | Ok(None)) => return Err(damage),
        (Ok(None), Ok(None) | Err(_)) => return Err("no METADATA file".into()),
        (metadata, wheel) => {
            let reports = archive.reports();
            let metadata = metadata.and_then(|text| Ok(text.ok_or("no METADATA file")?));
            (reports.value(metadata).unwrap_or_default(), reports.value(wheel).flatten().unwrap_or_default())
        }
    };
    let tags =
        fields(&wheel, "Tag").filter_map(|tag| tag.rsplit('-').next()).flat_map(|tags| tags.split('.'));
    let (mut systems, mut architectures) = (Vec::new(), Vec::new());
    for tag in tags.take(MAX_TAGS) {
        let system = find_part(tag, SYSTEMS);
        systems.push(system);
        architectures.extend(tag_architectures(system, tag));
    }
    systems.dedup();
    let system = if let [system] = systems[..] { system } else { None };
    let mut unique: Vec<&str> = Vec::new();
    for architecture in architectures {
        if !unique.contains(&architecture) {
            unique.push(architecture);
        }
    }
    if system == Some("macos") {
        unique = macos_architectures(unique);
    }
    Ok(Details {
        platform: system.and_then(catalog::find_platform),
        architectures: unique.into_iter().filter_map(catalog::find_architecture).collect(),
        ..Details::with_version(field(&metadata, "Version"))
    })
}

/// The architectures of a platform tag. Those of macOS can contain several.
fn tag_architectures(system: Option<&str>, tag: &str) -> Vec<&'static str> {
    let last = tag.rsplit('_').next().unwrap_or_default();
    match (system, last) {
        (Some("macos"), "universal2") => vec!["x64", "arm64v8"],
        (Some("macos"), "intel") => vec!["x86", "x64"],
        (Some("macos"), "fat") => vec!["ppc", "x86"],
        (Some("macos"), "fat3") => vec!["ppc", "x86", "x64"],
        (Some("macos"), "fat64") => vec!["ppc64", "x64"],
        (Some("macos"), "universal") => vec!["ppc", "ppc64", "x86", "x64"],
        (Some("windows"), "win32") => vec!["x86"],
        _ => find_part(tag, ARCHITECTURES).into_iter().collect(),
    }
}

/// The identifier of the first part that the platform tag contains:
/// <https://packaging.python.org/en/latest/specifications/platform-compatibility-tags>
fn find_part(tag: &str, parts: &[(&str, &'static str)]) -> Option<&'static str> {
    parts.iter().find(|(part, _)| tag.contains(part)).map(|(_, identifier)| *identifier)
}

const SYSTEMS: &[(&str, &str)] =
    &[("linux", "linux"), ("macosx", "macos"), ("win", "windows"), ("android", "android"), ("ios", "ios")];

const ARCHITECTURES: &[(&str, &str)] = &[
    ("x86_64", "x64"),
    ("amd64", "x64"),
    ("aarch64", "arm64v8"),
    ("arm64", "arm64v8"),
    ("armv7l", "armv7"),
    ("armv6l", "armv6"),
    ("armeabi_v7a", "armv7"),
    ("loongarch64", "loongarch"),
    ("i386", "x86"),
    ("i686", "x86"),
    ("ppc64", "ppc64"),
    ("s390x", "ibmz"),
    ("riscv64", "risc-v64"),
];
