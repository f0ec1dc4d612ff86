//! whl: a Python package.
//!
//! <https://packaging.python.org/en/latest/specifications/binary-distribution-format>

use super::zip::{self, Archive};
use crate::artifact::format::FileFormat;
use crate::artifact::header_fields::field;
use crate::artifact::{Damage, Details, ReadSeek, catalog};

pub(crate) const FORMAT: FileFormat = FileFormat { extensions: &["whl"], magics: &[zip::MAGIC], read };

/// Reads the version from `METADATA`, and platform and architecture from the first tag in `WHEEL`.
fn read(source: &mut dyn ReadSeek) -> Result<Details, Damage> {
    let mut archive = Archive::open(source)?;
    let metadata =
        archive.find_text(|name| name.ends_with(".dist-info/METADATA"))?.ok_or("no METADATA file")?;
    let wheel = archive.find_text(|name| name.ends_with(".dist-info/WHEEL"))?.unwrap_or_default();
    let tag = field(&wheel, "Tag").and_then(|tag| tag.rsplit('-').next()).unwrap_or_default();
    let system = find_part(tag, SYSTEMS);
    let architecture = match (system, tag) {
        (Some("macos"), tag) if tag.ends_with("universal2") => Some("u2b"),
        (Some("macos"), tag) if tag.ends_with("arm64") => Some("apple"),
        (Some("windows"), "win32") => Some("x86"),
        _ => find_part(tag, ARCHITECTURES),
    };
    Ok(Details {
        platform: system.and_then(catalog::find_platform),
        architectures: architecture.and_then(catalog::find_architecture).into_iter().collect(),
        ..Details::with_version(field(&metadata, "Version"))
    })
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
    ("i686", "x86"),
    ("ppc64", "ppc64"),
    ("s390x", "ibmz"),
    ("riscv64", "risc-v64"),
];
