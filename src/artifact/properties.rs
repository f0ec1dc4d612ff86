//! Property tests: no input makes a parser panic or run forever.

use std::io::Cursor;

use proptest::prelude::*;

use super::android::{bundle_resources, manifest, resource_table};
use super::apple::plist;
use super::budget::{Budget, Source};
use super::format::{self, FORMATS};
use super::reports::Reports;
use super::version::Version;
use super::xml::Reader;

const MANIFEST: &[u8] = include_bytes!("../../tests/data/android/manifest.bin");
const RESOURCES: &[u8] = include_bytes!("../../tests/data/android/resources.arsc");
const BUNDLE_MANIFEST: &[u8] = include_bytes!("../../tests/data/android/bundle-manifest.pb");
const BUNDLE_RESOURCES: &[u8] = include_bytes!("../../tests/data/android/bundle-resources.pb");
const LIST: &[u8] = include_bytes!("../../tests/data/ios/Info.bin");
const XML: &[u8] = include_bytes!("../../tests/data/ios/Info.xml");

/// A zip archive with one uncompressed file.
fn archive(name: &str, content: &[u8]) -> Vec<u8> {
    let (size, length) = ((content.len() as u32).to_le_bytes(), (name.len() as u16).to_le_bytes());
    let common = [&[0; 14][..], &size, &size, &length, &[0, 0]].concat();
    let local = [b"PK\x03\x04", &common[..], name.as_bytes(), content].concat();
    let entry = [b"PK\x01\x02\0\0", &common[..], &[0; 14], name.as_bytes()].concat();
    let (start, size) = ((local.len() as u32).to_le_bytes(), (entry.len() as u32).to_le_bytes());
    [&local[..], &entry, b"PK\x05\x06\0\0\0\0\x01\0\x01\0", &size, &start, &[0, 0]].concat()
}

/// Packages made by their own tools, with their extensions.
const PACKAGES: &[(&[u8], &str)] = &[
    (include_bytes!("../../tests/data/packages/gzip.deb"), "deb"),
    (include_bytes!("../../tests/data/packages/xz.deb"), "deb"),
    (include_bytes!("../../tests/data/packages/zstd.deb"), "deb"),
    (include_bytes!("../../tests/data/packages/example.msi"), "msi"),
    (include_bytes!("../../tests/data/packages/gzip.snap"), "snap"),
    (include_bytes!("../../tests/data/packages/xz.snap"), "snap"),
    (include_bytes!("../../tests/data/packages/zstd.snap"), "snap"),
    (include_bytes!("../../tests/data/packages/example.flatpak"), "flatpak"),
];

/// First bytes that get parsers past their checks.
fn beginnings() -> Vec<Vec<u8>> {
    let mut beginnings: Vec<Vec<u8>> = [
        "",
        "ADB.pckg",
        "\x7fELF\x01\x01",
        "\x7fELF\x02\x02",
        "MZ",
        "PK\x03\x04",
        "bplist00",
        "<plist><dict>",
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec();
    beginnings.push(b"\x1f\x8b\x08\0\0\0\0\0\0\x03".to_vec());
    beginnings.push(b"xar!\0\x1c\0\x01\0\0\0\0\0\0\x07\xd0\0\0\0\0\0\0\x07\xd0\0\0\0\x01\x78\x9c".to_vec());
    beginnings.push(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec());
    beginnings.extend(["!<arch>\n", "flatpak\0", "hsqs"].map(|text| text.as_bytes().to_vec()));
    let mut rpm = vec![0; 96];
    rpm.extend(b"\x8e\xad\xe8\x01\0\0\0\0\0\0\0\x01\0\0\0\x08");
    beginnings.push(rpm);
    beginnings.push(vec![0xcf, 0xfa, 0xed, 0xfe]);
    beginnings.push(vec![0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 9]);
    beginnings
}

fn read(bytes: Vec<u8>, extension: &str) {
    let format = format::by_extension(extension);
    let _ = (format.read)(&mut Source::new(Cursor::new(bytes), Budget::new()));
}

proptest! {
    #[test]
    fn every_format_survives_random_bytes(
        beginning in prop::sample::select(beginnings()),
        rest in prop::collection::vec(any::<u8>(), 0..2000),
    ) {
        let bytes = [beginning, rest].concat();
        let _ = plist::Value::parse(&bytes, &Reports::default());
        for format in FORMATS {
            let _ = (format.read)(&mut Source::new(Cursor::new(&bytes), Budget::new()));
        }
    }

    #[test]
    fn any_text_is_read_as_xml(text in "[<>/!?'\"=a \\[\\]&;-]{0,60}") {
        let mut reader = Reader::new(&text);
        while let Some(element) = reader.next_element() {
            let _ = (element.attribute("a"), reader.clone().content(element), reader.clone().skip_element(element));
        }
    }

    #[test]
    fn any_version_is_read(text in "v?[0-9.]{0,12}[-+~_.a-z0-9 ]{0,12}") {
        if let Some(version) = Version::parse_short(&text) {
            prop_assert_eq!(Version::parse(&version.full()), Some(version));
        }
    }

    #[test]
    fn apps_survive_corruption(
        which in 0usize..7,
        wrong in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        cut in any::<prop::sample::Index>(),
        is_cut in any::<bool>(),
    ) {
        let (name, content, extension) = [
            ("AndroidManifest.xml", MANIFEST, "apk"),
            ("resources.arsc", RESOURCES, "apk"),
            ("base/manifest/AndroidManifest.xml", BUNDLE_MANIFEST, "aab"),
            ("Payload/A.app/Info.plist", LIST, "ipa"),
            ("Payload/A.app/Info.plist", XML, "ipa"),
            ("A.app/Info.plist", XML, "zip"),
            ("META-INF/maven/a/b/pom.properties", b"version=1.2.3\n", "jar"),
        ][which];
        let mut content = content.to_vec();
        for (index, byte) in &wrong {
            let place = index.index(content.len());
            content[place] = *byte;
        }
        if name == "resources.arsc" {
            let reference = manifest::Attribute::Reference(0x7f03_0002);
            let _ = resource_table::resolve(&content, reference, &Budget::new());
        }
        let mut bytes = archive(name, &content);
        if is_cut {
            bytes.truncate(cut.index(bytes.len()));
        } else {
            let place = cut.index(bytes.len());
            bytes[place] ^= wrong[0].1;
        }
        read(bytes, extension);
    }

    #[test]
    fn packages_survive_corruption(
        which in prop::sample::select(PACKAGES),
        wrong in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
    ) {
        let (content, extension) = which;
        let mut content = content.to_vec();
        // The end of these small files is only padding.
        let used = content.iter().rposition(|byte| *byte != 0).map_or(1, |last| last + 1);
        for (index, byte) in &wrong {
            content[index.index(used)] = *byte;
        }
        read(content, extension);
    }

    #[test]
    fn bundle_resources_survive_corruption(
        wrong in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
    ) {
        let mut table = BUNDLE_RESOURCES.to_vec();
        for (index, byte) in &wrong {
            let place = index.index(table.len());
            table[place] = *byte;
        }
        for id in [0x7f01_0000, 0x7f02_0000, 0x7f03_0000, 0x7f03_0001, 0x7f03_0002] {
            let _ = bundle_resources::resolve(&table, manifest::Attribute::Reference(id), &Budget::new());
        }
    }
}
