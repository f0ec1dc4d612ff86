//! PE: Windows programs, libraries and drivers.
//!
//! <https://learn.microsoft.com/windows/win32/debug/pe-format>

use std::io::SeekFrom;

use crate::artifact::bytes::{Bytes, Endian};
use crate::artifact::magic::Magic;
use crate::artifact::{Damage, Details, ReadSeek, Version, catalog, read_at_most, read_from};

pub(crate) const MAGIC: Magic =
    Magic { name: "a Windows executable", matches: |head| head.starts_with(b"MZ") };

/// Bytes from the start of the file to search for headers.
const MAX_HEAD_BYTES: u64 = 64 << 10;
/// Entries of a resource directory to look at.
const MAX_ENTRIES: usize = 256;
/// Bytes of the version resource.
const MAX_VERSION_BYTES: u64 = 64 << 10;
/// Resource type `RT_VERSION`.
const VERSION: u32 = 16;

/// Reads architecture and version. The version is that of the product, from the version resource; its fourth number, if
/// it is not zero, is the build number. The platform is Windows, except for EFI programs and .NET libraries that were
/// compiled for another system. .NET programs for "any CPU" have no architecture.
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
    let is_efi = (10..=13).contains(&headers.subsystem);
    let (architecture, platform) = match architecture(headers.machine) {
        Some(_) if headers.is_for_any_cpu(head, source) => (None, "windows"),
        Some(architecture) => (Some(architecture), "windows"),
        None => compiled_for(headers.machine).unwrap_or((None, "windows")),
    };
    let version = headers.version(head, source);
    Ok(Some(Details {
        platform: catalog::find_platform(platform).filter(|_| !is_efi),
        architectures: architecture.and_then(catalog::find_architecture).into_iter().collect(),
        ..Details::with_version(version.as_deref())
    }))
}

