//! rpm: a package for Fedora, Red Hat, openSUSE and others.
//!
//! <https://rpm-software-management.github.io/rpm/manual/format_v4.html>

use std::io::SeekFrom;

use super::architecture::find_architecture;
use crate::artifact::bytes::{Bytes, Endian};
use crate::artifact::format::FileFormat;
use crate::artifact::magic::Magic;
use crate::artifact::{Damage, Details, ReadSeek, Version, catalog, read_at_most};

pub(crate) const FORMAT: FileFormat = FileFormat { extensions: &["rpm"], magics: &[MAGIC], read };

const MAGIC: Magic = Magic { name: "an RPM package", matches: |head| head.starts_with(b"\xed\xab\xee\xdb") };

/// Bytes of the header to read; strings beyond are ignored.
const MAX_HEADER_BYTES: u64 = 4 << 20;
/// Bytes of the signature, which precedes the header.
const MAX_SIGNATURE_BYTES: u64 = 16 << 20;
/// Bytes of the lead, which precedes the signature.
const LEAD_BYTES: u64 = 96;

/// Reads version, release and architecture. The release is the build number.
fn read(source: &mut dyn ReadSeek) -> Result<Details, Damage> {
    source.seek(SeekFrom::Start(LEAD_BYTES))?;
    let intro = read_at_most(&mut *source, 16)?;
    let size = header_size(Bytes(&intro))
        .filter(|size| *size <= MAX_SIGNATURE_BYTES)
        .ok_or("invalid signature header")?;
    // The header is aligned to eight bytes.
    source.seek(SeekFrom::Start(LEAD_BYTES + size.next_multiple_of(8)))?;
    let header = read_at_most(&mut *source, MAX_HEADER_BYTES)?;
    let header = Bytes(&header);
    header_size(header).ok_or("invalid header")?;
    let architecture = string(header, 1022).and_then(find_architecture);
    Ok(Details {
        platform: catalog::find_platform("redhat"),
        architectures: architecture.into_iter().collect(),
        version: string(header, 1001).and_then(Version::parse_short),
        build_number: string(header, 1002).map(str::to_owned),
        ..Details::default()
    })
}

/// Size of a header including its index, in bytes. `None` if it is not one.
fn header_size(header: Bytes) -> Option<u64> {
    let (count, size) = (header.u32(8, Endian::Big)?, header.u32(12, Endian::Big)?);
    header.0.starts_with(b"\x8e\xad\xe8\x01").then(|| 16 + u64::from(count) * 16 + u64::from(size))
}

/// The string with this tag: <https://rpm-software-management.github.io/rpm/manual/tags.html>.
fn string(header: Bytes<'_>, tag: u32) -> Option<&str> {
    let count = header.usize(8, Endian::Big)?;
    let store = count.checked_mul(16)?.checked_add(16)?;
    let entry = (0..count)
        .map_while(|index| header.slice(16 + index * 16, 16))
        .find(|entry| entry.u32(0, Endian::Big) == Some(tag) && entry.u32(4, Endian::Big) == Some(6))?;
    header.text(store.checked_add(entry.usize(8, Endian::Big)?)?)
}
