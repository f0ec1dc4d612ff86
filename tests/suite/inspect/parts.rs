//! Damage to a part of a file costs only what that part contains, and is a warning.

use serde_json::{Value, json};

use super::{ARM64, INFO_XML, MANIFEST, architectures, platform};
use crate::builder::Test;
use crate::files::{
    DEFLATE, archive, gzip, macho, pe, profile, property_list, rpm, tar_entry, xar, xml_node, zip,
};

/// What `inspect` prints about the file, and the reason in its only warning.
fn inspect(name: &str, content: impl AsRef<[u8]>) -> (Value, String) {
    let finished = Test::new().file(name, content).args(&["inspect", "--json", name]).run().status(0);
    let start = format!("warning: {name}: some of its details are left out: ");
    let reason = finished.stderr.strip_prefix(&start).unwrap_or_else(|| panic!("{}", finished.stderr));
    assert_eq!(reason.lines().count(), 1, "{reason}");
    (finished.json()[0].clone(), reason.trim_end().to_owned())
}

/// A zip archive in which the first entry is no deflate stream.
fn damaged(name: &str, others: &[(&str, &[u8])]) -> Vec<u8> {
    let others = others.iter().map(|(name, content)| (*name, content.to_vec(), content.len(), 0));
    zip([(name, vec![0xff; 100], 1000, DEFLATE)].into_iter().chain(others))
}

#[test]
fn an_android_app_with_a_damaged_manifest_has_its_other_details() {
    let (library, signature) = (("lib/arm64-v8a/libapp.so", &b"x"[..]), ("META-INF/CERT.RSA", &b"x"[..]));
    for (content, expected) in [
        (damaged("AndroidManifest.xml", &[library, signature]), "corrupt deflate stream"),
        (
            archive(&[
                ("AndroidManifest.xml", b"<manifest/>", false),
                (library.0, b"x", false),
                (signature.0, b"x", false),
            ]),
            "invalid AndroidManifest.xml",
        ),
        (archive(&[(library.0, b"x", false), (signature.0, b"x", false)]), "no AndroidManifest.xml"),
    ] {
        let (file, reason) = inspect("app.apk", content);
        assert_eq!(reason, expected);
        assert_eq!((platform(&file), architectures(&file)), (Some("android"), vec!["arm64v8"]), "{reason}");
        let android = &file["android_info"];
        assert_eq!((&android["package_signed"], &android["is_debuggable"]), (&json!(true), &Value::Null));
    }
    let library = ("base/lib/arm64-v8a/libapp.so", &b"x"[..]);
    let aab = damaged("base/manifest/AndroidManifest.xml", &[library, signature]);
    let (file, reason) = inspect("app.aab", aab);
    assert_eq!((reason.as_str(), architectures(&file)), ("corrupt deflate stream", vec!["arm64v8"]));
    assert_eq!(file["android_info"]["package_signed"], true);
}

#[test]
fn a_manifest_that_ends_early_proves_nothing_absent() {
    let cut = &MANIFEST[..MANIFEST.len() / 2];
    let apk =
        archive(&[("AndroidManifest.xml", &[cut, &[0; 8]].concat(), true), ("lib/x86/a.so", b"x", true)]);
    let (file, reason) = inspect("app.apk", apk);
    assert!(reason.contains("AndroidManifest.xml"), "{reason}");
    assert_eq!((&file["android_info"]["is_debuggable"], architectures(&file)), (&Value::Null, vec!["x86"]));
}

#[test]
fn a_damaged_resource_table_costs_only_its_values() {
    let manifest = ("AndroidManifest.xml", MANIFEST);
    let (file, reason) = inspect("app.apk", damaged("resources.arsc", &[manifest]));
    assert_eq!(reason, "corrupt deflate stream");
    assert_eq!(
        (&file["android_info"]["package_name"], &file["version"]),
        (&json!("com.example.watch"), &Value::Null)
    );
}

#[test]
fn an_invalid_entry_of_a_zip_archive_leaves_open_what_follows() {
    let mut apk = archive(&[
        ("AndroidManifest.xml", MANIFEST, true),
        ("lib/x86/a.so", b"x", false),
        ("META-INF/CERT.RSA", b"x", false),
    ]);
    let name = b"META-INF/CERT.RSA";
    let entry = apk.windows(name.len()).rposition(|window| window == name).unwrap() - 46;
    apk[entry..entry + 4].fill(0xff);
    let (file, reason) = inspect("app.apk", apk);
    assert!(reason.starts_with("not a valid zip file: "), "{reason}");
    let android = &file["android_info"];
    assert_eq!(
        (&android["package_name"], &android["package_signed"]),
        (&json!("com.example.watch"), &Value::Null)
    );
    assert_eq!(architectures(&file), ["x86"]);
}

