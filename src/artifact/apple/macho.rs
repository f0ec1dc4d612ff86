//! Mach-O: programs and libraries for Apple's systems, for one architecture or several ("fat").
//!
//! <https://github.com/apple-oss-distributions/xnu/blob/main/EXTERNAL_HEADERS/mach-o/loader.h>

use std::io::SeekFrom;

use super::macos_architectures;
use crate::artifact::bytes::{Bytes, Endian};
use crate::artifact::magic::Magic;
use crate::artifact::{Damage, Details, ReadSeek, catalog, read_at_most};

/// A Java class begins like a fat file, but has a larger number in place of the number of slices.
pub(crate) const MAGIC: Magic = Magic {
    name: "a Mach-O file",
    matches: |head| match head.get(..4) {
        Some([0xce | 0xcf, 0xfa, 0xed, 0xfe] | [0xfe, 0xed, 0xfa, 0xce | 0xcf]) => true,
        Some([0xca, 0xfe, 0xba, 0xbe | 0xbf]) => {
            Bytes(head).u32(4, Endian::Big).is_some_and(|count| count <= MAX_SLICES)
        }
        _ => false,
    },
};

/// Slices of a fat file.
const MAX_SLICES: u32 = 32;
/// Bytes of load commands to read per slice.
const MAX_COMMAND_BYTES: u64 = 32 << 10;

/// Reads the architectures of all slices, and the platform from the first that names one.
pub(crate) fn read(source: &mut dyn ReadSeek) -> Result<Details, Damage> {
    let slices = slices(source)?;
    let platform = slices.iter().find_map(|slice| slice.platform);
    let mut architectures: Vec<&'static str> = Vec::new();
    for slice in &slices {
        if let Some(architecture) = slice.architecture
            && !architectures.contains(&architecture)
        {
            architectures.push(architecture);
        }
    }
    if platform == Some("macos") {
        architectures = macos_architectures(architectures);
    }
    Ok(Details {
        platform: platform.and_then(catalog::find_platform),
        architectures: architectures.into_iter().filter_map(catalog::find_architecture).collect(),
        ..Details::default()
    })
}

/// The part of a file for one architecture.
struct Slice {
    architecture: Option<&'static str>,
    platform: Option<&'static str>,
}

fn slices(source: &mut dyn ReadSeek) -> Result<Vec<Slice>, Damage> {
    source.seek(SeekFrom::Start(0))?;
    let head = read_at_most(&mut *source, 8 + u64::from(MAX_SLICES) * 32)?;
    let head = Bytes(&head);
    let magic = head.u32(0, Endian::Big).ok_or("truncated Mach-O header")?;
    let size = match magic {
        0xcafe_babe => 20,
        0xcafe_babf => 32,
        _ => return Ok(vec![slice(source, 0)?]),
    };
    let count = head.u32(4, Endian::Big).filter(|count| (1..=MAX_SLICES).contains(count));
    let mut slices = Vec::new();
    for index in 0..count.ok_or("invalid number of slices in the fat Mach-O header")? as usize {
        let entry = head.slice(8 + index * size, size).ok_or("truncated fat Mach-O header")?;
        let start =
            if size == 20 { entry.u32(8, Endian::Big).map(u64::from) } else { entry.u64(8, Endian::Big) };
        let cpu = entry.u32(0, Endian::Big).zip(entry.u32(4, Endian::Big));
        // The fat header repeats the architecture, so a slice beyond the bytes at hand still counts.
        let by_header =
            Slice { architecture: cpu.and_then(|(cpu, subtype)| architecture(cpu, subtype)), platform: None };
        let found = start.and_then(|start| slice(source, start).ok());
        slices.push(found.unwrap_or(by_header));
    }
    Ok(slices)
}

fn slice(source: &mut dyn ReadSeek, start: u64) -> Result<Slice, Damage> {
    source.seek(SeekFrom::Start(start))?;
    let bytes = read_at_most(&mut *source, 32 + MAX_COMMAND_BYTES)?;
    let bytes = Bytes(&bytes);
    let (endian, header) = match bytes.u32(0, Endian::Big) {
        Some(0xfeed_face) => (Endian::Big, 28),
        Some(0xfeed_facf) => (Endian::Big, 32),
        Some(0xcefa_edfe) => (Endian::Little, 28),
        Some(0xcffa_edfe) => (Endian::Little, 32),
        _ => return Err("not a Mach-O file".into()),
    };
    let cpu = bytes.u32(4, endian).zip(bytes.u32(8, endian)).ok_or("truncated Mach-O header")?;
    let count = bytes.u32(16, endian).ok_or("truncated Mach-O header")?;
    let (mut at, mut platform) = (header, None);
    for _ in 0..count {
        let Some((command, size)) = bytes.u32(at, endian).zip(bytes.usize(at.saturating_add(4), endian))
        else {
            break;
        };
        if size < 8 || platform.is_some() {
            break;
        }
        platform = match command {
            0x24 => Some("macos"),
            0x25 => Some("ios"),
            0x2f => Some("apple-tv"),
            0x30 => Some("apple-watch"),
            0x32 => bytes.u32(at.saturating_add(8), endian).and_then(platform_by_number),
            _ => None,
        };
        at = at.saturating_add(size);
    }
    Ok(Slice { architecture: architecture(cpu.0, cpu.1), platform })
}

/// The platform in an `LC_BUILD_VERSION` command. Simulators count as the platform they simulate.
fn platform_by_number(number: u32) -> Option<&'static str> {
    Some(match number {
        1 | 6 => "macos",
        2 | 7 => "ios",
        3 | 8 => "apple-tv",
        4 | 9 => "apple-watch",
        11 | 12 => "vision-pro",
        _ => return None,
    })
}

/// The architecture of a CPU type and subtype.
fn architecture(cpu: u32, subtype: u32) -> Option<&'static str> {
    Some(match (cpu, subtype & 0x00ff_ffff) {
        (7, _) => "x86",
        (0x0100_0007, _) => "x64",
        (12, 6) => "armv6",
        (12, 7) => "armv5",
        (12, 14) => "armv6-m",
        (12, 15) => "armv7-m",
        (12, 16) => "armv7e-m",
        (12, _) => "armv7",
        (0x0100_000c, _) => "arm64v8",
        // 64-bit ARM with 32-bit pointers: Apple Watch.
        (0x0200_000c, _) => "armv8",
        (18, _) => "ppc",
        (0x0100_0012, _) => "ppc64",
        _ => return None,
    })
}
