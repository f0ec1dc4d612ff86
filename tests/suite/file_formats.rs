//! Every file format in the list: a damaged file is a warning, a file of another kind an error.

use std::collections::BTreeMap;

use buildhook::artifact::{FORMATS, FileFormat};
use serde_json::Value;

use crate::builder::Test;
use crate::files::{archive, elf, gzip, macho, pe, property_list, xar, xml_node};
use crate::receiver::Reply;

/// A valid file with this extension.
pub fn sample(extension: &str) -> Option<Vec<u8>> {
    let zip = |name: &str, content: &[u8]| archive(&[(name, content, true)]);
    let info = property_list(&[("CFBundleIdentifier", "com.example.app")]);
    Some(match extension {
        "" | "axf" | "elf" | "ko" | "o" | "so" | "appimage" | "unix" | "x86" | "x86_64" => {
            elf(62, "/lib64/ld-linux-x86-64.so.2")
        }
        "aab" => zip("base/manifest/AndroidManifest.xml", &xml_node("manifest", &[], &[])),
        "apk" => zip("AndroidManifest.xml", include_bytes!("../data/android/manifest.bin")),
        "apks" | "xapk" => {
            let apk = zip("AndroidManifest.xml", include_bytes!("../data/android/manifest.bin"));
            archive(&[("universal.apk", &apk, false)])
        }
        "appx" | "msix" => zip("AppxManifest.xml", b"<Identity Version='1.2.3.4' />"),
        "bin" | "out" | "run" => b"#!/bin/sh\n".to_vec(),
        "deb" => include_bytes!("../data/packages/gzip.deb").to_vec(),
        "dll" | "exe" => pe(0x8664, [1, 2, 3, 4]),
        "dylib" => macho(0x0100_000c, 1),
        "flatpak" => include_bytes!("../data/packages/example.flatpak").to_vec(),
        "ipa" => zip("Payload/A.app/Info.plist", info.as_bytes()),
        "jar" | "war" => zip("META-INF/MANIFEST.MF", b"Implementation-Version: 1.2.3\n"),
        "msi" => include_bytes!("../data/packages/example.msi").to_vec(),
        "nupkg" => zip("Example.nuspec", b"<version>1.2.3</version>"),
        "pkg" => xar(&[("PackageInfo", "<pkg-info identifier='com.example' version='1.2.3'/>")]),
        "rpm" => rpm(),
        "snap" => include_bytes!("../data/packages/gzip.snap").to_vec(),
        "tar.gz" | "tgz" => gzip(&[0; 1024]),
        "whl" => zip("example-1.2.3.dist-info/METADATA", b"Version: 1.2.3\n"),
        "zip" => zip("A.app/Info.plist", info.as_bytes()),
        _ => return None,
    })
}

/// A package with an empty signature and an empty header.
fn rpm() -> Vec<u8> {
    let mut bytes = b"\xed\xab\xee\xdb\x03\0".to_vec();
    bytes.resize(96, 0);
    for _ in 0..2 {
        bytes.extend(b"\x8e\xad\xe8\x01\0\0\0\0\0\0\0\0\0\0\0\0");
    }
    bytes
}

/// Calls `file` with each format, extension and sample to make one file per extension, with the returned content.
fn files(file: impl Fn(&FileFormat, Vec<u8>) -> Vec<u8>) -> Vec<(&'static FileFormat, String, Vec<u8>)> {
    let mut missing = Vec::new();
    let mut files = Vec::new();
    for format in FORMATS {
        for extension in format.extensions {
            match sample(extension) {
                Some(content) => {
                    let name = format!("file.{extension}").trim_end_matches('.').to_owned();
                    files.push((format, name, file(format, content)));
                }
                None => missing.push(*extension),
            }
        }
    }
    assert!(missing.is_empty(), "add samples to `sample` in tests/suite/file_formats.rs for: {missing:?}");
    files
}

/// Announces the files and returns the builds by file name, and the warnings. A few at a time: of many warnings only the first are
/// printed.
fn send(files: &[(&FileFormat, String, Vec<u8>)]) -> (BTreeMap<String, Value>, String) {
    let (mut builds, mut warnings) = (BTreeMap::new(), String::new());
    for some in files.chunks(8) {
        let (more_builds, more_warnings) = send_some(some);
        builds.extend(more_builds);
        warnings.push_str(&more_warnings);
    }
    (builds, warnings)
}

fn send_some(files: &[(&FileFormat, String, Vec<u8>)]) -> (BTreeMap<String, Value>, String) {
    let test = Test::new().endpoint(&[Reply::Status(200)]).args(&["created"]);
    let test = files.iter().fold(test, |test, (_, name, content)| test.file(name, content).args(&[name]));
    let finished = test.run().status(0);
    let build = |request: &crate::receiver::Request| {
        let build = request.json()["data"]["build"].clone();
        (build["primary_file"]["filename"].as_str().unwrap().to_owned(), build)
    };
    (finished.requests[0].iter().map(build).collect(), finished.stderr)
}

#[test]
fn samples_are_read_without_a_warning() {
    let files = files(|_, content| content);
    let (builds, warnings) = send(&files);
    assert_eq!(builds.len(), files.len());
    assert!(!warnings.contains("its details"), "{warnings}");
}

#[test]
fn truncated_files_are_sent_with_a_warning() {
    let files = files(|_, content| content[..content.len().min(16)].to_vec());
    let (builds, warnings) = send(&files);
    for (format, name, _) in &files {
        let must_warn = !format.magics.is_empty();
        assert!(builds.contains_key(name), "{name} was not sent:\n{warnings}");
        assert!(
            !must_warn || warnings.contains(&format!("{name}: cannot read its details: ")),
            "{name}:\n{warnings}"
        );
    }
}

#[test]
fn files_with_meaningless_content_are_sent_with_a_warning() {
    let files = files(|_, content| [&content[..content.len().min(8)], &[0xee; 4096]].concat());
    let (builds, warnings) = send(&files);
    for (format, name, _) in &files {
        // The header of a program is valid whatever its fields contain.
        let is_program = format.magics.len() > 1;
        let must_warn = !is_program && !format.magics.is_empty();
        let build = builds.get(name).unwrap_or_else(|| panic!("{name} was not sent:\n{warnings}"));
        assert_eq!(build["version"], "0.0.0", "{name}");
        assert!(
            !must_warn || warnings.contains(&format!("{name}: cannot read its details: ")),
            "{name}:\n{warnings}"
        );
    }
}

#[test]
fn files_of_another_kind_are_rejected() {
    let mut accepted = Vec::new();
    for format in FORMATS.iter().filter(|format| !format.magics.is_empty()) {
        for extension in format.extensions {
            let name = format!("file.{extension}");
            let test = Test::new().file(&name, b"\x89PNG\r\n\x1a\n").endpoint(&[Reply::Status(200)]);
            let finished = test.args(&["created", &name]).run();
            let message = format!("file.{extension} is named .{extension} but is a PNG image");
            if finished.status != 1 || !finished.stderr.contains(&message) || !finished.requests[0].is_empty()
            {
                accepted.push(format!("{name}: status {}\n{}", finished.status, finished.stderr));
            }
        }
    }
    assert!(accepted.is_empty(), "{accepted:#?}");
}
