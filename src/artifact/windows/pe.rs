//! PE: Windows programs, libraries and drivers.
//!
//! <https://learn.microsoft.com/windows/win32/debug/pe-format>

use std::io::SeekFrom;

use crate::artifact::bytes::{Bytes, Endian};
use crate::artifact::magic::Magic;
use crate::artifact::{Damage, Details, ReadSeek, catalog, read_at_most, read_from};

pub(crate) const MAGIC: Magic =
    Magic { name: "a Windows executable", matches: |head| head.starts_with(b"MZ") };

/// Bytes from the start of the file to search for headers.
const MAX_HEAD_BYTES: u64 = 64 << 10;
/// Entries of a resource directory to look at.
const MAX_ENTRIES: usize = 256;
/// Resource type `RT_VERSION`.
const VERSION: u32 = 16;

/// Reads architecture and version. The version is that of the product, from the version resource; its fourth
/// number, if it is not zero, is the build number. The platform is Windows, except for EFI programs.
///
/// `None` if it is a program for DOS, or no program.
pub(crate) fn read(source: &mut dyn ReadSeek) -> Result<Option<Details>, Damage> {
    source.seek(SeekFrom::Start(0))?;
    let head = read_at_most(&mut *source, MAX_HEAD_BYTES)?;
    let head = Bytes(&head);
    let start = head.usize(0x3c, Endian::Little).unwrap_or(0);
    if head.slice(start, 4).is_none_or(|signature| signature.0 != b"PE\0\0") {
        return Ok(None);
    }
    let headers = Headers::read(head, start).ok_or("truncated or invalid PE header")?;
    let architecture = architecture(headers.machine).and_then(catalog::find_architecture);
    let is_efi = (10..=13).contains(&headers.subsystem);
    let version = headers.version(head, source).map(|[a, b, c, d]| format!("{a}.{b}.{c}.{d}"));
    Ok(Some(Details {
        platform: catalog::find_platform("windows").filter(|_| !is_efi),
        architectures: architecture.into_iter().collect(),
        ..Details::with_version(version.as_deref())
    }))
}

struct Headers {
    machine: u16,
    subsystem: u16,
    /// Virtual address of the resources.
    resources: u32,
    /// Offset of the section headers.
    sections: usize,
    section_count: u16,
}

impl Headers {
    /// Reads the headers that begin at `start`.
    fn read(head: Bytes, start: usize) -> Option<Self> {
        let header = head.from(start)?;
        let optional = header.from(24)?;
        let directories = match optional.u16(0, Endian::Little)? {
            0x10b => 96,
            0x20b => 112,
            _ => return None,
        };
        Some(Self {
            machine: header.u16(4, Endian::Little)?,
            section_count: header.u16(6, Endian::Little)?,
            sections: start + 24 + usize::from(header.u16(20, Endian::Little)?),
            subsystem: optional.u16(68, Endian::Little)?,
            resources: optional.u32(directories + 16, Endian::Little).unwrap_or(0),
        })
    }

    /// The product version.
    fn version(&self, head: Bytes, source: &mut dyn ReadSeek) -> Option<[u16; 4]> {
        if self.resources == 0 {
            return None;
        }
        let resources = self.file_offset(head, self.resources)?;
        let types = directory(source, resources, 0)?;
        let (_, names) = types.into_iter().find(|(id, _)| *id == VERSION)?;
        let (_, languages) = directory(source, resources, names & 0x7fff_ffff)?.into_iter().next()?;
        let (_, entry) = directory(source, resources, languages & 0x7fff_ffff)?.into_iter().next()?;
        let entry = read_from(source, resources.checked_add(u64::from(entry))?, 8)?;
        let offset = self.file_offset(head, Bytes(&entry).u32(0, Endian::Little)?)?;
        let resource = read_from(source, offset, 512)?;
        // VS_FIXEDFILEINFO follows a header, a name of fixed length and padding.
        let info = Bytes(&resource).from(40)?;
        let number = |at| info.u32(at, Endian::Little).map(|number| [(number >> 16) as u16, number as u16]);
        let ([a, b], [c, d]) = (number(16)?, number(20)?);
        (info.u32(0, Endian::Little)? == 0xfeef_04bd).then_some([a, b, c, d])
    }

    /// Converts a virtual address to an offset in the file.
    fn file_offset(&self, head: Bytes, address: u32) -> Option<u64> {
        (0..usize::from(self.section_count)).find_map(|index| {
            let section = head.slice(self.sections + index * 40, 40)?;
            let (size, start) = (section.u32(16, Endian::Little)?, section.u32(12, Endian::Little)?);
            let offset = address.checked_sub(start).filter(|offset| *offset < size)?;
            Some(u64::from(section.u32(20, Endian::Little)?) + u64::from(offset))
        })
    }
}

/// The ids and offsets of a resource directory's entries.
fn directory(source: &mut dyn ReadSeek, resources: u64, offset: u32) -> Option<Vec<(u32, u32)>> {
    let bytes = read_from(source, resources.checked_add(u64::from(offset))?, 16 + MAX_ENTRIES as u64 * 8)?;
    let bytes = Bytes(&bytes);
    let count = usize::from(bytes.u16(12, Endian::Little)?) + usize::from(bytes.u16(14, Endian::Little)?);
    let entry = |index: usize| {
        let at = 16 + index * 8;
        bytes.u32(at, Endian::Little).zip(bytes.u32(at + 4, Endian::Little))
    };
    Some((0..count.min(MAX_ENTRIES)).map_while(entry).collect())
}

fn architecture(machine: u16) -> Option<&'static str> {
    Some(match machine {
        0x014c => "x86",
        0x8664 => "x64",
        0xaa64 | 0xa641 => "arm64v8",
        0x01c4 | 0x01c2 => "armv7",
        0x01c0 => "armv5",
        0x0200 => "ia64",
        0x5032 => "risc-v",
        0x5064 => "risc-v64",
        0x6232 | 0x6264 => "loongarch",
        0x01f0 | 0x01f1 => "ppc",
        _ => return None,
    })
}
