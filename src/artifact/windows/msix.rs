//! msix and appx: Windows app packages.
//!
//! <https://learn.microsoft.com/uwp/schemas/appxpackage/uapmanifestschema/element-identity>

use std::iter;

use crate::artifact::archive::zip::{self, Archive};
use crate::artifact::format::FileFormat;
use crate::artifact::xml::Reader;
use crate::artifact::{Damage, Details, ReadSeek, catalog};

pub(crate) const FORMAT: FileFormat =
    FileFormat { extensions: &["appx", "msix"], magics: &[zip::MAGIC], read };

/// Reads version and architecture from the manifest's `Identity` element.
fn read(source: &mut dyn ReadSeek) -> Result<Details, Damage> {
    let manifest =
        Archive::open(source)?.find_text(|name| name == "AppxManifest.xml")?.ok_or("no AppxManifest.xml")?;
    let mut reader = Reader::new(&manifest);
    let identity = iter::from_fn(|| reader.next_element()).find(|element| element.name == "Identity");
    let attribute = |name| identity.and_then(|identity| identity.attribute(name));
    let architecture = match attribute("ProcessorArchitecture").as_deref() {
        Some("x64") => Some("x64"),
        Some("x86") => Some("x86"),
        Some("arm64") => Some("arm64v8"),
        Some("arm") => Some("armv7"),
        _ => None,
    };
    Ok(Details {
        platform: catalog::find_platform("windows"),
        architectures: architecture.and_then(catalog::find_architecture).into_iter().collect(),
        ..Details::with_version(attribute("Version").as_deref())
    })
}
