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
    /// Build number.
    pub build_number: Option<String>,
    /// Details of an ipa.
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
        Self {
            version: Version::parse_short(text),
            build_number: fourth.filter(|number| *number != "0").map(str::to_owned),
            ..Self::default()
        }
    }
}

/// Details of an ipa, in Buildstash's terms.
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
