//! Windows installers and programs.

use crate::files::{archive, pe};

pub fn files() -> Vec<(&'static str, Vec<u8>)> {
    let manifest = |identity: Vec<u8>| {
        archive(&[("AppxManifest.xml", &[b"<Identity ", &identity[..], b">"].concat(), true)])
    };
    vec![
        // Was read for ever.
        ("allocation.msi", compound_file(0, &[])),
        ("directory.msi", compound_file(END, &[])),
        (
            "streams.msi",
            compound_file(END, &["\u{5}SummaryInformation", "_StringPool", "_StringData", "Property"]),
        ),
        ("version.msix", manifest(b"Version ".repeat(120_000))),
        ("blanks.msix", manifest([b"Version", &b" ".repeat(1_000_000)[..]].concat())),
        ("resources.exe", resources_that_contain_themselves()),
        ("sections.exe", program_with_many_sections()),
    ]
}

const END: u32 = 0xffff_fffe;

/// A compound file in which every sector names itself as the next. The table that lists the allocation
/// sectors begins in sector `table`.
fn compound_file(table: u32, streams: &[&str]) -> Vec<u8> {
    let mut header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
    header.resize(24, 0);
    for half in [62_u16, 3, 0xfffe, 9, 6, 0, 0, 0] {
        header.extend(half.to_le_bytes());
    }
    // The directory begins in sector 1, the allocation table of the small streams in sector 0.
    for word in [0, 1, 1, 0, 4096, 0, 1, table, 1, 0] {
        header.extend(u32::to_le_bytes(word));
    }
    header.resize(512, 0xff);
    // Sector 0 makes each sector its own successor, also as a table of allocation sectors.
    let mut allocation: Vec<u8> = (0..128_u32).flat_map(u32::to_le_bytes).collect();
    if table == 0 {
        allocation.fill(0xff);
        allocation[508..].fill(0);
    }
    let root = directory_entry("Root Entry", 5);
    let entries = streams.iter().map(|name| directory_entry(&stream_name(name), 2));
    let mut directory: Vec<u8> = std::iter::once(root).chain(entries).flatten().collect();
    directory.truncate(512);
    directory.resize(512, 0);
    [header, allocation, directory, vec![1; 4096]].concat()
}

fn directory_entry(name: &str, kind: u8) -> Vec<u8> {
    let mut bytes: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let length = bytes.len() as u16 + 2;
    bytes.resize(64, 0);
    bytes.extend(length.to_le_bytes());
    bytes.push(kind);
    bytes.resize(116, 0);
    bytes.extend(2_u32.to_le_bytes());
    bytes.extend((1_u64 << 40).to_le_bytes());
    bytes.resize(128, 0);
    bytes
}

/// The stream of a table, or the name itself.
fn stream_name(name: &str) -> String {
    const CHARACTERS: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._";
    if name.starts_with('\u{5}') {
        return name.to_owned();
    }
    let codes: Vec<u32> = name.chars().map(|c| CHARACTERS.find(c).unwrap() as u32).collect();
    let pairs = codes.chunks(2).map(|pair| match *pair {
        [first, second] => 0x3800 + first + (second << 6),
        _ => 0x4800 + pair[0],
    });
    std::iter::once(0x4840).chain(pairs).map(|code| char::from_u32(code).unwrap()).collect()
}

/// A program whose resource directory is its own first entry.
fn resources_that_contain_themselves() -> Vec<u8> {
    let mut bytes = pe(0x8664, [1, 2, 3, 4]);
    bytes[0x200 + 12..0x200 + 16].fill(0xff);
    bytes[0x200 + 20..0x200 + 24].copy_from_slice(&0x8000_0000_u32.to_le_bytes());
    bytes
}

fn program_with_many_sections() -> Vec<u8> {
    let mut bytes = pe(0x8664, [1, 2, 3, 4]);
    bytes[0x46..0x48].fill(0xff);
    bytes.resize(4 << 20, 0);
    bytes
}
