//! pkg: an extension that unrelated package formats share.

use std::io::SeekFrom;

use super::installer;
use crate::artifact::format::FileFormat;
use crate::artifact::{Damage, Details, ReadSeek, catalog, read_at_most};

pub(crate) const FORMAT: FileFormat = FileFormat { extensions: &["pkg"], magics: &[], read };

/// Finds the platform by the first bytes: a xar archive is for macOS, a compressed tarball for FreeBSD. Only a xar archive has
/// other details.
fn read(source: &mut dyn ReadSeek) -> Result<Details, Damage> {
    source.seek(SeekFrom::Start(0))?;
    let head = read_at_most(&mut *source, 6)?;
    let platforms: [(&[u8], &str); 5] = [
        (b"xar!", "macos"),
        (b"\x7fCNT", "ps4"),
        (b"\x7fFIH", "ps5"),
        (b"\xfd7zXZ", "freebsd"),
        (b"\x28\xb5\x2f\xfd", "freebsd"),
    ];
    let platform = platforms.iter().find(|(magic, _)| head.starts_with(magic)).map(|(_, platform)| *platform);
    let details = Details { platform: platform.and_then(catalog::find_platform), ..Details::default() };
    if platform != Some("macos") {
        return Ok(details);
    }
    let reports = source.reports().clone();
    Ok(reports.value(installer::read(source)).unwrap_or(details))
}
