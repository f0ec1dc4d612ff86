//! The manifest of an apk, in Android's binary XML.
//!
//! <https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/libs/androidfw/include/androidfw/ResourceTypes.h>.
//! At most [`FEATURES`] features are kept.

use super::bytes::{Bytes, Endian};
use super::string_pool::StringPool;

/// Features that are kept.
const FEATURES: usize = 1000;

/// What of the manifest is used.
#[derive(Debug, Default)]
pub(super) struct Manifest {
    pub(super) package: Option<String>,
    pub(super) version_code: Option<Attribute>,
    pub(super) version_name: Option<Attribute>,
    pub(super) minimum_api: Option<Attribute>,
    pub(super) target_api: Option<Attribute>,
    pub(super) debuggable: Option<Attribute>,
    /// Names of the features that it uses, but for those that it can do without.
    pub(super) features: Vec<String>,
}

/// The value of an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Attribute {
    /// A text.
    Text(String),
    /// A number or a boolean.
    Number(u32),
    /// The id of a resource.
    Reference(u32),
}

/// Ids of attributes of `android:`, which stand for their names: shrinkers drop the names.
/// <https://developer.android.com/reference/android/R.attr>
const IDS: &[(u32, &str)] = &[
    (0x0101_0003, "name"),
    (0x0101_000f, "debuggable"),
    (0x0101_020c, "minSdkVersion"),
    (0x0101_021b, "versionCode"),
    (0x0101_021c, "versionName"),
    (0x0101_0270, "targetSdkVersion"),
    (0x0101_028e, "required"),
];

impl Manifest {
    /// Reads the whole file.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let bytes = Bytes(bytes);
        if bytes.u16(0, Endian::Little)? != 3 {
            return None;
        }
        let mut manifest = Self::default();
        let (mut pool, mut ids) = (None, Bytes(&[]));
        let mut at = usize::from(bytes.u16(2, Endian::Little)?);
        while let Some(kind) = bytes.u16(at, Endian::Little) {
            let size = bytes.place(at + 4, Endian::Little).filter(|size| *size >= 8)?;
            let chunk = bytes.slice(at, size.min(bytes.0.len() - at))?;
            match kind {
                0x0001 if pool.is_none() => pool = StringPool::read(chunk),
                0x0180 => ids = chunk.from(8)?,
                0x0102 => manifest.element(chunk, pool?, ids)?,
                _ => {}
            }
            at = at.checked_add(size)?;
        }
        pool.is_some().then_some(manifest)
    }

    fn element(&mut self, chunk: Bytes, pool: StringPool, ids: Bytes) -> Option<()> {
        let body = chunk.from(usize::from(chunk.u16(2, Endian::Little)?))?;
        let element = pool.get(body.u32(4, Endian::Little)?).unwrap_or_default();
        let start = usize::from(body.u16(8, Endian::Little)?);
        let size = usize::from(body.u16(10, Endian::Little)?).max(20);
        let count = usize::from(body.u16(12, Endian::Little)?);
        let (mut feature, mut is_required) = (None, true);
        for index in 0..count {
            let Some(bytes) = body.slice(start + index * size, 20) else { break };
            let number = bytes.u32(4, Endian::Little)?;
            let id = ids.u32(usize::try_from(number).ok()?.saturating_mul(4), Endian::Little);
            let known = id
                .and_then(|id| IDS.iter().find(|(known, _)| *known == id))
                .map(|(_, name)| (*name).to_owned());
            let name = known.or_else(|| pool.get(number)).unwrap_or_default();
            let Some(value) = attribute(bytes, pool) else { continue };
            match (element.as_str(), name.as_str()) {
                ("manifest", "package") => self.package = value.text(),
                ("manifest", "versionCode") => self.version_code = Some(value),
                ("manifest", "versionName") => self.version_name = Some(value),
                ("uses-sdk", "minSdkVersion") => self.minimum_api = Some(value),
                ("uses-sdk", "targetSdkVersion") => self.target_api = Some(value),
                ("application", "debuggable") => self.debuggable = Some(value),
                ("uses-feature", "name") => feature = value.text(),
                ("uses-feature", "required") => is_required = value != Attribute::Number(0),
                _ => {}
            }
        }
        if is_required && self.features.len() < FEATURES {
            self.features.extend(feature);
        }
        Some(())
    }
}

impl Attribute {
    /// The text, if it is one.
    pub(super) fn text(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.clone()).filter(|text| !text.is_empty()),
            Self::Number(_) | Self::Reference(_) => None,
        }
    }
}

fn attribute(bytes: Bytes, pool: StringPool) -> Option<Attribute> {
    value(bytes.u8(15)?, bytes.u32(16, Endian::Little)?, pool)
}

/// A typed value of Android's resources.
pub(super) fn value(kind: u8, number: u32, pool: StringPool) -> Option<Attribute> {
    match kind {
        0x01 | 0x07 => Some(Attribute::Reference(number)),
        0x03 => pool.get(number).map(Attribute::Text),
        0x10 | 0x11 => Some(Attribute::Number(number)),
        0x12 => Some(Attribute::Number(u32::from(number != 0))),
        _ => None,
    }
}
