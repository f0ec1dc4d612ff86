//! ELF: programs, libraries, object files and firmware.
//!
//! <https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html>

use std::io::SeekFrom;

use super::elf_system;
use crate::artifact::bytes::{Bytes, Endian};
use crate::artifact::magic::Magic;
use crate::artifact::{Damage, Details, ReadSeek, catalog, read_at_most, read_from};

pub(crate) const MAGIC: Magic = Magic { name: "an ELF file", matches: |head| head.starts_with(b"\x7fELF") };

/// Bytes from the start of the file to search for program headers.
const MAX_HEAD_BYTES: u64 = 64 << 10;
/// Bytes of ARM build attributes.
const MAX_ATTRIBUTES_BYTES: u64 = 4 << 10;
/// Program headers to look at.
const MAX_SEGMENTS: u64 = 256;
/// Section headers to look at.
const MAX_SECTIONS: u64 = 4096;

/// Reads the architecture, and the platform, which firmware does not have.
pub(crate) fn read(source: &mut dyn ReadSeek) -> Result<Details, Damage> {
    source.seek(SeekFrom::Start(0))?;
    let head = read_at_most(&mut *source, MAX_HEAD_BYTES)?;
    let head = Bytes(&head);
    let header = Header::read(head).ok_or("truncated ELF header")?;
    let identifier = match header.machine {
        40 => arm_architecture(&header, source).unwrap_or("armv7"),
        machine => architecture(machine, header.is_64_bit).unwrap_or_default(),
    };
    Ok(Details {
        platform: elf_system::find(&header, head, source).and_then(catalog::find_platform),
        architectures: catalog::find_architecture(identifier).into_iter().collect(),
        ..Details::default()
    })
}

/// The fields of the header that are used.
pub(super) struct Header {
    pub(super) endian: Endian,
    pub(super) is_64_bit: bool,
    pub(super) os_abi: u8,
    machine: u16,
    program_headers: u64,
    program_header_size: u64,
    program_header_count: u64,
    section_headers: u64,
    section_header_size: u64,
    section_header_count: u64,
}

impl Header {
    fn read(head: Bytes) -> Option<Self> {
        let is_64_bit = head.u8(4)? == 2;
        let endian = if head.u8(5)? == 2 { Endian::Big } else { Endian::Little };
        let word = |at_32, at_64| match is_64_bit {
            true => head.u64(at_64, endian),
            false => head.u32(at_32, endian).map(u64::from),
        };
        let half = |at_32: usize, at_64: usize| {
            head.u16(if is_64_bit { at_64 } else { at_32 }, endian).map(u64::from)
        };
        Some(Self {
            endian,
            is_64_bit,
            os_abi: head.u8(7)?,
            machine: head.u16(18, endian)?,
            program_headers: word(28, 32)?,
            program_header_size: half(42, 54)?,
            program_header_count: half(44, 56)?,
            section_headers: word(32, 40)?,
            section_header_size: half(46, 58)?,
            section_header_count: half(48, 60)?,
        })
    }

    /// The program headers.
    pub(super) fn segments(&self, head: Bytes) -> impl Iterator<Item = Segment> {
        (0..self.program_header_count.min(MAX_SEGMENTS)).map_while(move |index| {
            let start = self.program_headers.checked_add(index.checked_mul(self.program_header_size)?)?;
            let header = head.from(usize::try_from(start).ok()?)?;
            let word = |at_32, at_64| match self.is_64_bit {
                true => header.u64(at_64, self.endian),
                false => header.u32(at_32, self.endian).map(u64::from),
            };
            Some(Segment {
                kind: header.u32(0, self.endian)?,
                offset: word(4, 8)?,
                address: word(8, 16)?,
                size: word(16, 32)?,
                alignment: word(28, 48)?,
            })
        })
    }

    /// The section headers.
    pub(super) fn sections(&self, source: &mut dyn ReadSeek) -> impl Iterator<Item = Section> {
        (0..self.section_header_count.min(MAX_SECTIONS)).map_while(move |index| {
            let start = self.section_headers.checked_add(index * self.section_header_size)?;
            let header = read_from(source, start, if self.is_64_bit { 40 } else { 24 })?;
            let header = Bytes(&header);
            let word = |at_32, at_64| match self.is_64_bit {
                true => header.u64(at_64, self.endian),
                false => header.u32(at_32, self.endian).map(u64::from),
            };
            Some(Section { kind: header.u32(4, self.endian)?, offset: word(16, 24)?, size: word(20, 32)? })
        })
    }
}

