//! zip and tar archives, and what they are compressed with.

use crate::files::{DEFLATE, archive, gzip, zip};

pub fn files() -> Vec<(&'static str, Vec<u8>)> {
    let json = format!("{{\"a\":[{}0],\"name\":\"a\",\"version\":\"1.2.3\"}}", "[],".repeat(330_000));
    let names = format!("{{\"name\":\"a\",\"cpu\":[{}\"x64\"]}}", "\"\",".repeat(340_000));
    let zeros = vec![0; 64 << 20];
    let tar_of_zeros = [&tar_header("zeros", 1 << 32)[..], &zeros].concat();
    let empty_entries: Vec<u8> = tar_header("empty", 0).repeat(100_000);
    vec![
        ("blocks.jar", jar(empty_blocks(8 << 20))),
        ("stored-blocks.jar", jar([0, 0, 0, 0xff, 0xff].repeat(1 << 20))),
        ("blocks.tgz", [GZIP_HEADER, &empty_blocks(8 << 20)].concat()),
        ("name.tgz", [&GZIP_HEADER[..3], &[8, 0, 0, 0, 0, 0, 3], &vec![b'n'; 32 << 20][..]].concat()),
        ("bomb.jar", archive(&[("META-INF/MANIFEST.MF", &zeros, true)])),
        ("lines.jar", archive(&[("META-INF/MANIFEST.MF", &b"a\n".repeat(500_000), true)])),
        ("entries.apk", empty_files("n", 300_000)),
        ("entries.zip", empty_files("n.app/Info.plist", 300_000)),
        ("bomb.apks", archive(&[("universal.apk", &zeros, true)])),
        ("resources.xapk", archive(&[("base.apk", &apk_with_resources(&zeros[..24 << 20]), true)])),
        ("entries.whl", empty_files("n", 300_000)),
        ("names.ipa", empty_files(&"n".repeat(65_535), 200)),
        ("zip64.jar", zip64_with_impossible_numbers()),
        ("ends.jar", b"PK\x05\x06".repeat(1 << 20)),
        ("overlap.apk", overlapping_entries()),
        (
            "dots.nupkg",
            archive(&[(
                "A.nuspec",
                &[b"<version>", &b".".repeat(1_000_000)[..], b"</version>"].concat(),
                true,
            )]),
        ),
        ("zeros.tgz", gzip(&tar_of_zeros)),
        ("empty.tgz", gzip(&empty_entries)),
        ("json.tgz", gzip(&[tar_header("package/package.json", json.len()), json.into_bytes()].concat())),
        ("names.tgz", gzip(&[tar_header("package/package.json", names.len()), names.into_bytes()].concat())),
        ("size.tgz", gzip(&tar_header("package/package.json", 0o77_777_777_777))),
    ]
}

/// An apk whose manifest refers to this resource table.
fn apk_with_resources(table: &[u8]) -> Vec<u8> {
    let manifest = include_bytes!("../../../data/android/manifest.bin");
    archive(&[("AndroidManifest.xml", manifest, true), ("resources.arsc", table, true)])
}

fn jar(compressed: Vec<u8>) -> Vec<u8> {
    zip([("META-INF/MANIFEST.MF", compressed, 100, DEFLATE)])
}

fn empty_files(name: &str, count: usize) -> Vec<u8> {
    zip((0..count).map(|_| (name, Vec::new(), 0, 0)))
}

const GZIP_HEADER: &[u8] = &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];

pub fn tar_header(name: &str, size: usize) -> Vec<u8> {
    let mut header = name.as_bytes().to_vec();
    header.resize(124, 0);
    header.extend(format!("{size:011o}\0").bytes());
    header.resize(512, 0);
    header
}

/// DEFLATE blocks that contain nothing but their code tables, 11 bytes each.
fn empty_blocks(size: usize) -> Vec<u8> {
    let mut bits = Vec::new();
    let mut number = |number: u32, count: u32| bits.extend((0..count).map(|bit| number >> bit & 1 == 1));
    for _ in 0..8 {
        // A block with its own codes: 257 for literals and lengths, 1 for distances, 18 for the lengths of codes.
        for (value, count) in [(0, 1), (2, 2), (0, 5), (0, 5), (14, 4)] {
            number(value, count);
        }
        // Lengths are coded by a 0 for the length 1 and a 1 for 11 zeros and more.
        for index in 0..18 {
            number(u32::from(index == 2 || index == 17), 3);
        }
        for (value, count) in [(0, 1), (1, 1), (127, 7), (1, 1), (106, 7), (0, 1), (0, 1)] {
            number(value, count);
        }
        // The end of the block.
        number(1, 1);
    }
    let byte = |bits: &[bool]| bits.iter().rev().fold(0, |byte, bit| byte << 1 | u8::from(*bit));
    let bytes: Vec<u8> = bits.chunks_exact(8).map(byte).collect();
    bytes.repeat(size / bytes.len())
}

fn zip64_with_impossible_numbers() -> Vec<u8> {
    let mut bytes = b"PK\x03\x04".to_vec();
    let start = bytes.len() as u64;
    bytes.extend(b"PK\x06\x06");
    bytes.extend(u64::MAX.to_le_bytes());
    bytes.extend([45, 0, 45, 0]);
    bytes.extend([0; 8]);
    bytes.extend([0xff; 32]);
    bytes.extend(b"PK\x06\x07\0\0\0\0");
    bytes.extend(start.to_le_bytes());
    bytes.extend([1, 0, 0, 0]);
    bytes.extend(b"PK\x05\x06");
    bytes.extend([0xff; 16]);
    bytes.extend([0, 0]);
    bytes
}

/// An archive in which every entry has the content of the first, a manifest of 4 MB.
fn overlapping_entries() -> Vec<u8> {
    let mut bytes = archive(&[("AndroidManifest.xml", &vec![3; 4 << 20], true)]);
    let at = bytes.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    let entry = bytes[at..bytes.len() - 22].to_vec();
    bytes.truncate(at);
    bytes.extend(entry.repeat(60_000));
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend(60_000_u16.to_le_bytes().repeat(2));
    bytes.extend((entry.len() as u32 * 60_000).to_le_bytes());
    bytes.extend((at as u32).to_le_bytes());
    bytes.extend([0, 0]);
    bytes
}