#[test]
fn several_apks_with_a_damaged_base_have_the_rest() {
    let json = br#"{"package_name":"com.example.app","version_code":45,"version_name":7,"locales":{"#;
    let base = damaged("AndroidManifest.xml", &[("lib/x86/a.so", b"x"), ("META-INF/CERT.RSA", b"x")]);
    let (file, reason) =
        inspect("app.xapk", archive(&[("manifest.json", json, true), ("base.apk", &base, false)]));
    assert!(reason.starts_with("corrupt deflate stream; invalid JSON: EOF"), "{reason}");
    let android = &file["android_info"];
    assert_eq!((&android["package_name"], &android["version_code"]), (&json!("com.example.app"), &json!(45)));
    assert_eq!((&android["package_signed"], architectures(&file)), (&json!(true), vec!["x86"]));
    let split = archive(&[("a", b"x", false)]);
    let apks = archive(&[("splits/base-master.apk", b"PK", false), ("splits/base-x86.apk", &split, false)]);
    let (file, reason) = inspect("app.apks", apks);
    assert_eq!(
        (reason.as_str(), architectures(&file)),
        ("not a valid zip file: no central directory", vec!["x86"])
    );
}

#[test]
fn an_ipa_with_a_damaged_property_list_has_profile_and_executable() {
    let (profile, program) = (profile(true), macho(ARM64, 2));
    let others = [
        ("Payload/Example.app/embedded.mobileprovision", &profile[..]),
        ("Payload/Example.app/Example", &program),
    ];
    let list = |list: &'static [u8]| {
        let mut files = vec![("Payload/Example.app/Info.plist", list, true)];
        files.extend(others.iter().map(|(name, content)| (*name, *content, true)));
        archive(&files)
    };
    let without: Vec<_> = others.iter().map(|(name, content)| (*name, *content, true)).collect();
    for (content, expected) in [
        (damaged("Payload/Example.app/Info.plist", &others), "corrupt deflate stream"),
        (list(b"bplist00"), "invalid Info.plist"),
        (list(b"<plist><dict><key>A"), "a property list ends early; invalid Info.plist"),
        (archive(&without), "no Info.plist"),
    ] {
        let (file, reason) = inspect("app.ipa", content);
        assert_eq!(reason, expected);
        assert_eq!((platform(&file), architectures(&file)), (Some("ios"), vec!["arm64v8"]), "{reason}");
        let ios = &file["ios_info"];
        assert_eq!((&ios["key_type"], &ios["team_name"]), (&json!("development"), &json!("Example Team")));
        assert_eq!(ios["bundle_id"], Value::Null);
    }
    let cut: &[u8] =
        b"<plist><dict><key>CFBundleIdentifier</key><string>com.example.app</string><key>B</key><str";
    let (file, reason) = inspect("App.zip", archive(&[("Example.app/Info.plist", cut, true)]));
    assert_eq!(
        (reason.as_str(), &file["ios_info"]["bundle_id"]),
        ("a property list ends early", &json!("com.example.app"))
    );
}

#[test]
fn a_damaged_profile_or_executable_of_an_ipa_is_reported() {
    let list = property_list(&[("CFBundleIdentifier", "com.example.app"), ("CFBundleExecutable", "App")]);
    let profile = profile(true);
    let at = profile.windows(4).position(|window| window == b"Enti").unwrap();
    let cut = &profile[..at];
    for (profile, program, expected, uuid) in [
        (
            &b"x"[..],
            &b""[..],
            "no property list in the provisioning profile; App: truncated Mach-O header",
            false,
        ),
        (cut, &macho(ARM64, 2), "a property list ends early", true),
    ] {
        let (file, reason) = inspect(
            "app.ipa",
            archive(&[
                ("Payload/A.app/Info.plist", list.as_bytes(), true),
                ("Payload/A.app/embedded.mobileprovision", profile, true),
                ("Payload/A.app/App", program, true),
            ]),
        );
        let ios = &file["ios_info"];
        assert_eq!(reason, expected);
        assert_eq!((&ios["bundle_id"], &ios["key_type"]), (&json!("com.example.app"), &Value::Null));
        assert_eq!(ios["provisioning_profile_uuid"].is_string(), uuid);
    }
}

#[test]
fn a_macos_installer_with_a_damaged_part_has_the_others() {
    let component = "<pkg-info identifier='com.example.one' version='7.0'/>";
    let product = "<installer-gui-script><product id='com.example' version='1.2.3'/></installer-gui-script>";
    let corrupt = |files: &[(&str, &str)]| {
        let mut content = xar(files);
        // The first file is compressed, and begins after a checksum of 20 bytes.
        let at = content.windows(2).rposition(|window| window == b"\x78\xda").unwrap();
        content[at..at + 6].fill(0xff);
        content
    };
    let (file, reason) =
        inspect("a.pkg", corrupt(&[("Distribution", product), ("one.pkg/PackageInfo", component)]));
    assert_eq!(
        (reason.as_str(), &file["version"]),
        ("Distribution: corrupt deflate stream", &json!("7.0.0"))
    );
    let (file, _) = inspect("a.pkg", corrupt(&[("PackageInfo", component), ("Distribution", product)]));
    assert_eq!((&file["version"], &file["ios_info"]["bundle_id"]), (&json!("1.2.3"), &json!("com.example")));
    let files = [("one.pkg/PackageInfo", component), ("other.pkg/PackageInfo", component)];
    let (file, _) = inspect("a.pkg", corrupt(&files));
    assert_eq!(file["version"], Value::Null, "the other may have another version");
    let (file, reason) = inspect("a.pkg", b"xar!\0\x1c");
    assert_eq!((platform(&file), reason.as_str()), (Some("macos"), "truncated xar header"));
}

