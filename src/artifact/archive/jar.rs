//! jar and war: Java archives.
//!
//! <https://docs.oracle.com/en/java/javase/21/docs/specs/jar/jar.html>

use super::zip::{self, Archive};
use crate::artifact::format::FileFormat;
use crate::artifact::header_fields::field;
use crate::artifact::{Damage, Details, ReadSeek};

pub(crate) const FORMAT: FileFormat = FileFormat { extensions: &["jar", "war"], magics: &[zip::MAGIC], read };

/// Version attributes of a manifest, in order of preference.
const VERSIONS: [&str; 3] = ["Implementation-Version", "Bundle-Version", "Specification-Version"];

/// Reads the version from the manifest. Both are optional.
fn read(source: &mut dyn ReadSeek) -> Result<Details, Damage> {
    let manifest =
        Archive::open(source)?.find_text(|name| name == "META-INF/MANIFEST.MF")?.unwrap_or_default();
    Ok(Details::with_version(VERSIONS.iter().find_map(|name| field(&manifest, name))))
}
