//! `ios_info` and `android_info`.

use serde::Serialize;

use super::micros;
use crate::artifact::{AndroidInfo, IosInfo};

#[derive(Serialize)]
pub(super) struct IosInfoObject<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    build_id: Option<&'a str>,
    bundle_id: Option<&'a str>,
    bundle_name: Option<&'a str>,
    key_type: Option<&'a str>,
    minimum_os: Option<&'a str>,
    bundle_version: Option<&'a str>,
    version_short_string: Option<&'a str>,
    provisioning_profile_uuid: Option<&'a str>,
    provisioning_profile_expiry: Option<String>,
    team_name: Option<&'a str>,
    team_identifier: Option<&'a str>,
}

impl<'a> IosInfoObject<'a> {
    pub(super) fn new(info: &'a IosInfo, build_id: Option<&'a str>) -> Self {
        Self {
            build_id,
            bundle_id: info.bundle_id.as_deref(),
            bundle_name: info.bundle_name.as_deref(),
            key_type: info.key_type.as_deref(),
            minimum_os: info.minimum_os.as_deref(),
            bundle_version: info.bundle_version.as_deref(),
            version_short_string: info.version_short_string.as_deref(),
            provisioning_profile_uuid: info.provisioning_profile_uuid.as_deref(),
            provisioning_profile_expiry: info.provisioning_profile_expiry.map(micros),
            team_name: info.team_name.as_deref(),
            team_identifier: info.team_identifier.as_deref(),
        }
    }
}

#[derive(Serialize)]
pub(super) struct AndroidInfoObject<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    build_id: Option<&'a str>,
    package_name: Option<&'a str>,
    minimum_api: Option<i64>,
    target_api: Option<i64>,
    version_name: Option<&'a str>,
    version_code: Option<i64>,
    is_debuggable: Option<bool>,
    package_signed: Option<bool>,
}

impl<'a> AndroidInfoObject<'a> {
    pub(super) fn new(info: &'a AndroidInfo, build_id: Option<&'a str>) -> Self {
        Self {
            build_id,
            package_name: info.package_name.as_deref(),
            minimum_api: info.minimum_api,
            target_api: info.target_api,
            version_name: info.version_name.as_deref(),
            version_code: info.version_code,
            is_debuggable: info.is_debuggable,
            package_signed: info.package_signed,
        }
    }
}
