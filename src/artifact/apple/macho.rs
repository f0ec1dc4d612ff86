//! Mach-O: programs and libraries of Apple's systems, thin or fat.
//!
//! <https://github.com/apple-oss-distributions/xnu/blob/main/EXTERNAL_HEADERS/mach-o/loader.h>. Reads the headers of
//! at most [`SLICES`] slices, and of each at most [`COMMANDS`] bytes of load commands.

use std::io::SeekFrom;

use crate::artifact::bytes::{Bytes, Endian};
use crate::artifact::{Damage, Details, ReadSeek, catalog, read_at_most};

/// Slices of a fat file that are read.
const SLICES: u32 = 32;
/// Bytes of load commands that are read of each slice.
const COMMANDS: u64 = 32 << 10;

/// Whether these are the first bytes of a Mach-O file. A Java class begins like a fat one, and has a larger number
/// where that has the count of its slices.
pub(crate) fn is_magic(head: &[u8]) -> bool {
    match head.get(..4) {
        Some([0xce | 0xcf, 0xfa, 0xed, 0xfe] | [0xfe, 0xed, 0xfa, 0xce | 0xcf]) => true,
        Some([0xca, 0xfe, 0xba, 0xbe | 0xbf]) => {
            Bytes(head).u32(4, Endian::Big).is_some_and(|count| count <= SLICES)
        }
        _ => false,
    }
}

/// Architectures of all slices, and the platform that the first one was built for. On macOS ARM is Apple Silicon,
/// and together with x86-64 Apple Universal.
pub(crate) fn read(source: &mut dyn ReadSeek) -> Result<Details, Damage> {
    let slices = slices(source)?;
    let platform = slices.iter().find_map(|slice| slice.platform);
    let mut architectures: Vec<&str> = Vec::new();
    for slice in &slices {
        if let Some(architecture) = slice.architecture
            && !architectures.contains(&architecture)
        {
            architectures.push(architecture);
        }
    }
    if platform == Some("macos") {
        architectures.iter_mut().filter(|name| **name == "arm64v8").for_each(|name| *name = "apple");
        if architectures.contains(&"apple") && architectures.contains(&"x64") {
            architectures = vec!["u2b"];
        }
    }
    Ok(Details {
        platform: platform.and_then(catalog::platform_of),
        architectures: architectures.into_iter().filter_map(catalog::architecture_of).collect(),
        ..Details::default()
    })
}

/// One architecture's part of the file.
struct Slice {
    architecture: Option<&'static str>,
    platform: Option<&'static str>,
}

fn slices(source: &mut dyn ReadSeek) -> Result<Vec<Slice>, Damage> {
    source.seek(SeekFrom::Start(0))?;
    let head = read_at_most(&mut *source, 8 + u64::from(SLICES) * 32)?;
    let head = Bytes(&head);
    let magic = head.u32(0, Endian::Big).ok_or("the Mach-O header is cut off")?;
    let size = match magic {
        0xcafe_babe => 20,
        0xcafe_babf => 32,
        _ => return Ok(vec![slice(source, 0)?]),
    };
    let count = head.u32(4, Endian::Big).filter(|count| (1..=SLICES).contains(count));
    let mut slices = Vec::new();
    for index in 0..count.ok_or("the fat Mach-O header has an absurd number of slices")? as usize {
        let entry = head.slice(8 + index * size, size).ok_or("the fat Mach-O header is cut off")?;
        let start =
            if size == 20 { entry.u32(8, Endian::Big).map(u64::from) } else { entry.u64(8, Endian::Big) };
        let kind = (entry.u32(0, Endian::Big), entry.u32(4, Endian::Big));
        let named = kind.0.zip(kind.1).and_then(|(kind, variant)| architecture_of(kind, variant));
        // The architecture stands in the fat header too, so that a slice which lies beyond what is there still counts.
        let found = start.and_then(|start| slice(source, start).ok());
        slices.push(found.unwrap_or(Slice { architecture: named, platform: None }));
    }
    Ok(slices)
}

fn slice(source: &mut dyn ReadSeek, start: u64) -> Result<Slice, Damage> {
    source.seek(SeekFrom::Start(start))?;
    let bytes = read_at_most(&mut *source, 32 + COMMANDS)?;
    let bytes = Bytes(&bytes);
    let (endian, header) = match bytes.u32(0, Endian::Big) {
        Some(0xfeed_face) => (Endian::Big, 28),
        Some(0xfeed_facf) => (Endian::Big, 32),
        Some(0xcefa_edfe) => (Endian::Little, 28),
        Some(0xcffa_edfe) => (Endian::Little, 32),
        _ => return Err("a slice is no Mach-O file".into()),
    };
    let kind = bytes.u32(4, endian).zip(bytes.u32(8, endian)).ok_or("the Mach-O header is cut off")?;
    let count = bytes.u32(16, endian).ok_or("the Mach-O header is cut off")?;
    let (mut at, mut platform) = (header, None);
    for _ in 0..count {
        let Some((command, size)) = bytes.u32(at, endian).zip(bytes.place(at.saturating_add(4), endian))
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
            0x32 => bytes.u32(at.saturating_add(8), endian).and_then(platform_of),
            _ => None,
        };
        at = at.saturating_add(size);
    }
    Ok(Slice { architecture: architecture_of(kind.0, kind.1), platform })
}

/// The platform of a `LC_BUILD_VERSION` command; a simulator counts as what it simulates.
fn platform_of(number: u32) -> Option<&'static str> {
    Some(match number {
        1 | 6 => "macos",
        2 | 7 => "ios",
        3 | 8 => "apple-tv",
        4 | 9 => "apple-watch",
        11 | 12 => "vision-pro",
        _ => return None,
    })
}

fn architecture_of(kind: u32, variant: u32) -> Option<&'static str> {
    Some(match (kind, variant & 0x00ff_ffff) {
        (7, _) => "x86",
        (0x0100_0007, _) => "x64",
        (12, 6) => "armv6",
        (12, 7) => "armv5",
        (12, 14) => "armv6-m",
        (12, 15) => "armv7-m",
        (12, 16) => "armv7e-m",
        (12, _) => "armv7",
        (0x0100_000c, _) => "arm64v8",
        // 32-bit pointers on a 64-bit core: Apple Watch.
        (0x0200_000c, _) => "armv8",
        (18, _) => "ppc",
        (0x0100_0012, _) => "ppc64",
        _ => return None,
    })
}
