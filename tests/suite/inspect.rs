//! Details that are read from the content of files.

mod apps;
mod damage;
mod packages;
mod parts;
mod programs;

use std::path::Path;

use serde_json::{Value, json};

use crate::builder::Test;
use crate::environments::github_tag;
use crate::files::{
    archive, arm_firmware, elf, fat_macho, gzip, macho, pe, profile, property_list, xml_node,
};
use crate::receiver::Reply;

const ARM64: u32 = 0x0100_000c;
const X64: u32 = 0x0100_0007;
const MANIFEST: &[u8] = include_bytes!("../data/android/manifest.bin");
const RESOURCES: &[u8] = include_bytes!("../data/android/resources.arsc");
const INFO_XML: &[u8] = include_bytes!("../data/ios/Info.xml");
const INFO_BINARY: &[u8] = include_bytes!("../data/ios/Info.bin");

fn inspect(name: &str, content: impl AsRef<[u8]>) -> Value {
    Test::new().file(name, content).args(&["inspect", "--json", name]).run().status(0).json()[0].clone()
}

fn architectures(file: &Value) -> Vec<&str> {
    let list = file["architectures"].as_array().unwrap();
    list.iter().map(|architecture| architecture["identifier"].as_str().unwrap()).collect()
}

fn platform(file: &Value) -> Option<&str> {
    file["platform"]["identifier"].as_str()
}

fn ipa(info: &[u8], executable: &[u8]) -> Vec<u8> {
    let other = property_list(&[("CFBundleIdentifier", "com.example.framework")]);
    archive(&[
        ("Payload/Example.app/Frameworks/F.framework/Info.plist", other.as_bytes(), false),
        ("Payload/Example.app/PlugIns/Share.appex/Info.plist", other.as_bytes(), false),
        ("Payload/Example.app/Info.plist", info, true),
        ("Payload/Example.app/embedded.mobileprovision", &profile(true), true),
        ("Payload/Example.app/Example", executable, true),
    ])
}

#[test]
fn an_ipa_has_all_ios_details() {
    for info in [INFO_XML, INFO_BINARY] {
        let file = inspect("app.ipa", ipa(info, &macho(ARM64, 2)));
        assert_eq!(
            file["ios_info"],
            json!({
                "bundle_id": "com.example.app",
                "bundle_name": "Exämple & App ✓",
                "key_type": "development",
                "minimum_os": "15.0",
                "bundle_version": "2025.11.17.001",
                "version_short_string": "1.4",
                "provisioning_profile_uuid": "a1b2c3d4-e5f6-7890-abcd-ef1234567890",
                "provisioning_profile_expiry": "2026-12-31T23:59:59.000000Z",
                "team_name": "Example Team",
                "team_identifier": "ABC123DEF4",
            })
        );
        assert_eq!((platform(&file), architectures(&file)), (Some("ios"), vec!["arm64v8"]));
        assert_eq!((&file["version"], &file["build_number"]), (&json!("1.4.0"), &json!("2025.11.17.001")));
        assert_eq!(file["android_info"], Value::Null);
    }
}

#[test]
fn the_platform_of_an_ipa_comes_from_its_bundle() {
    for (key, value, expected) in [
        ("CFBundleSupportedPlatforms", "<array><string>AppleTVOS</string></array>", "apple-tv"),
        ("CFBundleSupportedPlatforms", "<array><string>WatchOS</string></array>", "apple-watch"),
        ("CFBundleSupportedPlatforms", "<array><string>XROS</string></array>", "vision-pro"),
        ("DTPlatformName", "appletvos", "apple-tv"),
        ("UIDeviceFamily", "<array><integer>7</integer></array>", "vision-pro"),
        ("Nothing", "known", "ios"),
    ] {
        let info = property_list(&[("CFBundleDisplayName", "Shown"), (key, value)]);
        let file = inspect("app.ipa", ipa(info.as_bytes(), b""));
        assert_eq!(platform(&file), Some(expected), "{value}");
        assert_eq!(file["ios_info"]["bundle_name"], "Shown", "the display name replaces a missing name");
    }
}

