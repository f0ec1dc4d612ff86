//! rpm: a package for Red Hat, Fedora, openSUSE and others.
//!
//! <https://rpm-software-management.github.io/rpm/manual/format_v4.html>. Reads the header, at most [`HEADER`] bytes, behind the
//! signature, which must begin in the first [`SIGNATURE`] bytes.

use std::io::SeekFrom;

use super::architecture;
use crate::artifact::bytes::{Bytes, Endian};
use crate::artifact::{Damage, Details, ReadSeek, Version, catalog, read_at_most};

/// Bytes of the header: its index, and texts as far as they lie in them.
const HEADER: u64 = 4 << 20;
/// Bytes of the signature that may stand before it.
const SIGNATURE: u64 = 16 << 20;
/// Bytes of the lead.
const LEAD: u64 = 96;

/// Version, release as build number, and architecture.
pub(crate) fn read(source: &mut dyn ReadSeek) -> Result<Details, Damage> {
    source.seek(SeekFrom::Start(LEAD))?;
    let intro = read_at_most(&mut *source, 16)?;
    let size =
        header_size(Bytes(&intro)).filter(|size| *size <= SIGNATURE).ok_or("its signature is damaged")?;
    // The header begins at the next multiple of eight.
    source.seek(SeekFrom::Start(LEAD + size.next_multiple_of(8)))?;
    let header = read_at_most(&mut *source, HEADER)?;
    let header = Bytes(&header);
    header_size(header).ok_or("its header is damaged")?;
    let architecture = text(header, 1022).and_then(architecture::architecture_of);
    Ok(Details {
        platform: catalog::platform_of("redhat"),
        architectures: architecture.into_iter().collect(),
        version: text(header, 1001).and_then(Version::parse_short),
        build_number: text(header, 1002).map(str::to_owned),
        ..Details::default()
    })
}

/// Bytes of a header with its index, if it is one.
fn header_size(header: Bytes) -> Option<u64> {
    let (count, size) = (header.u32(8, Endian::Big)?, header.u32(12, Endian::Big)?);
    header.0.starts_with(b"\x8e\xad\xe8\x01").then(|| 16 + u64::from(count) * 16 + u64::from(size))
}

/// The text of a tag.
fn text(header: Bytes<'_>, tag: u32) -> Option<&str> {
    let count = header.place(8, Endian::Big)?;
    let store = count.checked_mul(16)?.checked_add(16)?;
    let entry = (0..count)
        .map_while(|index| header.slice(16 + index * 16, 16))
        .find(|entry| entry.u32(0, Endian::Big) == Some(tag) && entry.u32(4, Endian::Big) == Some(6))?;
    header.text(store.checked_add(entry.place(8, Endian::Big)?)?)
}
