//! rpm: a package for Fedora, Red Hat, openSUSE and others.
//!
//! <https://rpm-software-management.github.io/rpm/manual/format_v4.html>

use std::io::SeekFrom;

use super::architecture::find_architecture;
use crate::artifact::bytes::{Bytes, Endian};
use crate::artifact::format::FileFormat;
use crate::artifact::magic::Magic;
use crate::artifact::{Damage, Details, ReadSeek, catalog, read_at_most, read_from};

pub(crate) const FORMAT: FileFormat = FileFormat { extensions: &["rpm"], magics: &[MAGIC], read };

const MAGIC: Magic = Magic { name: "an RPM package", matches: |head| head.starts_with(b"\xed\xab\xee\xdb") };

/// Bytes of the header to read; strings beyond are ignored.
const MAX_HEADER_BYTES: u64 = 4 << 20;
/// Bytes of the signature, which precedes the header.
const MAX_SIGNATURE_BYTES: u64 = 16 << 20;
/// How a header begins.
const HEADER_MAGIC: &[u8] = b"\x8e\xad\xe8\x01";
/// Bytes of the lead, which precedes the signature.
const LEAD_BYTES: u64 = 96;

/// Reads version, release, architecture and the distribution that made the package. The release is the build number. A
/// source package has no architecture, although it names that of the machine that packed it.
fn read(source: &mut dyn ReadSeek) -> Result<Details, Damage> {
    source.seek(SeekFrom::Start(0))?;
    let lead = read_at_most(&mut *source, LEAD_BYTES)?;
    let intro = read_at_most(&mut *source, 16)?;
    let size = header_size(Bytes(&intro)).filter(|size| *size <= MAX_SIGNATURE_BYTES);
    // The header is aligned to eight bytes.
    let after_signature = size.map(|size| LEAD_BYTES + size.next_multiple_of(8));
    let header = after_signature.and_then(|start| read_header(source, start));
    let header = match header {
        Some(header) => header,
        None => {
            let start = find_header(source).ok_or("invalid signature header")?;
            source.reports().add("invalid signature header");
            read_header(source, start).ok_or("invalid header")?
        }
    };
    let header = Bytes(&header);
    let is_source = Bytes(&lead).u16(6, Endian::Big) == Some(1) || number(header, SOURCE_PACKAGE) == Some(1);
    let architecture = string(header, ARCHITECTURE).filter(|_| !is_source).and_then(find_architecture);
    let (version, release) = (string(header, VERSION).unwrap_or_default(), string(header, RELEASE));
    let epoch = number(header, EPOCH).map(|epoch| format!("{epoch}:")).unwrap_or_default();
    let whole = match (version, release) {
        ("", _) => String::new(),
        (_, None) => format!("{epoch}{version}"),
        (_, Some(release)) => format!("{epoch}{version}-{release}"),
    };
    Ok(Details {
        platform: catalog::find_platform(platform(header)),
        architectures: architecture.into_iter().collect(),
        ..Details::with_package_version(version, release, &whole)
    })
}

/// The header at this offset. `None` if there is none.
fn read_header(source: &mut dyn ReadSeek, start: u64) -> Option<Vec<u8>> {
    read_from(source, start, MAX_HEADER_BYTES).filter(|header| header_size(Bytes(header)).is_some())
}

/// Searches for the header, which begins at a multiple of eight bytes, after a damaged signature.
fn find_header(source: &mut dyn ReadSeek) -> Option<u64> {
    const MAX_SEARCH_BYTES: u64 = 64 << 10;
    // The signature begins like a header.
    let start = LEAD_BYTES + 8;
    let bytes = read_from(source, start, MAX_SEARCH_BYTES)?;
    let index = bytes.chunks_exact(8).position(|bytes| bytes.starts_with(HEADER_MAGIC))?;
    Some(start + index as u64 * 8)
}

// Tags: <https://rpm-software-management.github.io/rpm/manual/tags.html>.
const VERSION: u32 = 1001;
const RELEASE: u32 = 1002;
const EPOCH: u32 = 1003;
const DISTRIBUTION: u32 = 1010;
const VENDOR: u32 = 1011;
const ARCHITECTURE: u32 = 1022;
const SOURCE_PACKAGE: u32 = 1106;

/// The distribution that the package names, else Red Hat and its relatives, where this format comes from.
fn platform(header: Bytes) -> &'static str {
    const DISTRIBUTIONS: [(&str, &str); 9] = [
        ("suse", "opensuse"),
        ("mageia", "mageia"),
        ("mandriva", "mageia"),
        ("mandrake", "mageia"),
        ("tizen", "tizen"),
        ("sailfish", "sailfish"),
        ("jolla", "sailfish"),
        ("alt linux", "linux"),
        ("photon", "linux"),
    ];
    for name in [DISTRIBUTION, VENDOR].into_iter().filter_map(|tag| string(header, tag)) {
        let name = name.to_lowercase();
        if let Some((_, platform)) = DISTRIBUTIONS.iter().find(|(part, _)| name.contains(part)) {
            return platform;
        }
    }
    "redhat"
}

/// Size of a header including its index, in bytes. `None` if it is not one.
fn header_size(header: Bytes) -> Option<u64> {
    let (count, size) = (header.u32(8, Endian::Big)?, header.u32(12, Endian::Big)?);
    header.0.starts_with(HEADER_MAGIC).then(|| 16 + u64::from(count) * 16 + u64::from(size))
}

/// The string with this tag.
fn string(header: Bytes<'_>, tag: u32) -> Option<&str> {
    const STRING: u32 = 6;
    let (store, offset) = entry(header, tag, STRING)?;
    header.text(store.checked_add(offset)?)
}

/// The first 32-bit number with this tag.
fn number(header: Bytes, tag: u32) -> Option<u32> {
    const INT32: u32 = 4;
    let (store, offset) = entry(header, tag, INT32)?;
    header.u32(store.checked_add(offset)?, Endian::Big)
}

/// Where the store begins, and the offset there of the value with this tag and type.
fn entry(header: Bytes, tag: u32, value_type: u32) -> Option<(usize, usize)> {
    let count = header.usize(8, Endian::Big)?;
    let store = count.checked_mul(16)?.checked_add(16)?;
    let entry = (0..count).map_while(|index| header.slice(16 + index * 16, 16)).find(|entry| {
        entry.u32(0, Endian::Big) == Some(tag) && entry.u32(4, Endian::Big) == Some(value_type)
    })?;
    Some((store, entry.usize(8, Endian::Big)?))
}