#[test]
fn an_ipa_without_a_profile_has_no_key_type_and_a_store_profile_is_for_distribution() {
    let ipa = |profile: &[u8]| {
        let name =
            if profile.is_empty() { "Payload/A.app/other" } else { "Payload/A.app/embedded.mobileprovision" };
        let file = inspect(
            "app.ipa",
            archive(&[("Payload/A.app/Info.plist", INFO_XML, false), (name, profile, false)]),
        );
        file["ios_info"]["key_type"].clone()
    };
    assert_eq!(ipa(b""), Value::Null);
    assert_eq!(ipa(&profile(false)), "distribution");
}

#[test]
fn an_apk_has_all_android_details_with_references_resolved() {
    let file = inspect(
        "app.apk",
        archive(&[
            ("AndroidManifest.xml", MANIFEST, true),
            ("resources.arsc", RESOURCES, false),
            ("lib/arm64-v8a/libapp.so", b"x", false),
            ("lib/armeabi-v7a/libapp.so", b"x", false),
            ("lib/x86_64/libapp.so", b"x", false),
            ("META-INF/CERT.RSA", b"x", false),
        ]),
    );
    assert_eq!(
        file["android_info"],
        json!({
            "package_name": "com.example.watch",
            "minimum_api": 23,
            "target_api": 28,
            "version_name": "2.5.1",
            "version_code": 45,
            "is_debuggable": true,
            "package_signed": true,
        })
    );
    assert_eq!((platform(&file), architectures(&file)), (Some("wearos"), vec!["arm64v8", "armv7", "x64"]));
    assert_eq!((&file["version"], &file["build_number"]), (&json!("2.5.1"), &json!("45")));
    let unsigned = inspect("app.apk", archive(&[("AndroidManifest.xml", MANIFEST, true)]));
    assert_eq!(unsigned["android_info"]["package_signed"], false);
    assert_eq!(unsigned["android_info"]["version_name"], Value::Null, "no resource table to look it up in");
}

#[test]
fn an_aab_compiled_by_aapt2_has_its_references_resolved() {
    let manifest = include_bytes!("../data/android/bundle-manifest.pb");
    let resources = include_bytes!("../data/android/bundle-resources.pb");
    let file = inspect(
        "app.aab",
        archive(&[
            ("base/manifest/AndroidManifest.xml", manifest, true),
            ("base/resources.pb", resources, true),
            ("base/lib/x86/libapp.so", b"x", false),
        ]),
    );
    assert_eq!(
        file["android_info"],
        json!({
            "package_name": "com.example.watch",
            "minimum_api": 23,
            "target_api": 28,
            "version_name": "2.5.1",
            "version_code": 45,
            "is_debuggable": true,
            "package_signed": false,
        })
    );
    assert_eq!((platform(&file), architectures(&file)), (Some("wearos"), vec!["x86"]));
}

#[test]
fn an_aab_without_a_resource_table_has_all_other_details() {
    let children = [
        xml_node("uses-sdk", &[("minSdkVersion", "24"), ("targetSdkVersion", "35")], &[]),
        xml_node("uses-feature", &[("name", "com.oculus.feature.PASSTHROUGH"), ("required", "true")], &[]),
        xml_node("application", &[("debuggable", "false"), ("label", "@string/name")], &[]),
    ];
    let attributes = [("package", "com.example.bundle"), ("versionCode", "77"), ("versionName", "4.5.6")];
    let aab = |attributes: &[(&str, &str)]| {
        archive(&[
            ("BundleConfig.pb", b"x", false),
            ("base/manifest/AndroidManifest.xml", &xml_node("manifest", attributes, &children), true),
            ("base/lib/arm64-v8a/libapp.so", b"x", false),
            ("feature/lib/x86_64/libmore.so", b"x", false),
            ("META-INF/UPLOAD.RSA", b"x", false),
        ])
    };
    let file = inspect("app.aab", aab(&attributes));
    assert_eq!(
        file["android_info"],
        json!({
            "package_name": "com.example.bundle",
            "minimum_api": 24,
            "target_api": 35,
            "version_name": "4.5.6",
            "version_code": 77,
            "is_debuggable": false,
            "package_signed": true,
        })
    );
    assert_eq!((platform(&file), architectures(&file)), (Some("quest"), vec!["arm64v8", "x64"]));
    let file =
        inspect("app.aab", aab(&[("package", "com.example.bundle"), ("versionName", "@string/version")]));
    assert_eq!((&file["version"], &file["android_info"]["version_name"]), (&Value::Null, &Value::Null));
}

