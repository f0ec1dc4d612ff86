//! An invalid value in a file costs only that value.

use serde_json::{Value, json};

use super::{MANIFEST, architectures, inspect, platform};
use crate::files::{archive, property_list, zip};

#[test]
fn an_invalid_value_of_a_property_list_costs_nothing_else() {
    let list = property_list(&[
        ("Color", "<integer>0x0000ff</integer>"),
        ("Large", "<integer>99999999999999999999</integer>"),
        ("Never", "<date>soon</date>"),
        ("CFBundleIdentifier", "<string><![CDATA[com.example.app]]></string>"),
        ("CFBundleShortVersionString", "<real>1.5</real>"),
        ("CFBundleVersion", "45"),
    ]);
    let utf16: Vec<u8> = format!("\u{feff}{list}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    for list in [list.as_bytes(), &utf16] {
        let file = inspect("app.ipa", archive(&[("Payload/A.app/Info.plist", list, true)]));
        assert_eq!((&file["version"], &file["build_number"]), (&json!("1.5.0"), &json!("45")));
        assert_eq!(file["ios_info"]["bundle_id"], "com.example.app");
    }
}

#[test]
fn a_damaged_profile_costs_nothing_else() {
    let list = property_list(&[("CFBundleIdentifier", "com.example.app")]);
    let mut ipa = archive(&[
        ("Payload/A.app/Info.plist", list.as_bytes(), false),
        ("Payload/A.app/embedded.mobileprovision", &[b'x'; 1000], true),
    ]);
    let name = b"embedded.mobileprovision";
    let at = ipa.windows(name.len()).position(|window| window == name).unwrap() + name.len();
    ipa[at] = 0xff;
    let file = inspect("app.ipa", ipa);
    assert_eq!(
        (&file["ios_info"]["bundle_id"], &file["ios_info"]["key_type"]),
        (&json!("com.example.app"), &Value::Null)
    );
}

#[test]
fn the_manifest_of_an_apk_is_read_whatever_the_type_of_its_first_chunk() {
    for chunk_type in [0_u16, 3, 0x0503] {
        let manifest = [&chunk_type.to_le_bytes(), &MANIFEST[2..]].concat();
        let file = inspect("app.apk", archive(&[("AndroidManifest.xml", &manifest, true)]));
        assert_eq!(file["android_info"]["package_name"], "com.example.watch", "{chunk_type:#x}");
    }
    // The last chunks end elements.
    let cut = &MANIFEST[..MANIFEST.len() - 30];
    let file = inspect("app.apk", archive(&[("AndroidManifest.xml", cut, true)]));
    assert_eq!(
        (&file["build_number"], file["android_info"]["package_name"].as_str()),
        (&json!("45"), Some("com.example.watch"))
    );
}

/// An apk with this before its central directory.
fn apk_with(block: &[u8]) -> Vec<u8> {
    let mut apk = archive(&[("AndroidManifest.xml", MANIFEST, true)]);
    let end = apk.len() - 22;
    let offset = u32::from_le_bytes(apk[end + 16..end + 20].try_into().unwrap()) as usize;
    apk[end + 16..end + 20].copy_from_slice(&((offset + block.len()) as u32).to_le_bytes());
    apk.splice(offset..offset, block.iter().copied());
    apk
}

#[test]
fn a_signing_block_that_does_not_fit_its_size_is_no_signature() {
    let block = |first: u64, pair: u64, signers: u32, last: u64| {
        let mut bytes = first.to_le_bytes().to_vec();
        bytes.extend(pair.to_le_bytes());
        bytes.extend(0x7109_871a_u32.to_le_bytes());
        bytes.extend(signers.to_le_bytes());
        bytes.extend([7; 12]);
        bytes.extend(last.to_le_bytes());
        bytes.extend(b"APK Sig Block 42");
        bytes
    };
    for (what, block, is_signed) in [
        ("a block", block(52, 20, 12, 52), true),
        ("no signers", block(52, 20, 0, 52), false),
        ("too large", block(52, 20, 12, 60), false),
        ("two sizes", block(51, 20, 12, 52), false),
        ("a pair that is too long", block(52, 400, 12, 52), false),
        ("a pair that is too short", block(52, 16, 8, 52), false),
        ("more signers than fit", block(52, 20, 13, 52), false),
        ("beyond the file", block(1 << 60, 20, 12, 1 << 60), false),
    ] {
        let file = inspect("app.apk", apk_with(&block));
        assert_eq!(file["android_info"]["package_signed"], is_signed, "{what}");
        assert_eq!(file["android_info"]["package_name"], "com.example.watch", "{what}");
    }
}

