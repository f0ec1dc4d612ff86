//! Package URLs of artifacts and releases, <https://github.com/package-url/purl-spec>.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::sent_build::SentBuild;

/// Characters to escape: all but letters, digits, `.-_~` and the colon.
const ESCAPES: &AsciiSet = &NON_ALPHANUMERIC.remove(b'.').remove(b'-').remove(b'_').remove(b'~').remove(b':');

/// Algorithms in package URLs and the keys of their checksums in a build's file, the best first.
const CHECKSUMS: [(&str, &str); 2] = [("sha256", "checksum_sha256"), ("md5", "checksum_md5")];

/// The version of a build whose version is unknown.
const NO_VERSION: &str = "0.0.0";

/// The package URL of a build's artifact. It depends on nothing that changes when the build is moved or labeled. A build
/// without a file, as a release lists them, is named by its id.
pub(super) fn artifact(build: &SentBuild) -> String {
    let object = Value::from(build.clone());
    let file = &object["primary_file"];
    let names = [file["filename"].as_str(), Some(build.id()), Some("build")].into_iter().flatten();
    let name = names.map(|name| name.trim_matches('/')).find(|name| !name.is_empty()).unwrap_or_default();
    let version = object["version"].as_str().filter(|version| !version.is_empty() && *version != NO_VERSION);
    let checksum = CHECKSUMS.iter().find_map(|(algorithm, key)| {
        let hex = file[*key].as_str().filter(|hex| is_hex(hex))?;
        Some(format!("?checksum={algorithm}:{}", hex.to_ascii_lowercase()))
    });
    let version = version.map_or_else(String::new, |version| format!("@{}", escape(version)));
    format!("pkg:generic/{}{version}{}", escape(name), checksum.unwrap_or_default())
}

/// The package URL of a release of an app, `owner/name`.
pub(super) fn release(app: &str, version: &str) -> String {
    let segments: Vec<String> = app.split('/').filter(|part| !part.is_empty()).map(escape).collect();
    format!("pkg:generic/{}@{}", segments.join("/"), escape(version))
}

fn is_hex(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn escape(text: &str) -> String {
    utf8_percent_encode(text, ESCAPES).to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{artifact, release};
    use crate::sent_build::SentBuild;

    fn package_url(version: Value, primary_file: Value) -> String {
        let build = json!({
            "id": "b1", "build_structure": "file", "version": version, "primary_file": primary_file,
        });
        artifact(&SentBuild::from_object(build.as_object().unwrap()).unwrap())
    }

    #[test]
    fn artifacts_have_escaped_names_versions_and_their_best_checksum() {
        let md5 = "A1B2c3d4e5f6789012345678901234ab";
        for (version, primary_file, expected) in [
            (
                json!("1.2.3-rc.1+45"),
                json!({"filename": "app.apk", "checksum_md5": md5}),
                "pkg:generic/app.apk@1.2.3-rc.1%2B45?checksum=md5:a1b2c3d4e5f6789012345678901234ab",
            ),
            (
                json!("0.0.0"),
                json!({"filename": "app.apk", "checksum_md5": md5, "checksum_sha256": "0a"}),
                "pkg:generic/app.apk?checksum=sha256:0a",
            ),
            (
                Value::Null,
                json!({"filename": "Mön App (1)&[a]=b;c,d'e!*+%41?#@x\\.zip", "checksum_md5": "nothex"}),
                "pkg:generic/M%C3%B6n%20App%20%281%29%26%5Ba%5D%3Db%3Bc%2Cd%27e%21%2A%2B%2541%3F%23%40x%5C.zip",
            ),
            (json!("2:1"), json!({"filename": "C:~a_b-c.d"}), "pkg:generic/C:~a_b-c.d@2:1"),
            (json!("1.0.0"), Value::Null, "pkg:generic/b1@1.0.0"),
            (json!(7), json!({"filename": "/", "checksum_md5": 7}), "pkg:generic/b1"),
        ] {
            assert_eq!(package_url(version, primary_file), expected);
        }
    }

    #[test]
    fn a_release_is_a_version_of_the_repository() {
        assert_eq!(release("example/app", "1.0.0+2"), "pkg:generic/example/app@1.0.0%2B2");
        assert_eq!(release("/Gruppe/ä b//app/", "1.0.0"), "pkg:generic/Gruppe/%C3%A4%20b/app@1.0.0");
    }
}
