//! An app bundle in a zip archive.
//!
//! <https://developer.apple.com/documentation/bundleresources/information-property-list>. Reads the `Info.plist` and the
//! provisioning profile, and the headers of the main executable.

use std::io::Cursor;

use jiff::Timestamp;

use super::macho;
use super::plist::Value;
use crate::artifact::archive::zip::{Archive, Entry};
use crate::artifact::budget::Source;
use crate::artifact::reports::Reports;
use crate::artifact::{Damage, Details, IosInfo, catalog};

/// Bytes of a property list or a provisioning profile.
const MAX_PLIST_BYTES: u64 = 4 << 20;
/// Bytes of the main executable: enough for the headers of a universal binary and its first slices.
const MAX_EXECUTABLE_BYTES: u64 = 64 << 10;
/// Bundles to remember.
const MAX_BUNDLES: usize = 16;

/// The files of a bundle that are read.
#[derive(Debug)]
pub(super) struct Bundle {
    /// Path of the folder with the `Info.plist`.
    folder: String,
    list: Option<Entry>,
    profile: Option<Entry>,
}

/// The bundles of an archive, each with its own files.
#[derive(Debug, Default)]
pub(super) struct Bundles(Vec<Bundle>);

impl Bundles {
    /// Adds a file that is directly in the folder of a bundle.
    pub(super) fn add(&mut self, folder: &str, file: &str, entry: Entry) {
        let index = self.0.iter().position(|bundle| bundle.folder == folder).unwrap_or(self.0.len());
        let is_profile = ["embedded.mobileprovision", "embedded.provisionprofile"].contains(&file);
        if index == MAX_BUNDLES || !(is_profile || file == "Info.plist") {
            return;
        }
        if index == self.0.len() {
            self.0.push(Bundle { folder: folder.to_owned(), list: None, profile: None });
        }
        let bundle = &mut self.0[index];
        let file = if is_profile { &mut bundle.profile } else { &mut bundle.list };
        *file = file.take().or(Some(entry));
    }

    /// The bundles that have an `Info.plist`, else those that have a profile.
    pub(super) fn into_bundles(self) -> Vec<Bundle> {
        let (with_list, others): (Vec<_>, Vec<_>) =
            self.0.into_iter().partition(|bundle| bundle.list.is_some());
        if with_list.is_empty() { others } else { with_list }
    }
}

impl Bundle {
    /// Reads the details. Damage to the property list, the profile or the executable costs only what they contain.
    pub(super) fn read(&self, archive: &mut Archive) -> Details {
        let reports = archive.reports().clone();
        let info = reports.value(self.info(archive, &reports)).unwrap_or(Value::Other);
        let string = |key| info.get(key).and_then(Value::string);
        let mut ios = IosInfo {
            bundle_id: string("CFBundleIdentifier"),
            bundle_name: string("CFBundleName").or_else(|| string("CFBundleDisplayName")),
            minimum_os: string("MinimumOSVersion").or_else(|| string("LSMinimumSystemVersion")),
            bundle_version: string("CFBundleVersion"),
            version_short_string: string("CFBundleShortVersionString"),
            ..IosInfo::default()
        };
        if let Some(profile) = &self.profile {
            let profile = archive.read_whole(profile, MAX_PLIST_BYTES);
            reports.value(profile.and_then(|profile| ios.read_profile(&profile, &reports)));
        }
        let is_macos = self.folder.ends_with("/Contents");
        let program = self.executable(archive, string("CFBundleExecutable"), is_macos);
        let program = reports.value(program).flatten().unwrap_or_default();
        let platform = platform(&info).or(is_macos.then_some("macos")).and_then(catalog::find_platform);
        let version = ios.version_short_string.clone().unwrap_or_default();
        let number = ios.bundle_version.clone();
        Details {
            platform: platform.or(program.platform),
            architectures: program.architectures,
            ios: (ios != IosInfo::default()).then_some(ios),
            ..Details::with_package_version(&version, number.as_deref(), &version)
        }
    }

