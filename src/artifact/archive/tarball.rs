//! tar.gz and tgz: compressed tarballs, among them npm packages.
//!
//! <https://docs.npmjs.com/cli/configuring-npm/package-json>

use std::io::{BufReader, SeekFrom};

use serde::Deserialize;

use super::tar;
use crate::artifact::format::FileFormat;
use crate::artifact::inflate::Inflate;
use crate::artifact::magic::Magic;
use crate::artifact::{Damage, Details, ReadSeek, Version};

pub(crate) const FORMAT: FileFormat = FileFormat { extensions: &["tar.gz", "tgz"], magics: &[MAGIC], read };

const MAGIC: Magic = Magic { name: "gzip data", matches: |head| head.starts_with(b"\x1f\x8b") };

/// Bytes of `package.json`.
const MAX_JSON_BYTES: u64 = 1 << 20;

/// Reads the version of an npm package. Other tarballs have no details.
fn read(source: &mut dyn ReadSeek) -> Result<Details, Damage> {
    source.seek(SeekFrom::Start(0))?;
    let budget = source.budget().clone();
    let archive = Inflate::gzip(BufReader::new(source), &budget)?;
    let package = tar::find(archive, MAX_JSON_BYTES, |name| name == "package/package.json")?;
    let package: Option<Package> = package.and_then(|json| serde_json::from_slice(&json).ok());
    let version = package.and_then(|package| Version::parse(&package.version));
    Ok(Details { version, ..Details::default() })
}

/// The part of `package.json` that is read. A whole document in memory takes a multiple of its size.
#[derive(Deserialize)]
struct Package {
    version: String,
}
