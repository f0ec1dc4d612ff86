//! aab: an Android App Bundle, from which a store makes apks.
//!
//! <https://developer.android.com/guide/app-bundle/app-bundle-format>. The manifest is a protobuf `XmlNode`:
//! <https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/tools/aapt2/Resources.proto>.
//! The resource table is read only if the manifest refers to it.

use std::ops::ControlFlow;

use super::bundle_resources;
use super::manifest::{Attribute, Manifest, add_architecture};
use super::protobuf::Fields;
use super::signature::is_v1_signature;
use crate::artifact::archive::zip::{self, Archive};
use crate::artifact::budget::Budget;
use crate::artifact::format::FileFormat;
use crate::artifact::{Damage, Details, ReadSeek};

pub(crate) const FORMAT: FileFormat = FileFormat { extensions: &["aab"], magics: &[zip::MAGIC], read };

const MISSING: &str = "no base/manifest/AndroidManifest.xml";
const MAX_MANIFEST_BYTES: u64 = 4 << 20;
const MAX_RESOURCES_BYTES: u64 = 24 << 20;
/// Levels of elements to read: everything used is in the first two.
const MAX_DEPTH: usize = 2;

/// Reads the manifest of the base module, and the architectures of the native libraries in all modules:
/// each also if the other is damaged.
fn read(source: &mut dyn ReadSeek) -> Result<Details, Damage> {
    let (budget, reports) = (source.budget().clone(), source.reports().clone());
    let mut archive = Archive::open(source)?;
    let (mut manifest, mut resources, mut is_signed, mut architectures) = (None, None, false, Vec::new());
    archive.each(|entry| {
        is_signed |= is_v1_signature(&entry.name);
        if let Some((_, path)) = entry.name.split_once('/') {
            add_architecture(path, &mut architectures);
        }
        match entry.name.as_str() {
            "base/manifest/AndroidManifest.xml" => manifest = Some(entry),
            "base/resources.pb" => resources = Some(entry),
            _ => {}
        }
        ControlFlow::Continue(())
    })?;
    let manifest = match manifest {
        Some(entry) => archive.read_whole(&entry, MAX_MANIFEST_BYTES),
        None if architectures.is_empty() && !is_signed => return Err(MISSING.into()),
        None => Err(MISSING.into()),
    };
    let manifest = manifest.and_then(|manifest| read_manifest(&manifest, &budget));
    let found = reports.value(manifest).unwrap_or_default();
    let is_signed = (is_signed || !archive.is_cut_off()).then_some(is_signed);
    let mut table = None;
    let resolve = |attribute| {
        if !matches!(attribute, Attribute::Reference(_)) {
            return Some(attribute);
        }
        let table = table.get_or_insert_with(|| {
            let table = resources.as_ref().map(|entry| archive.read_whole(entry, MAX_RESOURCES_BYTES));
            table.and_then(|table| reports.value(table)).unwrap_or_default()
        });
        bundle_resources::resolve(table, attribute, &budget)
    };
    Ok(found.into_details(resolve, architectures, is_signed))
}

fn read_manifest(bytes: &[u8], budget: &Budget) -> Result<Manifest, Damage> {
    let root = Fields::new(bytes, budget).message(NODE_ELEMENT);
    let mut manifest = Manifest::default();
    add_element(&mut manifest, root.ok_or("invalid base/manifest/AndroidManifest.xml")?, 0);
    manifest.is_complete = true;
    Ok(manifest)
}

// Field numbers in `Resources.proto`.
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
    if depth + 1 < MAX_DEPTH {
        for child in element.messages(ELEMENT_CHILD).filter_map(|node| node.message(NODE_ELEMENT)) {
            add_element(manifest, child, depth + 1);
        }
    }
}

/// The name and value of an attribute: a compiled reference, else the source text, else the compiled number.
fn attribute(attribute: Fields) -> Option<(String, Attribute)> {
    let (name, text) = (attribute.text(ATTRIBUTE_NAME), attribute.text(ATTRIBUTE_VALUE));
    let item = attribute.message(ATTRIBUTE_ITEM).and_then(bundle_resources::attribute);
    let is_literal = !text.is_empty() && !text.starts_with('@');
    let value = match item {
        Some(Attribute::Reference(_)) => item,
        _ if is_literal => Some(Attribute::Text(text)),
        other => other,
    };
    value.map(|value| (name, value))
}
