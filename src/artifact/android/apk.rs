//! apk: an app for Android and what is built on it.
//!
//! <https://developer.android.com/guide/topics/manifest/manifest-intro>. Reads the manifest, at most [`MANIFEST`] bytes, and, if
//! the manifest refers to resources, their table, at most [`RESOURCES`] bytes. Of the native libraries only the
//! names of their folders count.

use std::ops::ControlFlow;

use super::manifest::{Attribute, add_architecture};
use super::signature::{has_signing_block, is_v1_signature};
use super::{binary_xml, resource_table};
use crate::artifact::archive::zip::Archive;
use crate::artifact::{Damage, Details, ReadSeek};

/// Bytes of the manifest.
const MANIFEST: u64 = 4 << 20;
/// Bytes of the resource table.
const RESOURCES: u64 = 24 << 20;

/// Everything that the package says of itself.
pub(crate) fn read(source: &mut dyn ReadSeek) -> Result<Details, Damage> {
    let mut archive = Archive::open(source)?;
    let (mut manifest, mut resources, mut is_signed) = (None, None, false);
    let mut architectures = Vec::new();
    archive.each(|entry| {
        match entry.name.as_str() {
            "AndroidManifest.xml" => manifest = Some(entry),
            "resources.arsc" => resources = Some(entry),
            name => {
                is_signed |= is_v1_signature(name);
                add_architecture(name, &mut architectures);
            }
        }
        ControlFlow::Continue(())
    })?;
    let manifest = manifest.ok_or("it has no AndroidManifest.xml")?;
    let manifest = archive.read_whole(&manifest, MANIFEST)?;
    let manifest = binary_xml::parse(&manifest).ok_or("its AndroidManifest.xml is damaged")?;
    is_signed = is_signed || has_signing_block(&archive);
    let mut table = None;
    let resolve = |attribute: Attribute| match attribute {
        reference @ Attribute::Reference(_) => {
            let table = table.get_or_insert_with(|| {
                let entry = resources.as_ref();
                entry.and_then(|entry| archive.read_whole(entry, RESOURCES).ok()).unwrap_or_default()
            });
            resource_table::resolve(table, reference)
        }
        other => Some(other),
    };
    Ok(manifest.into_details(resolve, architectures, is_signed))
}
