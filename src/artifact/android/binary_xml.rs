//! An apk's manifest, in Android's binary XML.
//!
//! <https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/libs/androidfw/include/androidfw/ResourceTypes.h>

use super::manifest::{Attribute, Manifest};
use super::string_pool::StringPool;
use crate::artifact::Damage;
use crate::artifact::budget::{Budget, ELEMENT};
use crate::artifact::bytes::{Bytes, Endian};

/// Attribute names by resource id. Shrinkers drop the names from the file, but not the ids.
/// <https://developer.android.com/reference/android/R.attr>
const ATTRIBUTE_NAMES: &[(u32, &str)] = &[
    (0x0101_0003, "name"),
    (0x0101_000f, "debuggable"),
    (0x0101_020c, "minSdkVersion"),
    (0x0101_021b, "versionCode"),
    (0x0101_021c, "versionName"),
    (0x0101_0270, "targetSdkVersion"),
    (0x0101_028e, "required"),
];

/// Parses the whole file.
pub(super) fn parse(bytes: &[u8], budget: &Budget) -> Result<Manifest, Damage> {
    parse_chunks(bytes, budget).ok_or_else(|| "invalid AndroidManifest.xml".into())
}

/// `None` if it contains no elements. What follows an invalid chunk is lost, so that the last element does not end. The
/// type of the whole is not compared, as Android does not.
fn parse_chunks(bytes: &[u8], budget: &Budget) -> Option<Manifest> {
    let bytes = Bytes(bytes);
    let mut manifest = Manifest::default();
    let (mut pool, mut ids, mut has_elements, mut depth) = (None, Bytes(&[]), false, 0u32);
    let mut at = usize::from(bytes.u16(2, Endian::Little)?);
    while let Some(chunk_type) = bytes.u16(at, Endian::Little) {
        budget.spend(ELEMENT).ok()?;
        let Some(size) = bytes.usize(at + 4, Endian::Little).filter(|size| *size >= 8) else { break };
        let Some(chunk) = bytes.slice(at, size.min(bytes.0.len() - at)) else { break };
        match (chunk_type, pool) {
            (0x0001, None) => pool = StringPool::read(chunk, budget),
            (0x0180, _) => ids = chunk.from(8).unwrap_or(ids),
            (0x0102, Some(pool)) => {
                depth += 1;
                has_elements |= add_element(&mut manifest, chunk, pool, ids, budget).is_some();
            }
            (0x0103, _) => {
                depth = depth.saturating_sub(1);
                manifest.is_complete |= has_elements && depth == 0;
            }
            _ => {}
        }
        let Some(next) = at.checked_add(size) else { break };
        at = next;
    }
    has_elements.then_some(manifest)
}

fn add_element(
    manifest: &mut Manifest,
    chunk: Bytes,
    pool: StringPool,
    ids: Bytes,
    budget: &Budget,
) -> Option<()> {
    let body = chunk.from(usize::from(chunk.u16(2, Endian::Little)?))?;
    let element = pool.get(body.u32(4, Endian::Little)?).unwrap_or_default();
    let start = usize::from(body.u16(8, Endian::Little)?);
    let size = usize::from(body.u16(10, Endian::Little)?).max(20);
    let count = usize::from(body.u16(12, Endian::Little)?);
    let attributes = (0..count).map_while(|index| {
        let bytes = body.slice(start + index * size, 20)?;
        budget.spend(ELEMENT).ok()?;
        let number = bytes.u32(4, Endian::Little)?;
        let id = ids.u32(usize::try_from(number).ok()?.saturating_mul(4), Endian::Little);
        let known = id.and_then(|id| ATTRIBUTE_NAMES.iter().find(|(known, _)| *known == id));
        let name = known.map(|(_, name)| (*name).to_owned()).or_else(|| pool.get(number)).unwrap_or_default();
        Some(value(bytes.u8(15)?, bytes.u32(16, Endian::Little)?, pool).map(|value| (name, value)))
    });
    manifest.add_element(&element, attributes.flatten());
    Some(())
}

/// Converts a `Res_value`.
pub(super) fn value(data_type: u8, number: u32, pool: StringPool) -> Option<Attribute> {
    match data_type {
        0x01 | 0x07 => Some(Attribute::Reference(number)),
        0x03 => pool.get(number).map(Attribute::Text),
        0x10 | 0x11 => Some(Attribute::Number(number)),
        0x12 => Some(Attribute::Number(u32::from(number != 0))),
        _ => None,
    }
}