/// A part of the file that is loaded into memory, or that the loader reads.
pub(super) struct Segment {
    pub(super) kind: u32,
    pub(super) offset: u64,
    /// Address in memory.
    pub(super) address: u64,
    /// Bytes in the file.
    pub(super) size: u64,
    pub(super) alignment: u64,
}

/// A part of the file for linkers and debuggers.
pub(super) struct Section {
    pub(super) kind: u32,
    pub(super) offset: u64,
    pub(super) size: u64,
}

/// <https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html>, `e_machine`.
fn architecture(machine: u16, is_64_bit: bool) -> Option<&'static str> {
    Some(match machine {
        2 | 18 | 43 => "sparc",
        3 => "x86",
        4 => "680x0",
        8 => match is_64_bit {
            true => "mips64",
            false => "mips",
        },
        15 => "pa-risc",
        20 => "ppc",
        21 => "ppc64",
        22 => "ibmz",
        41 | 0x9026 => "alpha",
        42 => "sh4",
        50 => "ia64",
        62 => "x64",
        75 => "vax",
        83 => "avr",
        93 => "arc-v1",
        94 => "xtensa",
        105 => "msp430",
        106 => "blackfin",
        113 => "nios2",
        165 => "8051",
        173 => "rx",
        183 => "arm64v8",
        189 => "microblaze",
        195 => "arc-v2",
        220 => "z80",
        243 => match is_64_bit {
            true => "risc-v64",
            false => "risc-v",
        },
        253..=255 => "arc-v3",
        258 => "loongarch",
        _ => return None,
    })
}

/// The ARM family. Only `Tag_CPU_arch` and `Tag_CPU_arch_profile` in the section `.ARM.attributes`
/// distinguish the families: <https://github.com/ARM-software/abi-aa/blob/main/addenda32/addenda32.rst>.
fn arm_architecture(header: &Header, source: &mut dyn ReadSeek) -> Option<&'static str> {
    const ARM_ATTRIBUTES: u32 = 0x7000_0003;
    let section = header.sections(&mut *source).find(|section| section.kind == ARM_ATTRIBUTES)?;
    source.seek(SeekFrom::Start(section.offset)).ok()?;
    let attributes = read_at_most(&mut *source, MAX_ATTRIBUTES_BYTES.min(section.size)).ok()?;
    arm_family(Bytes(&attributes), header.endian)
}

fn arm_family(section: Bytes, endian: Endian) -> Option<&'static str> {
    // Format version `A`, then a subsection: length, vendor, and the tag and length of the attributes for the
    // whole file.
    let vendor = section.text(5)?;
    let mut at = 5 + vendor.len() + 1 + 5;
    if vendor != "aeabi" || section.u8(0)? != b'A' || section.u32(1, endian)? as usize > section.0.len() {
        return None;
    }
    let (mut architecture, mut profile) = (None, 0);
    while let Some(tag) = uleb128(section, &mut at) {
        match tag {
            4 | 5 | 65 | 67 => at += section.text(at)?.len() + 1,
            32 => {
                uleb128(section, &mut at)?;
                at += section.text(at)?.len() + 1;
            }
            6 => architecture = uleb128(section, &mut at),
            7 => profile = uleb128(section, &mut at)?,
            _ => drop(uleb128(section, &mut at)?),
        }
    }
    Some(match (architecture?, u8::try_from(profile).unwrap_or(0)) {
        (3..=5, _) => "armv5",
        (6..=9, _) => "armv6",
        (10, b'R') => "armv7-r",
        (10, b'M') => "armv7-m",
        (10, _) => "armv7",
        (11 | 12, _) => "armv6-m",
        (13, _) => "armv7e-m",
        (14, _) => "armv8",
        (15, _) => "armv8-r",
        (16, _) => "armv8-m-bl",
        (17, _) => "armv8-m-ml",
        (21, _) => "armv81-m",
        (22, _) => "armv9",
        _ => return None,
    })
}

fn uleb128(bytes: Bytes, at: &mut usize) -> Option<u32> {
    let mut number = 0u32;
    for shift in (0..28).step_by(7) {
        let byte = bytes.u8(*at)?;
        *at += 1;
        number |= u32::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}
