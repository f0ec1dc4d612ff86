//! tar.gz and tgz: compressed tarballs, among them npm packages.

use std::io::{BufReader, SeekFrom};

use super::{npm, tar};
use crate::artifact::format::FileFormat;
use crate::artifact::inflate::Inflate;
use crate::artifact::magic::Magic;
use crate::artifact::{Damage, Details, ReadSeek};

pub(crate) const FORMAT: FileFormat = FileFormat { extensions: &["tar.gz", "tgz"], magics: &[MAGIC], read };

pub(crate) const MAGIC: Magic = Magic { name: "gzip data", matches: |head| head.starts_with(b"\x1f\x8b") };

/// Bytes of `package.json`.
const MAX_JSON_BYTES: u64 = 1 << 20;

/// Reads version, platform and architectures of an npm package. Other tarballs have no details.
fn read(source: &mut dyn ReadSeek) -> Result<Details, Damage> {
    source.seek(SeekFrom::Start(0))?;
    let (budget, reports) = (source.budget().clone(), source.reports().clone());
    let archive = Inflate::gzip(BufReader::new(source), &budget)?;
    // npm drops the first folder, whatever its name.
    let is_manifest = |name: &str| name.split_once('/').is_some_and(|(_, file)| file == "package.json");
    let package = tar::find(archive, MAX_JSON_BYTES, is_manifest)?;
    Ok(package.and_then(|json| npm::details(&json, &reports)).unwrap_or_default())
}
