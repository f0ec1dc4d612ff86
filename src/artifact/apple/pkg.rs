//! pkg: four formats by one name, told by their first bytes.

use std::io::SeekFrom;

use crate::artifact::{Damage, Details, ReadSeek, catalog, read_at_most};

/// The platform: macOS for a xar archive, PlayStation for its packages, FreeBSD for a packed tarball.
pub(crate) fn read(source: &mut dyn ReadSeek) -> Result<Details, Damage> {
    source.seek(SeekFrom::Start(0))?;
    let head = read_at_most(&mut *source, 6)?;
    let kinds: [(&[u8], &str); 5] = [
        (b"xar!", "macos"),
        (b"\x7fCNT", "ps4"),
        (b"\x7fFIH", "ps5"),
        (b"\xfd7zXZ", "freebsd"),
        (b"\x28\xb5\x2f\xfd", "freebsd"),
    ];
    let platform = kinds.iter().find(|(magic, _)| head.starts_with(magic)).map(|(_, platform)| *platform);
    Ok(Details { platform: platform.and_then(catalog::platform_of), ..Details::default() })
}
