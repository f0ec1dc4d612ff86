//! The parts of an Android manifest that become details, whichever encoding they come from.

use crate::artifact::{AndroidInfo, Architecture, Details, catalog};

/// Features to keep.
const MAX_FEATURES: usize = 1000;

/// A manifest, read so far.
#[derive(Debug, Default)]
pub(crate) struct Manifest {
    package: Option<Attribute>,
    version_code: Option<Attribute>,
    version_name: Option<Attribute>,
    minimum_api: Option<Attribute>,
    target_api: Option<Attribute>,
    debuggable: Option<Attribute>,
    /// Names of the features that the app requires.
    features: Vec<String>,
    /// Whether it was read to its end. Otherwise an absent attribute may be in the rest.
    pub(crate) is_complete: bool,
}

/// The value of an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Attribute {
    /// A string.
    Text(String),
    /// A number or a boolean.
    Number(u32),
    /// A resource id.
    Reference(u32),
}

impl Attribute {
    /// The string, unless it is blank.
    fn text(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
            Self::Number(_) | Self::Reference(_) => None,
        }
    }

    /// The number, also if it is written as a string.
    fn number(&self) -> Option<i64> {
        match self {
            Self::Number(number) => Some(i64::from(*number)),
            Self::Text(text) => text.trim().parse().ok(),
            Self::Reference(_) => None,
        }
    }

    fn boolean(&self) -> Option<bool> {
        match self {
            Self::Number(number) => Some(*number != 0),
            Self::Text(text) => text.trim().parse().ok(),
            Self::Reference(_) => None,
        }
    }
}

impl Manifest {
    /// Adds an element. Names have no namespace prefix.
    pub(crate) fn add_element(
        &mut self,
        element: &str,
        attributes: impl IntoIterator<Item = (String, Attribute)>,
    ) {
        let (mut feature, mut is_required) = (None, true);
        for (name, value) in attributes {
            match (element, name.as_str()) {
                ("manifest", "package") => self.package = Some(value),
                ("manifest", "versionCode") => self.version_code = Some(value),
                ("manifest", "versionName") => self.version_name = Some(value),
                ("uses-sdk", "minSdkVersion") => self.minimum_api = Some(value),
                ("uses-sdk", "targetSdkVersion") => self.target_api = Some(value),
                ("application", "debuggable") => self.debuggable = Some(value),
                ("uses-feature", "name") => feature = value.text(),
                ("uses-feature", "required") => is_required = value.boolean() != Some(false),
                _ => {}
            }
        }
        if is_required && self.features.len() < MAX_FEATURES {
            self.features.extend(feature);
        }
    }

    /// Converts the manifest to details. `resolve` looks up references to resources. `is_signed` is `None` if it is unknown.
    pub(crate) fn into_details(
        self,
        mut resolve: impl FnMut(Attribute) -> Option<Attribute>,
        architectures: Vec<&'static Architecture>,
        is_signed: Option<bool>,
    ) -> Details {
        let mut value = |attribute: Option<Attribute>| attribute.and_then(&mut resolve);
        let version_name = value(self.version_name);
        let number = |attribute: Option<Attribute>| attribute.and_then(|attribute| attribute.number());
        let android = AndroidInfo {
            package_name: value(self.package).and_then(|package| package.text()),
            minimum_api: number(value(self.minimum_api)),
            target_api: number(value(self.target_api)),
            version_code: number(value(self.version_code)),
            is_debuggable: value(self.debuggable)
                .and_then(|value| value.boolean())
                .or(self.is_complete.then_some(false)),
            version_name: version_name.and_then(|name| match name {
                Attribute::Number(number) => Some(number.to_string()),
                other => other.text(),
            }),
            package_signed: is_signed,
        };
        let platform = special_platform(&self.features).or(self.is_complete.then_some("android"));
        let (version, code) = (android.version_name.clone().unwrap_or_default(), android.version_code);
        Details {
            platform: platform.and_then(catalog::find_platform),
            architectures,
            android: Some(android),
            ..Details::with_package_version(&version, code.map(|code| code.to_string()).as_deref(), &version)
        }
    }
}

/// Adds the architecture of a native library by its path: `lib/arm64-v8a/libapp.so`.
/// <https://developer.android.com/ndk/guides/abis>
pub(crate) fn add_architecture(name: &str, architectures: &mut Vec<&'static Architecture>) {
    let Some((abi, _)) = name.strip_prefix("lib/").and_then(|rest| rest.split_once('/')) else { return };
    let identifier = match abi {
        "arm64-v8a" => "arm64v8",
        "armeabi-v7a" => "armv7",
        "armeabi" => "armv5",
        "x86" => "x86",
        "x86_64" => "x64",
        "mips" => "mips",
        "mips64" => "mips64",
        "riscv64" => "risc-v64",
        _ => return,
    };
    if !architectures.iter().any(|known| known.identifier == identifier) {
        architectures.extend(catalog::find_architecture(identifier));
    }
}

/// The platform that the required features imply, if it is not Android itself.
fn special_platform(features: &[String]) -> Option<&'static str> {
    let platforms = [
        ("android.hardware.type.watch", "wearos"),
        ("com.oculus.", "quest"),
        ("oculus.", "quest"),
        ("com.magicleap.", "magic-leap"),
        ("wave.feature.", "vive"),
        ("android.hardware.vr.headtracking", "quest"),
    ];
    let is_required = |prefix: &str| features.iter().any(|feature| feature.starts_with(prefix));
    platforms.iter().find(|(prefix, _)| is_required(prefix)).map(|(_, platform)| *platform)
}
