//! Packages that are zip archives with a text that names their version: nupkg, jar, war, whl, msix, appx.
//!
//! <https://learn.microsoft.com/nuget/reference/nuspec>, <https://docs.oracle.com/en/java/javase/21/docs/specs/jar/jar.html>,
//! <https://packaging.python.org/en/latest/specifications/binary-distribution-format>,
//! <https://learn.microsoft.com/uwp/schemas/appxpackage/uapmanifestschema/element-identity>. Of the text at most [`TEXT`] bytes are read.

use super::zip::Archive;
use crate::artifact::header_fields::field;
use crate::artifact::{Damage, Details, ReadSeek, catalog};

/// Bytes of the text.
const TEXT: u64 = 1 << 20;

/// A NuGet package: the `version` of its `.nuspec`.
pub(crate) fn read_nupkg(source: &mut dyn ReadSeek) -> Result<Details, Damage> {
    let text =
        text(source, |name| name.ends_with(".nuspec") && !name.contains('/'))?.ok_or("it has no .nuspec")?;
    let version = text.split_once("<version>").and_then(|(_, rest)| rest.split_once("</version>"));
    Ok(Details::with_version(version.map(|(version, _)| version)))
}

/// A Java archive: the version that its manifest states, if it does.
pub(crate) fn read_jar(source: &mut dyn ReadSeek) -> Result<Details, Damage> {
    let text = text(source, |name| name == "META-INF/MANIFEST.MF")?.unwrap_or_default();
    let version = ["Implementation-Version", "Bundle-Version", "Specification-Version"];
    Ok(Details::with_version(version.iter().find_map(|key| field(&text, key))))
}

/// A Python wheel: the version of its metadata, and what its tag says it runs on.
pub(crate) fn read_wheel(source: &mut dyn ReadSeek) -> Result<Details, Damage> {
    let mut tags = None;
    let metadata =
        text(&mut *source, |name| name.ends_with(".dist-info/METADATA"))?.ok_or("it has no METADATA")?;
    if let Some(wheel) = text(source, |name| name.ends_with(".dist-info/WHEEL"))? {
        tags = field(&wheel, "Tag").map(str::to_owned);
    }
    let tag = tags.unwrap_or_default();
    let platform = tag.rsplit('-').next().unwrap_or_default();
    let known = |parts: &[(&str, &'static str)]| {
        parts.iter().find(|(part, _)| platform.contains(part)).map(|(_, identifier)| *identifier)
    };
    let system = known(&[
        ("linux", "linux"),
        ("macosx", "macos"),
        ("win", "windows"),
        ("android", "android"),
        ("ios", "ios"),
    ]);
    let architecture = match (system, platform) {
        (Some("macos"), name) if name.ends_with("universal2") => Some("u2b"),
        (Some("macos"), name) if name.ends_with("arm64") => Some("apple"),
        (Some("windows"), "win32") => Some("x86"),
        _ => known(&[
            ("x86_64", "x64"),
            ("amd64", "x64"),
            ("aarch64", "arm64v8"),
            ("arm64", "arm64v8"),
            ("armv7l", "armv7"),
            ("i686", "x86"),
            ("ppc64", "ppc64"),
            ("s390x", "ibmz"),
            ("riscv64", "risc-v64"),
        ]),
    };
    Ok(Details {
        platform: system.and_then(catalog::platform_of),
        architectures: architecture.and_then(catalog::architecture_of).into_iter().collect(),
        ..Details::with_version(field(&metadata, "Version"))
    })
}

/// An msix or appx package: the `Identity` of its manifest.
pub(crate) fn read_msix(source: &mut dyn ReadSeek) -> Result<Details, Damage> {
    let text = text(source, |name| name == "AppxManifest.xml")?.ok_or("it has no AppxManifest.xml")?;
    let identity = text
        .split_once("<Identity")
        .and_then(|(_, rest)| rest.split_once('>'))
        .map_or("", |(inner, _)| inner);
    let architecture = match attribute(identity, "ProcessorArchitecture") {
        Some("x64") => Some("x64"),
        Some("x86") => Some("x86"),
        Some("arm64") => Some("arm64v8"),
        Some("arm") => Some("armv7"),
        _ => None,
    };
    Ok(Details {
        platform: catalog::platform_of("windows"),
        architectures: architecture.and_then(catalog::architecture_of).into_iter().collect(),
        ..Details::with_version(attribute(identity, "Version"))
    })
}

/// The text of the first entry whose name is wanted.
fn text(source: &mut dyn ReadSeek, is_wanted: impl FnMut(&str) -> bool) -> Result<Option<String>, Damage> {
    let mut archive = Archive::open(source)?;
    match archive.find(is_wanted)? {
        Some(entry) => Ok(Some(String::from_utf8_lossy(&archive.read_whole(&entry, TEXT)?).into_owned())),
        None => Ok(None),
    }
}

/// The value of an attribute `Name="value"`.
fn attribute<'a>(element: &'a str, name: &str) -> Option<&'a str> {
    element.match_indices(name).find_map(|(at, _)| {
        let is_whole = element[..at].ends_with(char::is_whitespace);
        let value = element[at + name.len()..].trim_start().strip_prefix('=')?.trim_start();
        let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
        is_whole.then(|| value[1..].split(quote).next()).flatten()
    })
}