    fn info(&self, archive: &mut Archive, reports: &Reports) -> Result<Value, Damage> {
        let list = self.list.as_ref().ok_or("no Info.plist")?;
        let list = archive.read_whole(list, MAX_PLIST_BYTES)?;
        Ok(Value::parse(&list, reports).ok_or("invalid Info.plist")?)
    }

    /// Reads the headers of the main executable, which is named like the app where the property list does not name it. `None`
    /// if there is none.
    fn executable(
        &self,
        archive: &mut Archive,
        name: Option<String>,
        is_macos: bool,
    ) -> Result<Option<Details>, Damage> {
        let app = self.folder.strip_suffix("/Contents").unwrap_or(&self.folder);
        let app_name = app.rsplit('/').next().and_then(|name| name.strip_suffix(".app"));
        let Some(name) = name.as_deref().or(app_name) else { return Ok(None) };
        let folder = if is_macos { "/MacOS" } else { "" };
        let path = format!("{}{folder}/{name}", self.folder);
        let Some(entry) = archive.find(|entry| entry == path)? else { return Ok(None) };
        let bytes = archive.read(&entry, MAX_EXECUTABLE_BYTES)?;
        let budget = archive.budget().clone();
        let details = macho::read(&mut Source::new(Cursor::new(bytes), budget));
        details.map(Some).map_err(|Damage(reason)| format!("{name}: {reason}").into())
    }
}

/// `CFBundleSupportedPlatforms`, else `DTPlatformName`, else `UIDeviceFamily`.
fn platform(info: &Value) -> Option<&'static str> {
    let supported = info.get("CFBundleSupportedPlatforms").and_then(|value| value.array().first()?.string());
    let name = supported.or_else(|| info.get("DTPlatformName").and_then(Value::string)).unwrap_or_default();
    let name = name.to_ascii_lowercase();
    for (prefix, platform) in [
        ("iphone", "ios"),
        ("macos", "macos"),
        ("appletv", "apple-tv"),
        ("watch", "apple-watch"),
        ("xr", "vision-pro"),
        ("audio", "homepod"),
    ] {
        if name.starts_with(prefix) {
            return Some(platform);
        }
    }
    match info.get("UIDeviceFamily").and_then(|value| value.array().first()) {
        Some(Value::Integer(1 | 2)) => Some("ios"),
        Some(Value::Integer(3)) => Some("apple-tv"),
        Some(Value::Integer(4)) => Some("apple-watch"),
        Some(Value::Integer(5)) => Some("homepod"),
        Some(Value::Integer(7)) => Some("vision-pro"),
        _ => None,
    }
}

impl IosInfo {
    /// Adds a provisioning profile: a property list in a signed envelope, stored there as plain text.
    fn read_profile(&mut self, envelope: &[u8], reports: &Reports) -> Result<(), Damage> {
        let find = |needle: &[u8]| envelope.windows(needle.len()).position(|window| window == needle);
        let start = find(b"<?xml").ok_or("no property list in the provisioning profile")?;
        let is_cut_off = find(b"</plist>").is_none();
        let end = find(b"</plist>").map_or(envelope.len(), |end| end + b"</plist>".len());
        let profile = envelope.get(start..end).and_then(|list| Value::parse(list, reports));
        let profile = profile.ok_or("invalid property list in the provisioning profile")?;
        let string = |key| profile.get(key).and_then(Value::string);
        let debuggable =
            profile.get("Entitlements").and_then(|entitlements| entitlements.get("get-task-allow"));
        // Of a profile that ends early, the entitlements may be in the rest.
        self.key_type = match debuggable {
            Some(Value::Boolean(true)) => Some("development".to_owned()),
            None if is_cut_off => None,
            _ => Some("distribution".to_owned()),
        };
        self.provisioning_profile_uuid = string("UUID");
        self.provisioning_profile_expiry = match profile.get("ExpirationDate") {
            Some(Value::Date(seconds)) => Timestamp::from_second(*seconds).ok(),
            _ => None,
        };
        self.team_name = string("TeamName");
        let team = profile.get("TeamIdentifier").and_then(|value| value.array().first()?.string());
        self.team_identifier = team.or_else(|| string("TeamIdentifier"));
        Ok(())
    }
}
