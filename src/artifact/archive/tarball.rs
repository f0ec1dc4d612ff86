//! tar.gz and tgz: compressed tarballs, among them npm packages.
//!
//! <https://docs.npmjs.com/cli/configuring-npm/package-json>

use std::io::{BufReader, SeekFrom};

use flate2::read::GzDecoder;

use super::tar;
use crate::artifact::format::FileFormat;
use crate::artifact::magic::Magic;
use crate::artifact::{Damage, Details, ReadSeek, Version};

pub(crate) const FORMAT: FileFormat = FileFormat { extensions: &["tar.gz", "tgz"], magics: &[MAGIC], read };

const MAGIC: Magic = Magic { name: "gzip data", matches: |head| head.starts_with(b"\x1f\x8b") };

/// Bytes of `package.json`.
const MAX_JSON_BYTES: u64 = 1 << 20;

/// Reads the version of an npm package. Other tarballs have no details.
fn read(source: &mut dyn ReadSeek) -> Result<Details, Damage> {
    source.seek(SeekFrom::Start(0))?;
    let archive = GzDecoder::new(BufReader::new(source));
    let package = tar::find(archive, MAX_JSON_BYTES, |name| name == "package/package.json")?;
    let package: Option<serde_json::Value> = package.and_then(|json| serde_json::from_slice(&json).ok());
    let version = package.as_ref().and_then(|package| package["version"].as_str());
    Ok(Details { version: version.and_then(Version::parse), ..Details::default() })
}
