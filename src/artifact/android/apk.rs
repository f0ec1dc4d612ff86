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
use crate::artifact::linux::{alpine, alpine_v3};
use crate::artifact::{Damage, Details, ReadSeek, read_at_most};

pub(crate) const FORMAT: FileFormat =
    FileFormat { extensions: &["apk"], magics: &[zip::MAGIC, tarball::MAGIC, alpine_v3::MAGIC], read };

const MAX_MANIFEST_BYTES: u64 = 4 << 20;
const MAX_RESOURCES_BYTES: u64 = 24 << 20;

/// Reads the manifest, the architectures and whether the apk is signed: each also if another is damaged. Packages of Alpine Linux have the same extension.
pub(super) fn read(source: &mut dyn ReadSeek) -> Result<Details, Damage> {
    source.seek(SeekFrom::Start(0))?;
    let head = read_at_most(&mut *source, 4)?;
    if (tarball::MAGIC.matches)(&head) {
        return alpine::read(source);
    }
    if (alpine_v3::MAGIC.matches)(&head) {
        return alpine_v3::read(source);
    }
    let (budget, reports) = (source.budget().clone(), source.reports().clone());
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
    is_signed = is_signed || has_signing_block(&archive);
    let manifest = match manifest {
        Some(entry) => archive.read_whole(&entry, MAX_MANIFEST_BYTES),
        None if architectures.is_empty() && !is_signed => return Err("no AndroidManifest.xml".into()),
        None => Err("no AndroidManifest.xml".into()),
    };
    let manifest = manifest.and_then(|manifest| binary_xml::parse(&manifest, &budget));
    if manifest.as_ref().is_ok_and(|manifest| !manifest.is_complete) {
        reports.add("AndroidManifest.xml ends early");
    }
    let manifest = reports.value(manifest).unwrap_or_default();
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
        resource_table::resolve(table, attribute, &budget)
    };
    Ok(manifest.into_details(resolve, architectures, is_signed))
}
