//! apk: an Android app, also for Wear OS, Quest and other systems based on Android.
//!
//! <https://developer.android.com/guide/topics/manifest/manifest-intro>. The resource table is read only if
//! the manifest refers to it. Native libraries are not read: the names of their folders give the
//! architectures.

use std::io::SeekFrom;
use std::ops::ControlFlow;

use super::manifest::{Attribute, add_architecture};
use super::signature::{has_signing_block, is_v1_signature};
use super::{binary_xml, resource_table};
use crate::artifact::archive::tarball;
use crate::artifact::archive::zip::{self, Archive};
use crate::artifact::format::FileFormat;
use crate::artifact::linux::alpine;
use crate::artifact::{Damage, Details, ReadSeek, read_at_most};

pub(crate) const FORMAT: FileFormat =
    FileFormat { extensions: &["apk"], magics: &[zip::MAGIC, tarball::MAGIC], read };

const MAX_MANIFEST_BYTES: u64 = 4 << 20;
const MAX_RESOURCES_BYTES: u64 = 24 << 20;

/// Reads the manifest, the architectures and whether the apk is signed. Packages of Alpine Linux have the same extension.
pub(super) fn read(source: &mut dyn ReadSeek) -> Result<Details, Damage> {
    source.seek(SeekFrom::Start(0))?;
    if (tarball::MAGIC.matches)(&read_at_most(&mut *source, 2)?) {
        return alpine::read(source);
    }
    let budget = source.budget().clone();
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
    let manifest = manifest.ok_or("no AndroidManifest.xml")?;
    let manifest = archive.read_whole(&manifest, MAX_MANIFEST_BYTES)?;
    let manifest = binary_xml::parse(&manifest, &budget)?;
    is_signed = is_signed || has_signing_block(&archive);
    let mut table = None;
    let resolve = |attribute| {
        if !matches!(attribute, Attribute::Reference(_)) {
            return Some(attribute);
        }
        let table = table.get_or_insert_with(|| {
            let entry = resources.as_ref();
            entry.and_then(|entry| archive.read_whole(entry, MAX_RESOURCES_BYTES).ok()).unwrap_or_default()
        });
        resource_table::resolve(table, attribute, &budget)
    };
    Ok(manifest.into_details(resolve, architectures, is_signed))
}
