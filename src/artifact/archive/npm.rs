//! The manifest of an npm package.
//!
//! <https://docs.npmjs.com/cli/configuring-npm/package-json>

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::artifact::apple::macos_architectures;
use crate::artifact::{Details, catalog};

/// The parts of `package.json` that are read. A whole document in memory takes a multiple of its size.
#[derive(Deserialize)]
struct Package {
    /// Every package has one; other files of this name need not.
    #[serde(rename = "name")]
    _name: String,
    version: Lenient<String>,
    #[serde(default)]
    os: Lenient<Names>,
    #[serde(default)]
    cpu: Lenient<Names>,
    #[serde(default)]
    libc: Lenient<Names>,
}

/// A list of names, or one name.
#[derive(Deserialize)]
#[serde(untagged)]
enum Names {
    List(Vec<String>),
    One(String),
}

/// A value that may have an unexpected type, which costs only that value.
#[derive(Deserialize)]
#[serde(untagged)]
enum Lenient<T> {
    Expected(T),
    Other(IgnoredAny),
}

impl<T> Default for Lenient<T> {
    fn default() -> Self {
        Self::Other(IgnoredAny)
    }
}

impl Lenient<Names> {
    /// The names, unless some are excluded rather than listed.
    fn names(&self) -> &[String] {
        let names = match self {
            Self::Expected(Names::List(names)) => names,
            Self::Expected(Names::One(name)) => std::slice::from_ref(name),
            Self::Other(_) => &[],
        };
        if names.iter().any(|name| name.starts_with('!')) { &[] } else { names }
    }
}

/// Version, platform and architectures. The platform is that of packages for a single one. `None` if it is not a
/// manifest.
pub(super) fn details(json: &[u8]) -> Option<Details> {
    let json = json.strip_prefix(b"\xef\xbb\xbf").unwrap_or(json);
    let package: Package = serde_json::from_slice(json).ok()?;
    let system = match package.os.names() {
        [name] => platform(name),
        // Only Linux has more than one C library.
        [] if !package.libc.names().is_empty() => Some("linux"),
        _ => None,
    };
    let mut architectures: Vec<&str> =
        package.cpu.names().iter().filter_map(|name| architecture(name)).collect();
    architectures.dedup();
    if system == Some("macos") {
        architectures = macos_architectures(architectures);
    }
    let version = match &package.version {
        Lenient::Expected(version) => Some(version.as_str()),
        Lenient::Other(_) => None,
    };
    Some(Details {
        platform: system.and_then(catalog::find_platform),
        architectures: architectures.into_iter().filter_map(catalog::find_architecture).collect(),
        ..Details::with_version(version)
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
    use super::details;

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
    }
}
