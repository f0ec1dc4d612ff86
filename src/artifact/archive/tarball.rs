//! tgz: a tarball, which npm uses for its packages.
//!
//! <https://docs.npmjs.com/cli/configuring-npm/package-json>. Reads `package/package.json`, at most [`JSON`] bytes.

use std::io::{BufReader, SeekFrom};

use flate2::read::GzDecoder;

use super::tar;
use crate::artifact::{Damage, Details, ReadSeek, Version};

/// Bytes of the package's description.
const JSON: u64 = 1 << 20;

/// The version of an npm package; any other tarball tells nothing, which is no damage.
pub(crate) fn read(source: &mut dyn ReadSeek) -> Result<Details, Damage> {
    source.seek(SeekFrom::Start(0))?;
    let archive = GzDecoder::new(BufReader::new(source));
    let package = tar::find(archive, JSON, |name| name == "package/package.json")?;
    let package: Option<serde_json::Value> = package.and_then(|json| serde_json::from_slice(&json).ok());
    let version = package.as_ref().and_then(|package| package["version"].as_str());
    Ok(Details { version: version.and_then(Version::parse), ..Details::default() })
}
