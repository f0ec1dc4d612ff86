//! jar and war: Java archives.
//!
//! <https://docs.oracle.com/en/java/javase/21/docs/specs/jar/jar.html>

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use super::zip::{self, Archive, Entry};
use crate::artifact::format::FileFormat;
use crate::artifact::header_fields::field;
use crate::artifact::{Damage, Details, ReadSeek};

pub(crate) const FORMAT: FileFormat = FileFormat { extensions: &["jar", "war"], magics: &[zip::MAGIC], read };

/// Bytes of a manifest or of Maven's properties.
const MAX_TEXT_BYTES: u64 = 1 << 20;
/// Artifacts of Maven to read: a jar may contain those that it depends on.
const MAX_ARTIFACTS: usize = 32;

/// Reads the version from the manifest, or from the properties that Maven adds. Both are optional, and Maven's count if
/// there is one version.
fn read(source: &mut dyn ReadSeek) -> Result<Details, Damage> {
    let mut archive = Archive::open(source)?;
    let reports = archive.reports().clone();
    let (mut manifest, mut properties) = (None, Vec::new());
    archive.each(|entry| {
        if entry.name.eq_ignore_ascii_case("META-INF/MANIFEST.MF") {
            manifest = manifest.take().or(Some(entry));
        } else if entry.name.starts_with("META-INF/maven/")
            && entry.name.ends_with("/pom.properties")
            && properties.len() <= MAX_ARTIFACTS
        {
            properties.push(entry);
        }
        ControlFlow::Continue(())
    })?;
    let mut text = |entry: &Entry| {
        let bytes = archive.read_whole(entry, MAX_TEXT_BYTES)?;
        Ok::<_, Damage>(String::from_utf8_lossy(&bytes).into_owned())
    };
    // With one of them unread, it is unknown whether there is one version.
    let versions: Option<Vec<_>> =
        properties.iter().map(|entry| Some(property(&reports.value(text(entry))?, "version"))).collect();
    let versions: BTreeSet<String> = versions.unwrap_or_default().into_iter().flatten().collect();
    let maven =
        versions.first().filter(|_| versions.len() == 1 && properties.len() <= MAX_ARTIFACTS).cloned();
    let manifest = match manifest.map(|entry| text(&entry)).transpose() {
        Err(damage) if maven.is_none() => return Err(damage),
        manifest => reports.value(manifest).flatten().unwrap_or_default(),
    };
    // Long lines are continued after a space.
    let manifest = manifest.replace("\r\n ", "").replace("\n ", "");
    let version = field(&manifest, "Implementation-Version").map(str::to_owned).or(maven);
    let others =
        || ["Bundle-Version", "Specification-Version"].iter().find_map(|name| field(&manifest, name));
    Ok(Details::with_version(version.as_deref().or_else(others)))
}

/// The value of a Java property.
fn property(text: &str, name: &str) -> Option<String> {
    let mut properties = text.lines().filter_map(|line| line.split_once(['=', ':']));
    properties.find(|(key, _)| key.trim() == name).map(|(_, value)| value.trim().to_owned())
}
