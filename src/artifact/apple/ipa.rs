//! ipa: an app for iOS, iPadOS, tvOS, watchOS or visionOS.
//!
//! <https://developer.apple.com/documentation/bundleresources/information-property-list>. Reads the
//! `Info.plist` and the provisioning profile of the app in `Payload/`, and the headers of its main
//! executable.

use std::io::Cursor;
use std::ops::ControlFlow;

use jiff::Timestamp;

use super::macho;
use super::plist::Value;
use crate::artifact::archive::zip::{self, Archive};
use crate::artifact::budget::Source;
use crate::artifact::format::FileFormat;
use crate::artifact::{Damage, Details, IosInfo, ReadSeek, catalog};

pub(crate) const FORMAT: FileFormat = FileFormat { extensions: &["ipa"], magics: &[zip::MAGIC], read };

/// Bytes of a property list or a provisioning profile.
const MAX_PLIST_BYTES: u64 = 4 << 20;
/// Bytes of the main executable: enough for the headers of a universal binary and its first slices.
const MAX_EXECUTABLE_BYTES: u64 = 64 << 10;

fn read(source: &mut dyn ReadSeek) -> Result<Details, Damage> {
    let budget = source.budget().clone();
    let mut archive = Archive::open(source)?;
    let (mut list, mut profile) = (None, None);
    archive.each(|entry| {
        match in_app(&entry.name) {
            Some((_, "Info.plist")) => list = list.take().or(Some(entry)),
            Some((_, "embedded.mobileprovision")) => profile = profile.take().or(Some(entry)),
            _ => {}
        }
        if list.is_some() && profile.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    let list = list.ok_or("no Payload/*.app/Info.plist")?;
    let app = in_app(&list.name).map(|(app, _)| app.to_owned()).unwrap_or_default();
    let info = Value::parse(&archive.read_whole(&list, MAX_PLIST_BYTES)?).ok_or("invalid Info.plist")?;
    let string = |key| info.get(key).and_then(Value::string);

    let mut ios = IosInfo {
        bundle_id: string("CFBundleIdentifier"),
        bundle_name: string("CFBundleName").or_else(|| string("CFBundleDisplayName")),
        minimum_os: string("MinimumOSVersion"),
        bundle_version: string("CFBundleVersion"),
        version_short_string: string("CFBundleShortVersionString"),
        ..IosInfo::default()
    };
    if let Some(profile) = profile {
        ios.read_profile(&archive.read_whole(&profile, MAX_PLIST_BYTES)?);
    }
    let executable = string("CFBundleExecutable").map(|name| format!("{app}/{name}"));
    let entry = match executable {
        Some(name) => archive.find(|entry| entry == name)?,
        None => None,
    };
    let headers = entry.and_then(|entry| archive.read(&entry, MAX_EXECUTABLE_BYTES).ok());
    let architectures =
        headers.and_then(|bytes| macho::read(&mut Source::new(Cursor::new(bytes), budget)).ok());
    let (version, number) =
        (ios.version_short_string.clone().unwrap_or_default(), ios.bundle_version.clone());
    Ok(Details {
        platform: platform(&info).and_then(catalog::find_platform),
        architectures: architectures.map(|details| details.architectures).unwrap_or_default(),
        ios: Some(ios),
        ..Details::with_package_version(&version, number.as_deref(), &version)
    })
}

/// The app's folder and the file's name, for a file directly in the app: `Payload/Name.app/Info.plist`.
/// `None` for files of frameworks and extensions.
fn in_app(name: &str) -> Option<(&str, &str)> {
    let rest = name.strip_prefix("Payload/")?;
    let (app, file) = rest.split_once('/')?;
    let folder = &name[.."Payload/".len() + app.len()];
    (app.ends_with(".app") && !file.contains('/')).then_some((folder, file))
}

/// `CFBundleSupportedPlatforms`, else `DTPlatformName`, else `UIDeviceFamily`.
fn platform(info: &Value) -> Option<&'static str> {
    let supported = info.get("CFBundleSupportedPlatforms").and_then(|value| value.array().first()?.string());
    let name = supported.or_else(|| info.get("DTPlatformName").and_then(Value::string)).unwrap_or_default();
    let name = name.to_ascii_lowercase();
    for (prefix, platform) in [
        ("iphone", "ios"),
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
    fn read_profile(&mut self, envelope: &[u8]) {
        let find = |needle: &[u8]| envelope.windows(needle.len()).position(|window| window == needle);
        let (Some(start), Some(end)) = (find(b"<?xml"), find(b"</plist>")) else { return };
        let Some(profile) = envelope.get(start..end + b"</plist>".len()).and_then(Value::parse) else {
            return;
        };
        let string = |key| profile.get(key).and_then(Value::string);
        let debuggable =
            profile.get("Entitlements").and_then(|entitlements| entitlements.get("get-task-allow"));
        self.key_type = Some(match debuggable {
            Some(Value::Boolean(true)) => "development".to_owned(),
            _ => "distribution".to_owned(),
        });
        self.provisioning_profile_uuid = string("UUID");
        self.provisioning_profile_expiry = match profile.get("ExpirationDate") {
            Some(Value::Date(seconds)) => Timestamp::from_second(*seconds).ok(),
            _ => None,
        };
        self.team_name = string("TeamName");
        let team = profile.get("TeamIdentifier").and_then(|value| value.array().first()?.string());
        self.team_identifier = team.or_else(|| string("TeamIdentifier"));
    }
}
