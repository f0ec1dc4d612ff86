//! apk and aab.

use crate::files::{archive, field};

const MANIFEST: &[u8] = include_bytes!("../../../data/android/manifest.bin");
const RESOURCES: &[u8] = include_bytes!("../../../data/android/resources.arsc");
const BUNDLE_MANIFEST: &[u8] = include_bytes!("../../../data/android/bundle-manifest.pb");

pub fn files() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        // Was read for 40 s.
        ("count.apk", apk(MANIFEST, &sparse_types_with_endless_count())),
        // Took 2 GB.
        ("attributes.apk", apk(&attributes_with_the_same_string(false), b"")),
        ("wide-attributes.apk", apk(&attributes_with_the_same_string(true), b"")),
        ("chunks.apk", apk(MANIFEST, &table(&[0, 0, 8, 0, 8, 0, 0, 0].repeat(3 << 20)))),
        ("pairs.apk", apk(MANIFEST, &table(&sparse_type(23 << 20)))),
        ("elements.apk", apk(&document(&start_element(&[]).repeat(100_000)), b"")),
        ("fields.aab", aab(BUNDLE_MANIFEST, &[0x18, 0].repeat(12 << 20))),
        ("packages.aab", aab(BUNDLE_MANIFEST, &field(2, b"").repeat(12 << 20))),
        ("entries.aab", aab(BUNDLE_MANIFEST, &nested_entries())),
        ("children.aab", aab(&field(1, &field(5, &field(1, b"")).repeat(1_000_000)), b"")),
        ("deep.aab", aab(&nested_elements(), b"")),
        ("long-names.aab", aab(&field(1, &[field(3, b"manifest"), long_attributes()].concat()), b"")),
    ]
}

fn apk(manifest: &[u8], resources: &[u8]) -> Vec<u8> {
    archive(&[("AndroidManifest.xml", manifest, false), ("resources.arsc", resources, false)])
}

fn aab(manifest: &[u8], resources: &[u8]) -> Vec<u8> {
    let manifest = ("base/manifest/AndroidManifest.xml", manifest, false);
    archive(&[manifest, ("base/resources.pb", resources, true)])
}

/// The resource table that belongs to the manifest, with types that claim to have 2³² sparse entries.
fn sparse_types_with_endless_count() -> Vec<u8> {
    let mut bytes = RESOURCES.to_vec();
    let mut at = 12;
    while at + 8 <= bytes.len() {
        let kind = u16::from_le_bytes([bytes[at], bytes[at + 1]]);
        let size = u32::from_le_bytes(bytes[at + 4..at + 8].try_into().unwrap()) as usize;
        if kind == 0x0201 {
            bytes[at + 9] = 1;
            bytes[at + 12..at + 16].fill(0xff);
        }
        // A package contains chunks.
        at += if kind == 0x0200 { 288 } else { size };
    }
    assert_ne!(bytes, RESOURCES);
    bytes
}

fn chunk(kind: u16, header: &[u8], content: &[u8]) -> Vec<u8> {
    let header_size = 8 + header.len();
    let size = (header_size + content.len()) as u32;
    let mut bytes = kind.to_le_bytes().to_vec();
    bytes.extend((header_size as u16).to_le_bytes());
    bytes.extend(size.to_le_bytes());
    bytes.extend(header);
    bytes.extend(content);
    bytes
}

/// A table with a string pool and the package of apps.
fn table(chunks: &[u8]) -> Vec<u8> {
    let package = chunk(0x0200, &0x7f_u32.to_le_bytes(), chunks);
    chunk(2, &[1, 0, 0, 0], &[chunk(1, &[0; 20], b""), package].concat())
}

/// A type whose sparse entries are all different from those that are looked up.
fn sparse_type(size: usize) -> Vec<u8> {
    let pairs = [0xff, 0xff, 0, 0].repeat(size / 4);
    let mut header = vec![3, 1, 0, 0];
    header.extend((pairs.len() as u32 / 4).to_le_bytes());
    header.extend([0; 4]);
    header.extend([28, 0, 0, 0]);
    header.resize(40, 0);
    chunk(0x0201, &header, &pairs)
}

/// A manifest with as many attributes as fit, which all have the same long string as name and value.
fn attributes_with_the_same_string(is_wide: bool) -> Vec<u8> {
    let mut string = if is_wide { vec![0xe8, 0x03] } else { vec![0x83, 0xe8, 0x83, 0xe8] };
    string.extend(if is_wide { b"a\0".repeat(1000) } else { b"a".repeat(1000) });
    string.extend([0, 0]);
    let mut header = 1_u32.to_le_bytes().to_vec();
    header.extend(0_u32.to_le_bytes());
    header.extend((if is_wide { 0_u32 } else { 0x100 }).to_le_bytes());
    header.extend(32_u32.to_le_bytes());
    header.extend(0_u32.to_le_bytes());
    let pool = chunk(1, &header, &[&[0; 4], &string[..]].concat());
    let attribute: Vec<u8> =
        [0, 0, 0, 0x0300_0008, 0].iter().flat_map(|word: &u32| word.to_le_bytes()).collect();
    let element = start_element(&attribute.repeat(65_000));
    let content = [pool, element.repeat(3)].concat();
    chunk(3, b"", &content)
}

fn document(elements: &[u8]) -> Vec<u8> {
    chunk(3, b"", &[&chunk(1, &[0; 20], b"")[..], elements].concat())
}

fn start_element(attributes: &[u8]) -> Vec<u8> {
    let mut content = vec![0; 8];
    content.extend([20, 0, 20, 0]);
    content.extend(((attributes.len() / 20) as u16).to_le_bytes());
    content.extend([0; 6]);
    content.extend(attributes);
    chunk(0x0102, &[0; 8], &content)
}

/// A table whose only type has as many entries as fit, none with the id that is looked up.
fn nested_entries() -> Vec<u8> {
    let id = |number| field(1, &[0x08, number]);
    let entries = field(3, &field(1, b"\x08\x7f")).repeat(3 << 20);
    let resource_type = |number| field(3, &[id(number), entries[..entries.len() / 8].to_vec()].concat());
    let types: Vec<u8> = (1..8).flat_map(resource_type).collect();
    field(2, &[id(0x7f), types].concat())
}

fn nested_elements() -> Vec<u8> {
    (0..2000).fold(Vec::new(), |inner, _| field(1, &field(5, &inner)))
}

/// Attributes that set the version name to a long string, again and again.
fn long_attributes() -> Vec<u8> {
    let attribute = [field(2, b"versionName"), field(3, &vec![b'1'; 500_000])].concat();
    field(4, &attribute).repeat(8)
}