#[test]
fn a_jar_after_a_script_is_read() {
    let jar = archive(&[
        ("a.class", &[0; 100], true),
        ("META-INF/MANIFEST.MF", b"Implementation-Version: 1.2.3\n", true),
    ]);
    let end = jar.len() - 22;
    let number = |at: usize| u64::from(u32::from_le_bytes(jar[at..at + 4].try_into().unwrap()));
    let (size, offset) = (number(end + 12), number(end + 16));
    // The end records of zip64, which is for large archives.
    let mut zip64 = jar[..end].to_vec();
    zip64.extend(b"PK\x06\x06");
    zip64.extend(44_u64.to_le_bytes());
    zip64.extend([45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    for number in [2, 2, size, offset] {
        zip64.extend(number.to_le_bytes());
    }
    zip64.extend(b"PK\x06\x07\0\0\0\0");
    zip64.extend((end as u64).to_le_bytes());
    zip64.extend(1_u32.to_le_bytes());
    zip64.extend(b"PK\x05\x06\0\0\0\0");
    zip64.extend([0xff; 12]);
    zip64.extend([0, 0]);
    for content in [jar, zip64] {
        for script in [&b""[..], b"#!/bin/sh\nexec java -jar \"$0\" \"$@\"\n", &[b'#'; 200_000]] {
            let file = inspect("tool.jar", [script, &content].concat());
            assert_eq!(file["version"], "1.2.3", "after {} bytes", script.len());
        }
    }
}

#[test]
fn an_msi_without_a_property_table_has_an_architecture() {
    let msi = std::fs::read("tests/data/packages/example.msi").unwrap();
    let whole = inspect("example.msi", &msi);
    // The name of the stream of strings, as the directory has it.
    let name: Vec<u8> = [0x4840_u16, 0x3f3f].iter().flat_map(|unit| unit.to_le_bytes()).collect();
    let mut damaged = msi.clone();
    let names: Vec<usize> =
        msi.windows(4).enumerate().filter(|(_, window)| *window == name).map(|(at, _)| at).collect();
    assert!(!names.is_empty());
    names.iter().for_each(|at| damaged[*at] = 0);
    let file = inspect("example.msi", &damaged);
    assert_eq!((platform(&file), architectures(&file)), (platform(&whole), vec!["x64"]));
    assert_eq!((&whole["version"], &file["version"]), (&json!("2.3.4"), &Value::Null));
}

#[test]
fn a_wheel_with_one_damaged_file_has_the_facts_of_the_other() {
    let (metadata, wheel) = ("tool-1.2.3.dist-info/METADATA", "tool-1.2.3.dist-info/WHEEL");
    let content =
        |name: &str| if name == wheel { &b"Tag: py3-none-win_amd64\n"[..] } else { b"Version: 1.2.3\n" };
    for (damaged, version, system) in
        [(metadata, Value::Null, Some("windows")), (wheel, json!("1.2.3"), None)]
    {
        let entry = |name: &'static str| {
            // No archive uses this method.
            let method = if name == damaged { 77 } else { 0 };
            (name, content(name).to_vec(), content(name).len(), method)
        };
        let file = inspect("tool.whl", zip([entry(metadata), entry(wheel)]));
        assert_eq!((&file["version"], platform(&file)), (&version, system), "{damaged}");
    }
}
