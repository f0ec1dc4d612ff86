//! nupkg: a NuGet package.
//!
//! <https://learn.microsoft.com/nuget/reference/nuspec>

use super::zip::{self, Archive};
use crate::artifact::format::FileFormat;
use crate::artifact::{Damage, Details, ReadSeek};

pub(crate) const FORMAT: FileFormat = FileFormat { extensions: &["nupkg"], magics: &[zip::MAGIC], read };

/// Reads the version from the `.nuspec` file.
fn read(source: &mut dyn ReadSeek) -> Result<Details, Damage> {
    let nuspec = Archive::open(source)?
        .find_text(|name| name.ends_with(".nuspec") && !name.contains('/'))?
        .ok_or("no .nuspec file")?;
    let version = nuspec.split_once("<version>").and_then(|(_, rest)| rest.split_once("</version>"));
    Ok(Details::with_version(version.map(|(version, _)| version)))
}