#[test]
fn packages_have_version_platform_and_architectures() {
    type Case = (
        &'static str,
        &'static [(&'static str, &'static str)],
        Option<&'static str>,
        &'static [&'static str],
        &'static str,
    );
    let cases: [Case; 7] = [
        (
            "Tool.1.0.0.nupkg",
            &[(
                "Tool.nuspec",
                "<package><metadata><id>Tool</id><version>1.2.3-beta.1</version></metadata></package>",
            )],
            None,
            &[],
            "1.2.3-beta.1",
        ),
        (
            "app.jar",
            &[("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\r\nImplementation-Version: 3.4.5\r\n")],
            None,
            &[],
            "3.4.5",
        ),
        (
            "app.war",
            &[("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\nBundle-Version: 6.7\n")],
            None,
            &[],
            "6.7.0",
        ),
        (
            "tool-2.0.1-cp311-cp311-manylinux_2_17_aarch64.whl",
            &[
                (
                    "tool-2.0.1.dist-info/METADATA",
                    "Metadata-Version: 2.1\nName: tool\nVersion: 2.0.1\n\nText: no\n",
                ),
                (
                    "tool-2.0.1.dist-info/WHEEL",
                    "Wheel-Version: 1.0\nTag: cp311-cp311-manylinux_2_17_aarch64\n",
                ),
            ],
            Some("linux"),
            &["arm64v8"],
            "2.0.1",
        ),
        (
            "tool-2.0.1-py3-none-macosx_11_0_universal2.whl",
            &[
                ("tool-2.0.1.dist-info/METADATA", "Version: 2.0.1\n"),
                ("tool-2.0.1.dist-info/WHEEL", "Tag: py3-none-macosx_11_0_universal2\n"),
            ],
            Some("macos"),
            &["u2b"],
            "2.0.1",
        ),
        (
            "tool-2.0.1-py3-none-any.whl",
            &[
                ("tool-2.0.1.dist-info/METADATA", "Version: 2.0.1\n"),
                ("tool-2.0.1.dist-info/WHEEL", "Tag: py3-none-any\n"),
            ],
            None,
            &[],
            "2.0.1",
        ),
        (
            "app.msix",
            &[(
                "AppxManifest.xml",
                "<Package><Identity Name=\"App\" OtherVersion='9' Version=\"5.6.7.8\" ProcessorArchitecture='arm64' /></Package>",
            )],
            Some("windows"),
            &["arm64v8"],
            "5.6.7",
        ),
    ];
    for (name, files, expected_platform, expected_architectures, version) in cases {
        let files: Vec<(&str, &[u8], bool)> =
            files.iter().map(|(name, text)| (*name, text.as_bytes(), true)).collect();
        let file = inspect(name, archive(&files));
        assert_eq!(file["version"], version, "{name}");
        assert_eq!(
            (platform(&file), architectures(&file)),
            (expected_platform, expected_architectures.to_vec()),
            "{name}"
        );
    }
    assert_eq!(inspect("other.tar.gz", gzip(&[0; 1024]))["version"], Value::Null);
    assert_eq!(platform(&inspect("App.pkg", b"xar!\0\x1c")), Some("macos"));
    assert_eq!(platform(&inspect("Game.pkg", b"\x7fCNT\0\0")), Some("ps4"));
    let image = inspect("App.AppImage", elf(62, "/lib64/ld-linux-x86-64.so.2"));
    assert_eq!((platform(&image), architectures(&image)), (Some("linux"), vec!["x64"]));
}

