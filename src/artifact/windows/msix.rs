//! msix and appx: Windows app packages.
//!
//! <https://learn.microsoft.com/uwp/schemas/appxpackage/uapmanifestschema/element-identity>

use crate::artifact::archive::zip::{self, Archive};
use crate::artifact::format::FileFormat;
use crate::artifact::{Damage, Details, ReadSeek, catalog};

pub(crate) const FORMAT: FileFormat =
    FileFormat { extensions: &["appx", "msix"], magics: &[zip::MAGIC], read };

/// Reads version and architecture from the manifest's `Identity` element.
fn read(source: &mut dyn ReadSeek) -> Result<Details, Damage> {
    let manifest =
        Archive::open(source)?.find_text(|name| name == "AppxManifest.xml")?.ok_or("no AppxManifest.xml")?;
    let identity = manifest
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
        platform: catalog::find_platform("windows"),
        architectures: architecture.and_then(catalog::find_architecture).into_iter().collect(),
        ..Details::with_version(attribute(identity, "Version"))
    })
}

/// The value of an attribute `name="value"`.
fn attribute<'a>(element: &'a str, name: &str) -> Option<&'a str> {
    element.match_indices(name).find_map(|(at, _)| {
        let is_whole_name = element[..at].ends_with(char::is_whitespace);
        let value = element[at + name.len()..].trim_start().strip_prefix('=')?.trim_start();
        let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
        is_whole_name.then(|| value[1..].split(quote).next()).flatten()
    })
}