struct Headers {
    machine: u16,
    subsystem: u16,
    /// Virtual address of the resources.
    resources: u32,
    /// Virtual address of the header of .NET.
    dotnet: u32,
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
        let directory_count = optional.u32(directories - 4, Endian::Little).unwrap_or(0);
        let directory = |index: usize| {
            let is_listed = directory_count as usize > index;
            optional.u32(directories + index * 8, Endian::Little).filter(|_| is_listed).unwrap_or(0)
        };
        Some(Self {
            machine: header.u16(4, Endian::Little)?,
            section_count: header.u16(6, Endian::Little)?,
            sections: start + 24 + usize::from(header.u16(20, Endian::Little)?),
            subsystem: optional.u16(68, Endian::Little)?,
            resources: directory(2),
            dotnet: directory(14),
        })
    }

    /// Whether it contains .NET code alone, which runs on any processor, also if it prefers 32 bits. It looks like a
    /// program for x86. <https://learn.microsoft.com/dotnet/api/system.reflection.portableexecutablekinds>
    fn is_for_any_cpu(&self, head: Bytes, source: &mut dyn ReadSeek) -> bool {
        const ONLY_DOTNET: u32 = 1;
        const REQUIRES_32_BITS: u32 = 2;
        const PREFERS_32_BITS: u32 = 0x2_0000;
        if self.machine != X86 || self.dotnet == 0 {
            return false;
        }
        let header = self.file_offset(head, self.dotnet).and_then(|offset| read_from(source, offset, 20));
        let flags = header.and_then(|header| Bytes(&header).u32(16, Endian::Little)).unwrap_or(0);
        let has = |flag| flags & flag != 0;
        has(ONLY_DOTNET) && (has(PREFERS_32_BITS) || !has(REQUIRES_32_BITS))
    }

    /// The version of the product, else of the file: each as numbers, or as a string if the numbers are all zero.
    fn version(&self, head: Bytes, source: &mut dyn ReadSeek) -> Option<String> {
        let reports = source.reports().clone();
        let entry = self.version_entry(head, source)?;
        let resource = self.version_resource(head, source, entry).ok_or("invalid version resource");
        let resource = reports.value(resource)?;
        let resource = Bytes(&resource);
        // VS_FIXEDFILEINFO follows a header, a name of fixed length and padding.
        let fixed = resource.from(40).filter(|fixed| fixed.u32(0, Endian::Little) == Some(0xfeef_04bd));
        let numbers = |at: usize| {
            let number = |at| fixed?.u32(at, Endian::Little).map(|number| (number >> 16, number & 0xffff));
            let ((a, b), (c, d)) = (number(at)?, number(at + 4)?);
            Some(format!("{a}.{b}.{c}.{d}"))
        };
        let (product, file) = (numbers(16), numbers(8));
        let is_set = |version: &String| version != "0.0.0.0";
        let named = |name| string(resource, name).filter(|version| Version::parse_short(version).is_some());
        let set = product.clone().filter(is_set).or_else(|| named("ProductVersion").filter(is_set));
        set.or_else(|| file.filter(is_set)).or_else(|| named("FileVersion")).or(product)
    }

    /// Where the resources begin, and the offset there of the names of version resources.
    fn version_entry(&self, head: Bytes, source: &mut dyn ReadSeek) -> Option<(u64, u32)> {
        if self.resources == 0 {
            return None;
        }
        let resources = self.file_offset(head, self.resources)?;
        let types = directory(source, resources, 0)?;
        types.into_iter().find(|(id, _)| *id == VERSION).map(|(_, names)| (resources, names))
    }

    /// The first version resource. `None` if it is not in the file.
    fn version_resource(
        &self,
        head: Bytes,
        source: &mut dyn ReadSeek,
        (resources, names): (u64, u32),
    ) -> Option<Vec<u8>> {
        let (_, languages) = directory(source, resources, names & 0x7fff_ffff)?.into_iter().next()?;
        let (_, entry) = directory(source, resources, languages & 0x7fff_ffff)?.into_iter().next()?;
        let entry = read_from(source, resources.checked_add(u64::from(entry))?, 8)?;
        let (address, size) =
            Bytes(&entry).u32(0, Endian::Little).zip(Bytes(&entry).usize(4, Endian::Little))?;
        let mut resource = read_from(source, self.file_offset(head, address)?, MAX_VERSION_BYTES)?;
        // A size without room for the numbers is wrong.
        resource.truncate(if size < 92 { resource.len() } else { size });
        Some(resource)
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

/// The string with this name in a version resource: it follows the name, and begins at a multiple of four bytes.
/// Commas separate the numbers of some.
fn string(resource: Bytes, name: &str) -> Option<String> {
    let name: Vec<u8> = name.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect();
    let at = resource.0.windows(name.len()).step_by(2).position(|window| window == name)? * 2;
    let value = resource.from((at + name.len()).next_multiple_of(4))?.0;
    let units = value.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
    let units: Vec<u16> = units.take_while(|unit| *unit != 0).collect();
    let value = String::from_utf16_lossy(&units);
    Some(value.split(',').map(str::trim).collect::<Vec<_>>().join("."))
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

/// Architecture and platform of a .NET library that was compiled before its first start: the machine number is combined
/// with one for the system.
fn compiled_for(machine: u16) -> Option<(Option<&'static str>, &'static str)> {
    let systems =
        [(0x7b79, "linux"), (0x4644, "macos"), (0xadc4, "freebsd"), (0x1993, "netbsd"), (0x1992, "solaris")];
    systems.iter().find_map(|(number, platform)| {
        let architecture = architecture(machine ^ number)?;
        let is_apple_silicon = *platform == "macos" && architecture == "arm64v8";
        Some((Some(if is_apple_silicon { "apple" } else { architecture }), *platform))
    })
}

const X86: u16 = 0x014c;

fn architecture(machine: u16) -> Option<&'static str> {
    Some(match machine {
        X86 => "x86",
        0x8664 => "x64",
        0xaa64 | 0xa641 => "arm64v8",
        0x01c4 | 0x01c2 => "armv7",
        0x01c0 => "armv5",
        0x0200 => "ia64",
        0x5032 => "risc-v",
        0x5064 => "risc-v64",
        0x6232 | 0x6264 => "loongarch",
        0x01f0 | 0x01f1 => "ppc",
        0x0162 | 0x0166 | 0x0168 | 0x0169 => "mips",
        0x0184 | 0x0284 => "alpha",
        0x01a2 | 0x01a3 => "sh3",
        0x01a6 => "sh4",
        _ => return None,
    })
}
