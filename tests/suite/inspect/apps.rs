//! Archives that contain apps.

use serde_json::{Value, json};

use super::{ARM64, INFO_XML, MANIFEST, RESOURCES, X64, architectures, inspect, platform};
use crate::files::{archive, fat_macho, macho, profile, property_list};

#[test]
fn facts_of_two_apps_in_an_ipa_are_not_mixed() {
    let list = |id: &str, executable: &str| {
        let entries = [
            ("CFBundleIdentifier", id),
            ("CFBundleShortVersionString", "1.2.3"),
            ("CFBundleExecutable", executable),
        ];
        property_list(&entries).into_bytes()
    };
    let (first, second) = (list("com.example.first", "First"), list("com.example.second", "Second"));
    let other = profile(false);
    let file = inspect(
        "apps.ipa",
        archive(&[
            ("Payload/Second.app/embedded.mobileprovision", &other, true),
            ("Payload/First.app/Info.plist", &first, true),
            ("Payload/Second.app/Info.plist", &second, true),
            ("Payload/Second.app/Second", &macho(X64, 2), true),
            ("Payload/First.app/First", &macho(ARM64, 2), true),
        ]),
    );
    let ios = &file["ios_info"];
    assert!(ios["bundle_id"] == "com.example.second" || ios["key_type"].is_null(), "{ios:#}");
    match ios["bundle_id"].as_str() {
        Some("com.example.first") => assert_eq!(architectures(&file), ["arm64v8"]),
        _ => assert_eq!((architectures(&file), &ios["key_type"]), (vec!["x64"], &json!("distribution"))),
    }
}

#[test]
fn a_zipped_app_or_xcode_archive_is_read() {
    let list = property_list(&[
        ("CFBundleIdentifier", "com.example.mac"),
        ("CFBundleShortVersionString", "2.5.1"),
        ("CFBundleVersion", "77"),
        ("CFBundleExecutable", "Tool"),
        ("LSMinimumSystemVersion", "12.0"),
    ]);
    let fat = fat_macho(&[(X64, macho(X64, 1)), (ARM64, macho(ARM64, 1))]);
    let other = property_list(&[("CFBundleIdentifier", "com.example.other")]);
    for folder in ["Tool.app", "Tool-2.5.1/Tool.app", "Tool.xcarchive/Products/Applications/Tool.app"] {
        let path = |name: &str| format!("{folder}/Contents/{name}");
        let file = inspect(
            "Tool.zip",
            archive(&[
                ("Tool.xcarchive/Info.plist", other.as_bytes(), true),
                (&path("Frameworks/Helper.app/Contents/Info.plist"), other.as_bytes(), true),
                (&path("Info.plist"), list.as_bytes(), true),
                (&path("MacOS/Tool"), &fat, true),
                ("__MACOSX/Tool.app/Contents/Info.plist", b"x", true),
            ]),
        );
        assert_eq!((platform(&file), architectures(&file)), (Some("macos"), vec!["u2b"]), "{folder}");
        assert_eq!((&file["version"], &file["build_number"]), (&json!("2.5.1"), &json!("77")), "{folder}");
        let ios = &file["ios_info"];
        assert_eq!((&ios["bundle_id"], &ios["minimum_os"]), (&json!("com.example.mac"), &json!("12.0")));
    }
    let file = inspect("App.app.zip", archive(&[("App.app/Info.plist", INFO_XML, true)]));
    assert_eq!((platform(&file), &file["version"]), (Some("ios"), &json!("1.4.0")));
    let two = inspect(
        "apps.zip",
        archive(&[("A.app/Info.plist", INFO_XML, true), ("B.app/Info.plist", INFO_XML, true)]),
    );
    assert_eq!((platform(&two), &two["version"], &two["ios_info"]), (None, &Value::Null, &Value::Null));
}

fn apk(libraries: &[&str]) -> Vec<u8> {
    let mut files = vec![("AndroidManifest.xml", MANIFEST, true), ("resources.arsc", RESOURCES, false)];
    files.extend(libraries.iter().map(|name| (*name, &b"x"[..], false)));
    archive(&files)
}

#[test]
fn several_apks_of_an_app_have_the_details_of_the_base() {
    let (base, split) = (apk(&[]), archive(&[("lib/x86_64/libapp.so", b"x", false)]));
    let universal = apk(&["lib/arm64-v8a/libapp.so"]);
    type Case<'a> = (&'a str, Vec<(&'a str, &'a [u8], bool)>, &'a [&'a str]);
    let cases: [Case; 4] = [
        (
            "splits.apks",
            vec![
                ("toc.pb", b"x", true),
                ("splits/base-arm64_v8a.apk", &split, false),
                ("splits/base-master.apk", &base, false),
                ("splits/base-x86_64.apk", &split, false),
            ],
            &["arm64v8", "x64"],
        ),
        ("universal.apks", vec![("universal.apk", &universal, false)], &["arm64v8"]),
        (
            "app.xapk",
            vec![("config.armeabi_v7a.apk", &split, true), ("com.example.watch.apk", &base, true)],
            &["armv7"],
        ),
        ("stored.xapk", vec![("com.example.watch.apk", &universal, false)], &["arm64v8"]),
    ];
    for (name, files, expected) in cases {
        let file = inspect(name, archive(&files));
        assert_eq!((platform(&file), architectures(&file)), (Some("wearos"), expected.to_vec()), "{name}");
        assert_eq!((&file["version"], &file["build_number"]), (&json!("2.5.1"), &json!("45")), "{name}");
        assert_eq!(file["android_info"]["package_name"], "com.example.watch", "{name}");
    }
    let json =
        br#"{"package_name":"com.example.app","version_name":"3.2.1","version_code":"45","locales":{}}"#;
    let file =
        inspect("cut.xapk", archive(&[("manifest.json", json, true), ("com.example.app.apk", b"PK", true)]));
    assert_eq!(
        (platform(&file), &file["version"], &file["build_number"]),
        (Some("android"), &json!("3.2.1"), &json!("45"))
    );
    assert_eq!(file["android_info"]["package_name"], "com.example.app");
}
