//! flatpak: a single-file bundle of a Linux app or runtime.
//!
//! <https://docs.flatpak.org/en/latest/single-file-bundles.html>. Bundles do not contain the app's version.

use std::io::SeekFrom;

use super::architecture::find_architecture;
use crate::artifact::format::FileFormat;
use crate::artifact::magic::Magic;
use crate::artifact::{Damage, Details, ReadSeek, catalog, read_at_most};

pub(crate) const FORMAT: FileFormat = FileFormat { extensions: &["flatpak"], magics: &[MAGIC], read };

const MAGIC: Magic = Magic { name: "a flatpak bundle", matches: |head| head.starts_with(b"flatpak\0") };

/// Bytes to search for the reference. Icons may precede it.
const MAX_HEAD_BYTES: u64 = 1 << 20;

/// Reads the architecture from the bundle's reference, such as `app/org.example.App/x86_64/stable`.
fn read(source: &mut dyn ReadSeek) -> Result<Details, Damage> {
    source.seek(SeekFrom::Start(0))?;
    let head = read_at_most(&mut *source, MAX_HEAD_BYTES)?;
    if !(MAGIC.matches)(&head) {
        return Err("not a flatpak bundle".into());
    }
    // Keys and values are NUL-terminated strings, padded with zeros.
    let reference = head
        .split(|byte| *byte == 0)
        .filter_map(|string| str::from_utf8(string).ok())
        .find(|string| string.starts_with("app/") || string.starts_with("runtime/"))
        .ok_or("not a valid flatpak bundle: no reference to an app or a runtime")?;
    // Of the 32-bit ARM architectures, flatpak supports one.
    let architecture = reference.split('/').nth(2).map(|name| if name == "arm" { "armv7" } else { name });
    let architecture = architecture.and_then(find_architecture);
    Ok(Details {
        platform: catalog::find_platform("linux"),
        architectures: architecture.into_iter().collect(),
        ..Details::default()
    })
}
