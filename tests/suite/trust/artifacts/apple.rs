//! ipa, and programs for Apple's systems.

use crate::files::{archive, fat_macho, property_list};
use crate::files::{xar, xar_with};

pub fn files() -> Vec<(&'static str, Vec<u8>)> {
    let list = |text: String| ipa(format!("<plist>{text}</plist>").as_bytes());
    let strings = |text: String| ipa(property_list(&[("CFBundleIdentifier", &text)]).as_bytes());
    vec![
        (
            "utf16.ipa",
            ipa(&"<array>\u{4e00}</array>"
                .repeat(150_000)
                .encode_utf16()
                .flat_map(u16::to_le_bytes)
                .collect::<Vec<u8>>()),
        ),
        ("bytes.ipa", ipa(&[b"<plist><dict><key>a</key><string>", &[0xff; 4_000_000][..]].concat())),
        ("string.ipa", ipa(&[b"<string>", &[0xff; 4_000_000][..], b"</string>"].concat())),
        ("cdata.ipa", ipa(&[b"<string>", &b"<![CDATA[a]]>".repeat(320_000)[..], b"</string>"].concat())),
        ("integers.ipa", ipa(&b"<integer>0x1</integer>".repeat(190_000))),
        ("contents.pkg", xar_with(&b"<a>".repeat(4 << 20), b"")),
        ("folders.pkg", xar_with(&b"<file><name>PackageInfo</name></file>".repeat(100_000), b"")),
        ("nested.pkg", xar_with(&b"<file><name>PackageInfo</name>".repeat(100_000), b"")),
        ("quotes.pkg", xar_with(&b"<a b=\"'>".repeat(400_000), b"")),
        ("elements.pkg", xar(&[("Distribution", &"<options hostArchitectures=\"arm64,\"/>".repeat(30_000))])),
        ("attributes.pkg", xar(&[("Distribution", &format!("<options {}/>", "a='' ".repeat(200_000)))])),
        // Took a time quadratic in its size.
        ("ampersands.ipa", strings("&".repeat(1 << 20))),
        ("entities.ipa", strings("&#x41;&nothing;".repeat(200_000))),
        // Took 4.1 GB.
        ("references.ipa", ipa(&references_to_one_string())),
        ("tree.ipa", ipa(&arrays_of_arrays())),
        ("nested.ipa", list("<array>".repeat(500_000))),
        ("values.ipa", list(format!("<array>{}</array>", "<true/>".repeat(500_000)))),
        ("keys.ipa", list(format!("<dict>{}</dict>", "<key>a</key><true/>".repeat(200_000)))),
        ("comments.ipa", ipa("<!-- <plist> ".repeat(300_000).as_bytes())),
        ("tags.ipa", ipa("<".repeat(4 << 20).as_bytes())),
        ("profile.ipa", profile(b"<?xm".repeat(1 << 20))),
        (
            "dots.ipa",
            ipa(property_list(&[("CFBundleShortVersionString", &".".repeat(4_000_000))]).as_bytes()),
        ),
        ("slices.dylib", fat_macho(&vec![(7, load_commands()); 32])),
    ]
}

fn ipa(list: &[u8]) -> Vec<u8> {
    archive(&[("Payload/A.app/Info.plist", list, true)])
}

fn profile(content: Vec<u8>) -> Vec<u8> {
    let list = property_list(&[]);
    archive(&[
        ("Payload/A.app/Info.plist", list.as_bytes(), true),
        ("Payload/A.app/embedded.mobileprovision", &content, true),
    ])
}

/// A binary list with these objects, whose references have two bytes. The first is the root.
fn binary_list(objects: &[Vec<u8>]) -> Vec<u8> {
    let (mut bytes, mut offsets) = (b"bplist00".to_vec(), Vec::new());
    for object in objects {
        offsets.extend((bytes.len() as u32).to_be_bytes());
        bytes.extend(object);
    }
    let start = bytes.len() as u64;
    bytes.extend(&offsets);
    bytes.extend([0, 0, 0, 0, 0, 0, 4, 2]);
    for number in [objects.len() as u64, 0, start] {
        bytes.extend(number.to_be_bytes());
    }
    bytes
}

/// A marker with a length of four bytes.
fn sized(marker: u8, length: usize) -> Vec<u8> {
    [&[marker << 4 | 0xf, 0x12][..], &(length as u32).to_be_bytes()].concat()
}

fn references_to_one_string() -> Vec<u8> {
    let array = [sized(0xa, 49_000), [0, 1].repeat(49_000)].concat();
    let string = [sized(0x5, 80_000), vec![b'a'; 80_000]].concat();
    binary_list(&[array, string])
}

/// Each array contains the next one a hundred times.
fn arrays_of_arrays() -> Vec<u8> {
    let array = |next: u8| [sized(0xa, 100), [0, next].repeat(100)].concat();
    let mut objects: Vec<Vec<u8>> = (1..15).map(array).collect();
    objects.push(b"\x09".to_vec());
    binary_list(&objects)
}

/// A program with as many load commands as it can claim, all of the smallest size.
fn load_commands() -> Vec<u8> {
    let mut words = vec![0xfeed_facf, 0x0100_000c, 0, 2, u32::MAX, u32::MAX, 0, 0];
    words.extend([1, 8].repeat(8192));
    words.iter().flat_map(|word: &u32| word.to_le_bytes()).collect()
}
