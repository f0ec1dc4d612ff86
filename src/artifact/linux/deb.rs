//! deb: a package for Debian and Ubuntu.
//!
//! <https://manpages.debian.org/deb.5>: an ar archive with a tar archive, `control.tar.*`, whose file
//! `control` contains version and architecture.

use std::io::{Read, SeekFrom};

use super::architecture::find_architecture;
use crate::artifact::archive::tar;
use crate::artifact::format::FileFormat;
use crate::artifact::header_fields::field as header_field;
use crate::artifact::magic::Magic;
use crate::artifact::{Damage, Details, ReadSeek, catalog, decompress, read_at_most};

pub(crate) const FORMAT: FileFormat = FileFormat { extensions: &["deb"], magics: &[MAGIC], read };

const MAGIC: Magic =
    Magic { name: "a Debian package or another ar archive", matches: |head| head.starts_with(AR_SIGNATURE) };
const AR_SIGNATURE: &[u8] = b"!<arch>\n";

/// Archive members to look at; `control.tar` is the second.
const MAX_MEMBERS: usize = 16;
/// Bytes of the control file.
const MAX_CONTROL_BYTES: u64 = 1 << 20;

/// Reads version, revision and architecture. The revision is the build number.
fn read(source: &mut dyn ReadSeek) -> Result<Details, Damage> {
    let size = find_control(source)?;
    let budget = source.budget().clone();
    let archive = decompress::detect_and_decompress(source.take(size), &budget)?;
    let control = tar::find(archive, MAX_CONTROL_BYTES, |name| name == "control")?
        .ok_or("no control file in control.tar")?;
    let control = String::from_utf8_lossy(&control);
    let whole = header_field(&control, "Version").unwrap_or_default();
    let (upstream, revision) = split_version(whole);
    Ok(Details {
        platform: catalog::find_platform("debian"),
        architectures: header_field(&control, "Architecture")
            .and_then(find_architecture)
            .into_iter()
            .collect(),
        ..Details::with_package_version(upstream, revision, whole)
    })
}

/// Moves to the start of `control.tar` and returns its size.
fn find_control(source: &mut dyn ReadSeek) -> Result<u64, Damage> {
    source.seek(SeekFrom::Start(0))?;
    if read_at_most(&mut *source, 8)? != AR_SIGNATURE {
        return Err("not an ar archive".into());
    }
    for _ in 0..MAX_MEMBERS {
        let header = read_at_most(&mut *source, 60)?;
        let field =
            |from: usize, to: usize| header.get(from..to).and_then(|bytes| str::from_utf8(bytes).ok());
        let size = field(48, 58).and_then(|digits| digits.trim_end().parse::<u32>().ok());
        let (name, size) = field(0, 16).zip(size).ok_or("no control.tar")?;
        if name.starts_with("control.tar") {
            return Ok(u64::from(size));
        }
        source.seek(SeekFrom::Current(i64::from(size) + i64::from(size % 2)))?;
    }
    Err("no control.tar".into())
}

/// Splits `[epoch:]upstream[-revision]` into upstream version and revision:
/// <https://www.debian.org/doc/debian-policy/ch-controlfields.html#version>.
fn split_version(version: &str) -> (&str, Option<&str>) {
    let version = version.split_once(':').map_or(version, |(_, rest)| rest);
    match version.rsplit_once('-') {
        Some((upstream, revision)) => (upstream, Some(revision)),
        None => (version, None),
    }
}

#[cfg(test)]
mod tests {
    use super::split_version;

    #[test]
    fn versions_are_split_into_upstream_version_and_revision() {
        assert_eq!(split_version("1.2.3"), ("1.2.3", None));
        assert_eq!(split_version("1.2.3-4"), ("1.2.3", Some("4")));
        assert_eq!(split_version("2:1.2.3-rc.1-0ubuntu3~22.04"), ("1.2.3-rc.1", Some("0ubuntu3~22.04")));
    }
}
