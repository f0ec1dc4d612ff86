//! deb: a package for Debian and Ubuntu.
//!
//! <https://manpages.debian.org/deb.5>: an ar archive with `control.tar`, plain or packed, in which `control` states version and
//! architecture. Looks at no more than [`MEMBERS`] members, and reads at most [`CONTROL`] bytes of the text.

use std::io::{Read, SeekFrom};

use super::architecture;
use crate::artifact::archive::tar;
use crate::artifact::header_fields::field;
use crate::artifact::{Damage, Details, ReadSeek, Version, catalog, decompress, read_at_most};

/// Members that are looked at; `control.tar` is the second.
const MEMBERS: usize = 16;
/// Bytes of the text.
const CONTROL: u64 = 1 << 20;
/// The first bytes of an ar archive.
pub(crate) const MAGIC: &[u8] = b"!<arch>\n";

/// Version, the revision of the package as build number, and architecture.
pub(crate) fn read(source: &mut dyn ReadSeek) -> Result<Details, Damage> {
    let size = find_control(source)?;
    let archive = decompress::unpacked(source.take(size))?;
    let control = tar::find(archive, CONTROL, |name| name == "control")?.ok_or("it has no control file")?;
    let control = String::from_utf8_lossy(&control);
    let (version, revision) = field(&control, "Version").map_or(("", None), parts);
    Ok(Details {
        platform: catalog::platform_of("debian"),
        architectures: field(&control, "Architecture")
            .and_then(architecture::architecture_of)
            .into_iter()
            .collect(),
        version: Version::parse_short(version),
        build_number: revision.map(str::to_owned),
        ..Details::default()
    })
}

/// Goes to where `control.tar` begins; gives its size.
fn find_control(source: &mut dyn ReadSeek) -> Result<u64, Damage> {
    source.seek(SeekFrom::Start(0))?;
    if read_at_most(&mut *source, 8)? != MAGIC {
        return Err("it is no ar archive".into());
    }
    for _ in 0..MEMBERS {
        let header = read_at_most(&mut *source, 60)?;
        let text = |from: usize, to: usize| header.get(from..to).and_then(|bytes| str::from_utf8(bytes).ok());
        let size = text(48, 58).and_then(|digits| digits.trim_end().parse::<u32>().ok());
        let (name, size) = text(0, 16).zip(size).ok_or("it has no control.tar")?;
        if name.starts_with("control.tar") {
            return Ok(u64::from(size));
        }
        source.seek(SeekFrom::Current(i64::from(size) + i64::from(size % 2)))?;
    }
    Err("it has no control.tar".into())
}

/// The upstream version and the revision of `[epoch:]upstream[-revision]`,
/// <https://www.debian.org/doc/debian-policy/ch-controlfields.html#version>.
fn parts(version: &str) -> (&str, Option<&str>) {
    let version = version.split_once(':').map_or(version, |(_, rest)| rest);
    match version.rsplit_once('-') {
        Some((upstream, revision)) => (upstream, Some(revision)),
        None => (version, None),
    }
}

#[cfg(test)]
mod tests {
    use super::parts;

    #[test]
    fn a_version_is_upstreams_and_the_revision() {
        assert_eq!(parts("1.2.3"), ("1.2.3", None));
        assert_eq!(parts("1.2.3-4"), ("1.2.3", Some("4")));
        assert_eq!(parts("2:1.2.3-rc.1-0ubuntu3~22.04"), ("1.2.3-rc.1", Some("0ubuntu3~22.04")));
    }
}
