//! What the content of a file tells.

use jiff::Timestamp;

use super::{Architecture, Platform, Version};

/// What the content of a file tells beyond what any file tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Details {
    /// The platform it is for.
    pub platform: Option<&'static Platform>,
    /// The architectures it runs on.
    pub architectures: Vec<&'static Architecture>,
    /// Its version.
    pub version: Option<Version>,
    /// Its build number.
    pub build_number: Option<String>,
    /// What an ipa says.
    pub ios: Option<IosInfo>,
    /// What an apk says.
    pub android: Option<AndroidInfo>,
}

impl Details {
    /// The version, and of four numbers the last, if it is not zero, as build number.
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

/// What an ipa says, in Buildstash's words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IosInfo {
    /// `com.example.app`.
    pub bundle_id: Option<String>,
    /// The bundle's name, else its display name.
    pub bundle_name: Option<String>,
    /// `development` if the profile lets a debugger in, else `distribution`; unknown without a profile.
    pub key_type: Option<String>,
    /// The oldest system it runs on.
    pub minimum_os: Option<String>,
    /// The build's number.
    pub bundle_version: Option<String>,
    /// The version that people see.
    pub version_short_string: Option<String>,
    /// The provisioning profile's id.
    pub provisioning_profile_uuid: Option<String>,
    /// When the provisioning profile ends.
    pub provisioning_profile_expiry: Option<Timestamp>,
    /// Who built it.
    pub team_name: Option<String>,
    /// The team's id.
    pub team_identifier: Option<String>,
}

/// What an apk says, in Buildstash's words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AndroidInfo {
    /// `com.example.app`.
    pub package_name: Option<String>,
    /// The oldest API level it runs on.
    pub minimum_api: Option<i64>,
    /// The API level it was made for.
    pub target_api: Option<i64>,
    /// The version that people see.
    pub version_name: Option<String>,
    /// The number that decides which build is newer.
    pub version_code: Option<i64>,
    /// Whether a debugger may attach.
    pub is_debuggable: Option<bool>,
    /// Whether it has a signature of any scheme.
    pub package_signed: Option<bool>,
}
