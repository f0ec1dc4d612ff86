//! Alpine Linux packages of format 2, which share their extension with Android's.
//!
//! <https://wiki.alpinelinux.org/wiki/Apk_spec>: three members of gzip data with the signature, the control segment and
//! the files, which together are one tar archive. The file `.PKGINFO` contains version and architecture.

use std::io::{BufReader, SeekFrom};

use super::architecture::find_architecture;
use crate::artifact::archive::tar;
use crate::artifact::inflate::Inflate;
use crate::artifact::{Damage, Details, ReadSeek, catalog};

/// Bytes of `.PKGINFO`.
const MAX_INFO_BYTES: u64 = 1 << 20;

/// Reads version, release and architecture. The release is the build number. A damaged package has a platform.
pub(crate) fn read(source: &mut dyn ReadSeek) -> Result<Details, Damage> {
    source.seek(SeekFrom::Start(0))?;
    let (budget, reports) = (source.budget().clone(), source.reports().clone());
    let archive = Inflate::gzip(BufReader::new(source), &budget).map_err(Damage::from);
    let info = archive.and_then(|archive| tar::find(archive, MAX_INFO_BYTES, |name| name == ".PKGINFO"));
    let Some(info) = reports.value(info) else { return Ok(details("", None)) };
    let info = info.ok_or("neither an Android package nor one of Alpine Linux: no .PKGINFO")?;
    let info = String::from_utf8_lossy(&info);
    let value = |name: &str| {
        info.lines()
            .filter_map(|line| line.split_once(" = "))
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value)
    };
    Ok(details(value("pkgver").unwrap_or_default(), value("arch")))
}

/// The details of a package with this version, such as `1.2.3-r4`, and this architecture.
pub(super) fn details(version: &str, arch: Option<&str>) -> Details {
    let whole = version.trim();
    let (version, release) = match whole.rsplit_once("-r") {
        Some((version, release)) => (version, Some(release)),
        None => (whole, None),
    };
    Details {
        platform: catalog::find_platform("alpine"),
        architectures: arch.and_then(|name| architecture(name.trim())).into_iter().collect(),
        ..Details::with_package_version(version, release, whole)
    }
}

/// Alpine's names are those of the kernel, but for one that Debian uses for a later architecture.
fn architecture(name: &str) -> Option<&'static catalog::Architecture> {
    find_architecture(if name == "armhf" { "armv6l" } else { name })
}