/// Reads the packages that `tests/data/packages/make.sh` makes.
#[test]
fn packages_made_by_their_own_tools_are_read() {
    let deb = (Some("debian"), &["arm64v8"][..], json!("4.5.6-rc.1"), json!("7"));
    let snap = (Some("linux"), &["x64", "arm64v8"][..], json!("3.2.1"), Value::Null);
    let nothing = (Some("linux"), &[][..], Value::Null, Value::Null);
    for (name, expected) in [
        ("gzip.deb", &deb),
        ("xz.deb", &deb),
        ("zstd.deb", &deb),
        ("example.msi", &(Some("windows"), &["x64"][..], json!("2.3.4"), json!("5"))),
        ("gzip.snap", &snap),
        ("xz.snap", &snap),
        ("zstd.snap", &snap),
        ("lzo.snap", &nothing),
        ("example.flatpak", &(Some("linux"), &["arm64v8"][..], Value::Null, Value::Null)),
    ] {
        let content = std::fs::read(Path::new("tests/data/packages").join(name)).unwrap();
        let file = inspect(name, content);
        let (version, number) = (file["version"].clone(), file["build_number"].clone());
        let found = (platform(&file), &architectures(&file)[..], version, number);
        assert_eq!(&found, expected, "{name}");
    }
}

#[test]
fn programs_and_libraries_have_architecture_and_platform() {
    let fat = fat_macho(&[(X64, macho(X64, 1)), (ARM64, macho(ARM64, 1))]);
    type Case = (&'static str, Vec<u8>, Option<&'static str>, &'static [&'static str]);
    let cases: Vec<Case> = vec![
        ("app", elf(62, "/lib64/ld-linux-x86-64.so.2"), Some("linux"), &["x64"]),
        ("app", elf(183, "/lib/ld-musl-aarch64.so.1"), Some("linux"), &["arm64v8"]),
        ("app", elf(183, "/system/bin/linker64"), Some("android"), &["arm64v8"]),
        ("firmware.elf", elf(243, ""), None, &["risc-v64"]),
        ("firmware.elf", arm_firmware(13, b'M'), None, &["armv7e-m"]),
        ("firmware.axf", arm_firmware(17, b'M'), None, &["armv8-m-ml"]),
        ("firmware.bin", arm_firmware(10, b'R'), None, &["armv7-r"]),
        ("tool", macho(ARM64, 1), Some("macos"), &["apple"]),
        ("lib.dylib", macho(X64, 1), Some("macos"), &["x64"]),
        ("tool", fat, Some("macos"), &["u2b"]),
        ("lib.dylib", macho(ARM64, 2), Some("ios"), &["arm64v8"]),
        ("app.exe", pe(0x8664, [1, 2, 3, 4]), Some("windows"), &["x64"]),
        ("lib.dll", pe(0xaa64, [1, 2, 3, 0]), Some("windows"), &["arm64v8"]),
        ("script.run", b"#!/bin/sh\n".to_vec(), None, &[]),
        ("data.bin", vec![0; 100], None, &[]),
    ];
    for (name, content, expected_platform, expected_architectures) in cases {
        let file = inspect(name, content);
        assert_eq!(platform(&file), expected_platform, "{name}");
        assert_eq!(architectures(&file), expected_architectures, "{name}");
    }
    let program = inspect("app.exe", pe(0x8664, [1, 2, 3, 4]));
    assert_eq!((&program["version"], &program["build_number"]), (&json!("1.2.3"), &json!("4")));
}

