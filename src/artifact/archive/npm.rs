//! The manifest of an npm package.
//!
//! <https://docs.npmjs.com/cli/configuring-npm/package-json>

use serde::Deserialize;

use crate::artifact::apple::macos_architectures;
use crate::artifact::json_object::Members;
use crate::artifact::reports::Reports;
use crate::artifact::{Details, catalog};

/// A list of names, or one name.
#[derive(Deserialize)]
#[serde(untagged)]
enum Names {
    List(Vec<String>),
    One(String),
}

/// The names of a member, unless some are excluded rather than listed.
fn names(package: &Members, name: &str) -> Vec<String> {
    let names = match package.get(name) {
        Some(Names::List(names)) => names,
        Some(Names::One(name)) => vec![name],
        None => Vec::new(),
    };
    if names.iter().any(|name| name.starts_with('!')) { Vec::new() } else { names }
}

/// Version, platform and architectures. The platform is that of packages for a single one. `None` if it is not a
/// manifest: every package has a name; other files of this name need not.
pub(super) fn details(json: &[u8], reports: &Reports) -> Option<Details> {
    let package = Members::read(json, &["name", "version", "os", "cpu", "libc"]);
    package.get::<String>("name")?;
    let system = match names(&package, "os").as_slice() {
        [name] => platform(name),
        // Only Linux has more than one C library.
        [] if !names(&package, "libc").is_empty() => Some("linux"),
        _ => None,
    };
    let mut architectures: Vec<&str> =
        names(&package, "cpu").iter().filter_map(|name| architecture(name)).collect();
    architectures.dedup();
    if system == Some("macos") {
        architectures = macos_architectures(architectures);
    }
    let version: Option<String> = package.get("version");
    if let Some(damage) = package.damage {
        reports.add(damage);
    }
    Some(Details {
        platform: system.and_then(catalog::find_platform),
        architectures: architectures.into_iter().filter_map(catalog::find_architecture).collect(),
        ..Details::with_version(version.as_deref())
    })
}

/// <https://nodejs.org/api/process.html#processplatform>
fn platform(name: &str) -> Option<&'static str> {
    Some(match name {
        "aix" => "aix",
        "android" => "android",
        "darwin" => "macos",
        "freebsd" => "freebsd",
        "haiku" => "haiku",
        "linux" => "linux",
        "netbsd" => "netbsd",
        "openbsd" => "openbsd",
        "openharmony" => "harmonyos",
        "sunos" => "solaris",
        "win32" => "windows",
        _ => return None,
    })
}

/// <https://nodejs.org/api/process.html#processarch>
fn architecture(name: &str) -> Option<&'static str> {
    Some(match name {
        "arm" => "armv7",
        "arm64" => "arm64v8",
        "ia32" => "x86",
        "loong64" => "loongarch",
        "mips" | "mipsel" => "mips",
        "mips64" | "mips64el" => "mips64",
        "ppc" => "ppc",
        "ppc64" => "ppc64",
        "riscv64" => "risc-v64",
        "s390" | "s390x" => "ibmz",
        "x64" => "x64",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::Reports;

    fn details(json: &[u8]) -> Option<super::Details> {
        super::details(json, &Reports::default())
    }

    #[test]
    fn platform_and_architectures_are_those_that_the_manifest_lists() {
        for (fields, platform, architectures) in [
            (r#""os": ["linux"], "cpu": ["x64"], "libc": ["musl"]"#, Some("linux"), &["x64"][..]),
            (r#""os": "darwin", "cpu": ["arm64"]"#, Some("macos"), &["apple"]),
            (r#""os": ["darwin"], "cpu": ["x64", "arm64"]"#, Some("macos"), &["u2b"]),
            (r#""os": ["win32"], "cpu": "ia32""#, Some("windows"), &["x86"]),
            (r#""libc": "glibc", "cpu": ["arm"]"#, Some("linux"), &["armv7"]),
            (r#""os": ["linux", "darwin"], "cpu": ["x64", "arm64"]"#, None, &["x64", "arm64v8"]),
            (r#""os": ["!win32"], "cpu": ["!ia32"]"#, None, &[]),
            (r#""os": {"name": "linux"}, "cpu": 64"#, None, &[]),
            (r#""files": ["linux"]"#, None, &[]),
        ] {
            let json = format!(r#"{{"name": "@example/tool", "version": "1.2.3", {fields}}}"#);
            let details = details(json.as_bytes()).unwrap();
            assert_eq!(details.platform.map(|platform| platform.identifier), platform, "{fields}");
            let found: Vec<_> = details.architectures.iter().map(|found| found.identifier).collect();
            assert_eq!(
                (found, details.version.unwrap().full()),
                (architectures.to_vec(), "1.2.3".to_owned())
            );
        }
        let manifest = |json: &str| details(json.as_bytes()).map(|details| details.version.is_some());
        assert_eq!(manifest(r#"{"name": "a", "version": 7}"#), Some(false));
        assert_eq!(manifest(r#"{"version": "1.2.3"}"#), None, "not a package");
        assert_eq!(manifest("[]"), None);
        assert_eq!(manifest(r#"{"name": "a", "version": "1.0.0", "version": "1.2.3", "os": "#), Some(true));
    }
}
