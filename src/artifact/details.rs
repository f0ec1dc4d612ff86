//! Details from the content of a file.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Architecture, Platform, Version};

/// Details from the content of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Details {
    /// Platform.
    pub platform: Option<&'static Platform>,
    /// Architectures it runs on.
    pub architectures: Vec<&'static Architecture>,
    /// Version.
    pub version: Option<Version>,
    /// The version as the file has it, if it is more than `version`: four numbers, an epoch, a revision, leading
    /// zeros.
    pub version_full: Option<String>,
    /// Build number.
    pub build_number: Option<String>,
    /// Details of an app or installer for Apple's systems.
    pub ios: Option<IosInfo>,
    /// Details of an apk or aab.
    pub android: Option<AndroidInfo>,
}

impl Details {
    /// Details with a version only. The fourth of four numbers, if it is not zero, is the build number.
    pub(super) fn with_version(text: Option<&str>) -> Self {
        let text = text.map(str::trim).unwrap_or_default();
        let fourth =
            text.splitn(4, '.').nth(3).filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
        let build_number = fourth.filter(|number| !matches!(*number, "" | "0"));
        Self::with_package_version(text, build_number, text)
    }

    /// Details with the version of a package only: the version of its content, the revision of the package, which is
    /// the build number, and both as the package writes them.
    pub(super) fn with_package_version(upstream: &str, revision: Option<&str>, whole: &str) -> Self {
        let version = Version::parse_short(upstream);
        Self {
            version_full: Version::full_if_more(whole, version.as_ref()),
            version,
            build_number: revision.map(str::to_owned),
            ..Self::default()
        }
    }
}

/// Details of an app or installer for Apple's systems, in Buildstash's terms.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IosInfo {
    /// `CFBundleIdentifier`: `com.example.app`.
    pub bundle_id: Option<String>,
    /// `CFBundleName`, else `CFBundleDisplayName`.
    pub bundle_name: Option<String>,
    /// `development` if the provisioning profile allows debugging, else `distribution`. Unknown without a
    /// profile.
    pub key_type: Option<String>,
    /// Oldest OS version it runs on.
    pub minimum_os: Option<String>,
    /// `CFBundleVersion`, the build number.
    pub bundle_version: Option<String>,
    /// `CFBundleShortVersionString`, the version that users see.
    pub version_short_string: Option<String>,
    /// UUID of the provisioning profile.
    pub provisioning_profile_uuid: Option<String>,
    /// Expiry of the provisioning profile.
    pub provisioning_profile_expiry: Option<Timestamp>,
    /// Name of the development team.
    pub team_name: Option<String>,
    /// Id of the development team.
    pub team_identifier: Option<String>,
}

/// Details of an apk or aab, in Buildstash's terms.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AndroidInfo {
    /// Application id: `com.example.app`.
    pub package_name: Option<String>,
    /// Oldest API level it runs on.
    pub minimum_api: Option<i64>,
    /// API level it targets.
    pub target_api: Option<i64>,
    /// Version that users see.
    pub version_name: Option<String>,
    /// Number that orders builds.
    pub version_code: Option<i64>,
    /// Whether debuggers may attach.
    pub is_debuggable: Option<bool>,
    /// Whether it has a signature of any scheme. The signature is not verified.
    pub package_signed: Option<bool>,
}
