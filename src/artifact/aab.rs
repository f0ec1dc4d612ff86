//! aab: an app for Android as it goes to a store, which makes apks of it.
//!
//! <https://developer.android.com/guide/app-bundle/app-bundle-format>. Reads the manifest of the base module, at most [`MANIFEST`]
//! bytes, which is a protobuf `XmlNode`:
//! <https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/tools/aapt2/Resources.proto>. References to resources
//! are not followed.

use super::android::{Attribute, Manifest, add_architecture};
use super::apk_signature::is_v1_block;
use super::protobuf::{Field, Fields};
use super::zip::{Archive, Enough};
use super::{Damage, Details, ReadSeek};

/// Bytes of the manifest.
const MANIFEST: u64 = 4 << 20;

/// Everything that the bundle says of itself. The native libraries of all modules count.
pub(super) fn read(source: &mut dyn ReadSeek) -> Result<Details, Damage> {
    let mut archive = Archive::open(source)?;
    let (mut manifest, mut is_signed, mut architectures) = (None, false, Vec::new());
    archive.each(|entry| {
        if entry.name == "base/manifest/AndroidManifest.xml" {
            manifest = Some(entry);
            return Enough::No;
        }
        is_signed |= is_v1_block(&entry.name);
        if let Some((_, path)) = entry.name.split_once('/') {
            add_architecture(path, &mut architectures);
        }
        Enough::No
    })?;
    let manifest = manifest.ok_or("it has no base/manifest/AndroidManifest.xml")?;
    let manifest = archive.read_whole(&manifest, MANIFEST)?;
    let mut found = Manifest::default();
    let root = message(&manifest, NODE_ELEMENT).ok_or("the manifest of its base module is damaged")?;
    add_element(&mut found, root, 0);
    let only_values = |attribute| match attribute {
        Attribute::Reference(_) => None,
        Attribute::Text(text) if text.starts_with('@') => None,
        other => Some(other),
    };
    Ok(found.into_details(only_values, architectures, is_signed))
}

/// Levels of elements: what is used lies in the second.
const DEPTH: usize = 2;

// Numbers of fields in `Resources.proto`.
const NODE_ELEMENT: u32 = 1;
const ELEMENT_NAME: u32 = 3;
const ELEMENT_ATTRIBUTE: u32 = 4;
const ELEMENT_CHILD: u32 = 5;
const ATTRIBUTE_NAME: u32 = 2;
const ATTRIBUTE_VALUE: u32 = 3;
const ATTRIBUTE_ITEM: u32 = 6;
const ITEM_PRIMITIVE: u32 = 7;

fn add_element(manifest: &mut Manifest, element: &[u8], depth: usize) {
    let (mut attributes, mut children) = (Vec::new(), Vec::new());
    for field in Fields(element) {
        match field {
            Field::Bytes(ELEMENT_ATTRIBUTE, bytes) => attributes.extend(attribute(bytes)),
            Field::Bytes(ELEMENT_CHILD, bytes) if depth + 1 < DEPTH => {
                children.extend(message(bytes, NODE_ELEMENT))
            }
            _ => {}
        }
    }
    manifest.add_element(&text(element, ELEMENT_NAME), attributes);
    for child in children {
        add_element(manifest, child, depth + 1);
    }
}

/// An attribute's name, and its text or, if there is none, its compiled number.
fn attribute(bytes: &[u8]) -> Option<(String, Attribute)> {
    let (name, value) = (text(bytes, ATTRIBUTE_NAME), text(bytes, ATTRIBUTE_VALUE));
    if !value.is_empty() {
        return Some((name, Attribute::Text(value)));
    }
    let primitive = message(message(bytes, ATTRIBUTE_ITEM)?, ITEM_PRIMITIVE)?;
    let number = Fields(primitive).find_map(|field| match field {
        Field::Number(6..=8, number) => u32::try_from(number).ok(),
        _ => None,
    });
    Some((name, Attribute::Number(number?)))
}

fn message(bytes: &[u8], wanted: u32) -> Option<&[u8]> {
    Fields(bytes).find_map(|field| match field {
        Field::Bytes(number, bytes) if number == wanted => Some(bytes),
        _ => None,
    })
}

fn text(bytes: &[u8], wanted: u32) -> String {
    message(bytes, wanted).map(|bytes| String::from_utf8_lossy(bytes).into_owned()).unwrap_or_default()
}
