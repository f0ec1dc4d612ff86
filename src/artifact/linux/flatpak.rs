//! flatpak: a bundle for Linux.
//!
//! <https://docs.flatpak.org/en/latest/single-file-bundles.html>: what it holds stands at its beginning, of which [`HEAD`] bytes are
//! read, as a reference such as `app/org.example.App/x86_64/stable`. It states no version.

use std::io::SeekFrom;

use super::architecture;
use crate::artifact::{Damage, Details, ReadSeek, catalog, read_at_most};

/// Bytes in which the reference is looked for; icons may stand before it.
const HEAD: u64 = 1 << 20;

/// Platform and architecture.
pub(crate) fn read(source: &mut dyn ReadSeek) -> Result<Details, Damage> {
    source.seek(SeekFrom::Start(0))?;
    let head = read_at_most(&mut *source, HEAD)?;
    if !head.starts_with(b"flatpak\0") {
        return Err("it is no flatpak bundle".into());
    }
    // A text ends with a zero byte; the name of an entry is one, its value begins at the next multiple of eight.
    let reference = head
        .split(|byte| *byte == 0)
        .filter_map(|text| str::from_utf8(text).ok())
        .find(|text| text.starts_with("app/") || text.starts_with("runtime/"));
    let architecture = reference.and_then(|reference| reference.split('/').nth(2));
    Ok(Details {
        platform: catalog::platform_of("linux"),
        architectures: architecture.and_then(architecture::architecture_of).into_iter().collect(),
        ..Details::default()
    })
}
