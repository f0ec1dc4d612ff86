//! aab: an app for Android as it goes to a store, which makes apks of it.
//!
//! <https://developer.android.com/guide/app-bundle/app-bundle-format>. Reads the manifest of the base module, at most [`MANIFEST`]
//! bytes, which is a protobuf `XmlNode`:
//! <https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/tools/aapt2/Resources.proto>, and, where it refers to
//! resources, its table of them, at most [`RESOURCES`] bytes.

use std::ops::ControlFlow;

use super::bundle_resources;
use super::manifest::{Attribute, Manifest, add_architecture};
use super::protobuf::Fields;
use super::signature::is_v1_signature;
use crate::artifact::archive::zip::Archive;
use crate::artifact::{Damage, Details, ReadSeek};

/// Bytes of the manifest.
const MANIFEST: u64 = 4 << 20;
/// Bytes of the table of resources.
const RESOURCES: u64 = 24 << 20;

/// Everything that the bundle says of itself. The native libraries of all modules count.
pub(crate) fn read(source: &mut dyn ReadSeek) -> Result<Details, Damage> {
    let mut archive = Archive::open(source)?;
    let (mut manifest, mut resources, mut is_signed, mut architectures) = (None, None, false, Vec::new());
    archive.each(|entry| {
        match entry.name.as_str() {
            "base/manifest/AndroidManifest.xml" => manifest = Some(entry.clone()),
            "base/resources.pb" => resources = Some(entry.clone()),
            _ => {}
        }
        is_signed |= is_v1_signature(&entry.name);
        if let Some((_, path)) = entry.name.split_once('/') {
            add_architecture(path, &mut architectures);
        }
        ControlFlow::Continue(())
    })?;
    let manifest = manifest.ok_or("it has no base/manifest/AndroidManifest.xml")?;
    let manifest = archive.read_whole(&manifest, MANIFEST)?;
    let mut found = Manifest::default();
    let root = Fields(&manifest).bytes(NODE_ELEMENT).ok_or("the manifest of its base module is damaged")?;
    add_element(&mut found, Fields(root), 0);
    let mut table = None;
    let resolve = |attribute| {
        if !matches!(attribute, Attribute::Reference(_)) {
            return Some(attribute);
        }
        let read = || {
            resources.as_ref().and_then(|entry| archive.read_whole(entry, RESOURCES).ok()).unwrap_or_default()
        };
        bundle_resources::resolve(table.get_or_insert_with(read), attribute)
    };
    Ok(found.into_details(resolve, architectures, is_signed))
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

fn add_element(manifest: &mut Manifest, element: Fields, depth: usize) {
    let attributes = element.messages(ELEMENT_ATTRIBUTE).filter_map(attribute);
    manifest.add_element(&element.text(ELEMENT_NAME), attributes);
    if depth + 1 < DEPTH {
        for child in element.messages(ELEMENT_CHILD).filter_map(|node| node.bytes(NODE_ELEMENT)) {
            add_element(manifest, Fields(child), depth + 1);
        }
    }
}

/// An attribute's name, and what its compiled value refers to, else its text, else its compiled number.
fn attribute(attribute: Fields) -> Option<(String, Attribute)> {
    let (name, text) = (attribute.text(ATTRIBUTE_NAME), attribute.text(ATTRIBUTE_VALUE));
    let item = attribute.bytes(ATTRIBUTE_ITEM).and_then(|item| bundle_resources::attribute(Fields(item)));
    let is_plain = !text.is_empty() && !text.starts_with('@');
    let value = match item {
        Some(Attribute::Reference(_)) => item,
        _ if is_plain => Some(Attribute::Text(text)),
        other => other,
    };
    value.map(|value| (name, value))
}
