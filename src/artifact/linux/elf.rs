//! ELF: programs, libraries, object files and firmware.
//!
//! <https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html>

use std::io::SeekFrom;

use crate::artifact::bytes::{Bytes, Endian};
use crate::artifact::magic::Magic;
use crate::artifact::{Damage, Details, ReadSeek, catalog, read_at_most};

pub(crate) const MAGIC: Magic = Magic { name: "an ELF file", matches: |head| head.starts_with(b"\x7fELF") };

/// Bytes from the start of the file to search for program headers.
const MAX_HEAD_BYTES: u64 = 64 << 10;
/// Bytes of ARM build attributes.
const MAX_ATTRIBUTES_BYTES: u64 = 4 << 10;
/// Section headers to search for the ARM build attributes.
const MAX_SECTIONS: u64 = 4096;

/// Reads the architecture, and the platform from the OS in the header or from the program interpreter.
/// Firmware has neither.
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
        platform: header.platform(head).and_then(catalog::find_platform),
        architectures: catalog::find_architecture(identifier).into_iter().collect(),
        ..Details::default()
    })
}

struct Header {
    endian: Endian,
    is_64_bit: bool,
    os_abi: u8,
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

    fn platform(&self, head: Bytes) -> Option<&'static str> {
        match self.os_abi {
            2 => return Some("netbsd"),
            6 => return Some("solaris"),
            7 => return Some("aix"),
            9 => return Some("freebsd"),
            12 => return Some("openbsd"),
            _ => {}
        }
        let interpreter = self.interpreter(head)?;
        let known = [
            ("/system/bin/linker", "android"),
            ("ld-linux", "linux"),
            ("ld-musl", "linux"),
            ("ld64.so", "linux"),
            ("ld.so.1", "linux"),
            ("ld-elf.so", "freebsd"),
            ("ld.elf_so", "netbsd"),
            ("ld.so", "openbsd"),
        ];
        known.iter().find(|(part, _)| interpreter.contains(part)).map(|(_, platform)| *platform)
    }

    /// Path of the dynamic loader.
    fn interpreter<'a>(&self, head: Bytes<'a>) -> Option<&'a str> {
        const INTERPRETER: u32 = 3;
        let mut headers = (0..self.program_header_count).map_while(|index| {
            let start = self.program_headers.checked_add(index.checked_mul(self.program_header_size)?)?;
            head.from(usize::try_from(start).ok()?)
        });
        // A program has at most one.
        let header = headers.find(|header| header.u32(0, self.endian) == Some(INTERPRETER))?;
        let offset = match self.is_64_bit {
            true => header.u64(8, self.endian)?,
            false => u64::from(header.u32(4, self.endian)?),
        };
        head.text(usize::try_from(offset).ok()?)
    }
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
    let endian = header.endian;
    for index in 0..header.section_header_count.min(MAX_SECTIONS) {
        source
            .seek(SeekFrom::Start(header.section_headers.checked_add(index * header.section_header_size)?))
            .ok()?;
        let section = read_at_most(&mut *source, 40).ok()?;
        let section = Bytes(&section);
        if section.u32(4, endian)? == ARM_ATTRIBUTES {
            source.seek(SeekFrom::Start(u64::from(section.u32(16, endian)?))).ok()?;
            let attributes =
                read_at_most(&mut *source, MAX_ATTRIBUTES_BYTES.min(u64::from(section.u32(20, endian)?)))
                    .ok()?;
            return arm_family(Bytes(&attributes), endian);
        }
    }
    None
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