#[test]
fn packages_in_zip_archives_with_a_damaged_part_have_the_others() {
    let maven = |artifact: &str| format!("META-INF/maven/com.example/{artifact}/pom.properties");
    let (one, other) = (maven("one"), maven("other"));
    let (file, _) = inspect("a.jar", damaged("META-INF/MANIFEST.MF", &[(&one, b"version=1.2.3\n")]));
    assert_eq!(file["version"], "1.2.3");
    let (file, _) = inspect("a.jar", damaged(&one, &[(&other, b"version=1.2.3\n")]));
    assert_eq!(file["version"], Value::Null, "the other may be one that it depends on");
    let wheel = ("a-1.2.3.dist-info/WHEEL", &b"Tag: py3-none-win_amd64\n"[..]);
    let (file, _) = inspect("a.whl", damaged("a-1.2.3.dist-info/METADATA", &[wheel]));
    assert_eq!((platform(&file), architectures(&file)), (Some("windows"), vec!["x64"]));
    let metadata = ("a-1.2.3.dist-info/METADATA", &b"Version: 1.2.3\n"[..]);
    let (file, _) = inspect("a.whl", damaged("a-1.2.3.dist-info/WHEEL", &[metadata]));
    assert_eq!(file["version"], "1.2.3");
}

#[test]
fn an_npm_manifest_that_ends_early_has_what_precedes_the_end() {
    let manifest = br#"{"name":"a","version":"1.2.3","os":["linux"],"files":["#;
    let content = gzip(&[tar_entry("package/package.json", manifest), vec![0; 1024]].concat());
    let (file, reason) = inspect("a.tgz", content);
    assert!(reason.starts_with("invalid JSON: EOF"), "{reason}");
    assert_eq!((&file["version"], platform(&file)), (&json!("1.2.3"), Some("linux")));
}

#[test]
fn an_rpm_with_a_damaged_signature_has_its_other_details() {
    for (at, value) in [(96, 0), (96 + 8, 0xff), (96 + 14, 0x10)] {
        let mut content = rpm(0, &[(1001, "1.2.3"), (1002, "4"), (1022, "x86_64")], &[]);
        content[at] = value;
        let (file, reason) = inspect("tool.rpm", content);
        assert_eq!((&file["version"], architectures(&file)), (&json!("1.2.3"), vec!["x64"]), "{at}");
        assert_eq!(reason, "invalid signature header", "{at}");
    }
}

#[test]
fn a_program_with_a_damaged_version_resource_has_an_architecture() {
    let mut program = pe(0x8664, [1, 2, 3, 4]);
    // Where the resource is in memory.
    program[0x248..0x24c].fill(0x7f);
    let (file, reason) = inspect("tool.exe", program);
    assert_eq!(reason, "invalid version resource");
    assert_eq!((architectures(&file), &file["version"]), (vec!["x64"], &Value::Null));
}

#[test]
fn an_installer_database_with_a_damaged_stream_has_the_others() {
    let content = include_bytes!("../../data/packages/example.msi");
    let name: Vec<u8> = "\u{5}SummaryInformation".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let entry = content.windows(name.len()).position(|window| window == name).unwrap();
    let mut damaged = content.to_vec();
    // The first sector of the stream.
    damaged[entry + 116..entry + 120].copy_from_slice(&0x00ff_ffff_u32.to_le_bytes());
    let (file, _) = inspect("example.msi", damaged);
    assert_eq!((&file["version"], architectures(&file)), (&json!("2.3.4"), vec![]));
}

#[test]
fn a_damaged_package_of_alpine_linux_is_not_for_android() {
    let info = gzip(&tar_entry(".PKGINFO", &[b'x'; 2000]));
    let (file, _) = inspect("tool.apk", [&info[..12], &[0xff; 40]].concat());
    assert_eq!(
        (platform(&file), &file["filetype"]["name"]),
        (Some("alpine"), &json!("Alpine Linux Package"))
    );
}

#[test]
fn an_app_bundle_whose_base_is_valid_has_no_warning() {
    let manifest = xml_node("manifest", &[("package", "com.example")], &[]);
    let aab = archive(&[("base/manifest/AndroidManifest.xml", &manifest, true)]);
    let ipa = archive(&[("Payload/A.app/Info.plist", INFO_XML, true)]);
    for (name, content) in [("a.aab", aab), ("a.ipa", ipa)] {
        let finished = Test::new().file(name, content).args(&["inspect", name]).run().status(0);
        assert_eq!(finished.stderr, "", "{name}");
    }
}
