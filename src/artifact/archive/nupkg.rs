//! nupkg: a NuGet package.
//!
//! <https://learn.microsoft.com/nuget/reference/nuspec>

use std::iter;

use super::zip::{self, Archive};
use crate::artifact::format::FileFormat;
use crate::artifact::xml::Reader;
use crate::artifact::{Damage, Details, ReadSeek};

pub(crate) const FORMAT: FileFormat = FileFormat { extensions: &["nupkg"], magics: &[zip::MAGIC], read };

/// Reads the version from the `.nuspec` file.
fn read(source: &mut dyn ReadSeek) -> Result<Details, Damage> {
    let nuspec = Archive::open(source)?
        .find_text(|name| name.ends_with(".nuspec") && !name.contains('/'))?
        .ok_or("no .nuspec file")?;
    let mut reader = Reader::new(&nuspec);
    let version = iter::from_fn(|| reader.next_element()).find(|element| element.name == "version");
    let version = version.and_then(|element| reader.content(element));
    Ok(Details::with_version(version.as_deref()))
}