#[test]
fn created_sends_the_details_of_the_file_unless_flags_override_them() {
    let send = |args: &[&str]| {
        let test = Test::new().envs(github_tag()).file("app.ipa", ipa(INFO_XML, &macho(ARM64, 2)));
        let test = test.endpoint(&[Reply::Status(200)]).args(&["created", "app.ipa"]).args(args);
        let finished = test.run().status(0);
        (finished.request().json()["data"]["build"].clone(), finished.stderr)
    };
    let (build, _) = send(&[]);
    assert_eq!(build["version"], "1.4.0", "the file wins over the tag");
    assert_eq!(build["build_number"], "2025.11.17.001", "the file wins over the run");
    assert_eq!(build["ios_info"]["build_id"], build["id"]);
    assert_eq!(build["ios_info"]["bundle_id"], "com.example.app");
    let (build, warnings) =
        send(&["--version=9.0.0", "--build-number=7", "--platform=apple-tv", "--architectures=armv9"]);
    assert_eq!((&build["version"], &build["build_number"]), (&json!("9.0.0"), &json!("7")));
    assert_eq!((platform(&build), architectures(&build)), (Some("apple-tv"), vec!["armv9"]));
    for warning in [
        "warning: app.ipa: version is 1.4.0 in the file; sending 9.0.0 as requested",
        "build number is 2025.11.17.001 in the file; sending 7",
        "platform is ios in the file; sending apple-tv",
        "architecture is arm64v8 in the file; sending armv9",
    ] {
        assert!(warnings.contains(warning), "no `{warning}` in\n{warnings}");
    }
}

#[test]
fn a_damaged_file_is_sent_without_details_and_with_a_warning() {
    let good = ipa(INFO_XML, &macho(ARM64, 2));
    for (name, content) in [
        ("cut.ipa", &good[..good.len() / 2]),
        ("noise.ipa", &[7; 8192]),
        ("empty.ipa", &archive(&[])),
        ("text.apk", b"not an archive"),
        ("other.apk", &archive(&[("readme.txt", b"x", false)])),
        ("cut.exe", b"MZ and nothing more"),
        ("cut.deb", b"!<arch>\ndebian-binary   "),
        ("cut.msi", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
        ("cut.snap", b"hsqs"),
        ("text.flatpak", b"not a bundle"),
        ("cut.elf", b"\x7fELF\x02\x01"),
    ] {
        let test = Test::new().file(name, content).endpoint(&[Reply::Status(200)]);
        let finished = test
            .args(&["created", name])
            .run()
            .status(0)
            .stderr(&format!("{name}: cannot read its details: "));
        let build = &finished.request().json()["data"]["build"];
        assert_eq!(build["primary_file"]["filename"], name);
        assert_eq!(build["size_total_bytes"], content.len());
    }
}

#[test]
fn a_file_that_contradicts_its_extension_is_rejected() {
    for (name, content, found) in [
        ("app.apk", &b"\x89PNG\r\n\x1a\n"[..], "app.apk is named .apk but is a PNG image"),
        ("app.ipa", b"<!DOCTYPE html><title>Not found</title>", "is named .ipa but is an HTML page"),
        ("app.ipa", &elf(62, ""), "is named .ipa but is an ELF file"),
        ("app.exe", b"PK\x03\x04 and more", "is named .exe but is a zip archive"),
        ("lib.so", b"%PDF-1.7", "is named .so but is a PDF document"),
        ("app.deb", b"\xed\xab\xee\xdb", "is named .deb but is an RPM package"),
        ("app.msi", b"MZ\x90\0", "is named .msi but is a Windows executable"),
        ("app.snap", b"flatpak\0", "is named .snap but is a flatpak bundle"),
    ] {
        let test = Test::new().file(name, content).endpoint(&[Reply::Status(200)]);
        let finished = test.args(&["created", name]).run().status(1).stderr(found);
        assert!(finished.requests[0].is_empty());
    }
}

#[test]
fn a_zip_bomb_is_not_decompressed_to_the_end() {
    let huge = vec![b' '; 64 << 20];
    let bomb = archive(&[("Payload/A.app/Info.plist", &huge, true)]);
    let test = Test::new().file("bomb.ipa", bomb).args(&["inspect", "bomb.ipa"]);
    test.run().status(0).stderr("Payload/A.app/Info.plist has more than 4194304 bytes");
}

#[test]
fn the_table_lists_the_known_fields() {
    let test = Test::new().file("app.ipa", ipa(INFO_XML, &macho(ARM64, 2)));
    let finished = test.args(&["inspect", "app.ipa"]).run().status(0);
    for expected in ["filename ", "architectures ", "  arm64v8", "ios_info.bundle_id ", "  com.example.app"] {
        assert!(finished.stdout.contains(expected), "no `{expected}` in\n{}", finished.stdout);
    }
    assert!(!finished.stdout.contains("android_info"));
}
