//! Recognizing a file by its first bytes.

use std::path::Path;

use super::format::{FORMATS, FileFormat};
use super::read_at_most;
use crate::file_rules;

/// Bytes from the start of a file that `matches` sees.
const HEAD_BYTES: u64 = 512;

/// How files of a kind begin.
pub struct Magic {
    /// What such a file is, with an article: `a zip archive`.
    pub name: &'static str,
    /// Whether a file with these first bytes is one. Given the whole file if it has fewer than 512 bytes.
    pub matches: fn(&[u8]) -> bool,
}

/// Kinds that belong to no [`FileFormat`], but often end up in a file with a wrong name: a failed download is
/// an HTML page.
const OTHERS: &[Magic] = &[
    Magic { name: "a PNG image", matches: |head| head.starts_with(b"\x89PNG") },
    Magic { name: "a JPEG image", matches: |head| head.starts_with(b"\xff\xd8\xff") },
    Magic { name: "a GIF image", matches: |head| head.starts_with(b"GIF8") },
    Magic { name: "a PDF document", matches: |head| head.starts_with(b"%PDF-") },
    Magic { name: "xz data", matches: |head| head.starts_with(b"\xfd7zXZ") },
    Magic { name: "Zstandard data", matches: |head| head.starts_with(b"\x28\xb5\x2f\xfd") },
    Magic { name: "a 7-Zip archive", matches: |head| head.starts_with(b"7z\xbc\xaf") },
    Magic { name: "a RAR archive", matches: |head| head.starts_with(b"Rar!") },
    Magic {
        name: "an HTML page",
        matches: |head| head.starts_with(b"<!DOCTYPE html") || head.starts_with(b"<html"),
    },
];

/// The name of the file's type, if its first bytes show that it is not of this format. `None` if they are
/// unknown.
pub(super) fn contradiction(format: &FileFormat, path: &Path) -> Option<&'static str> {
    let head = read_at_most(file_rules::open_regular(path).ok()?, HEAD_BYTES).ok()?;
    if format.magics.is_empty() || format.magics.iter().any(|magic| (magic.matches)(&head)) {
        return None;
    }
    let mut known = FORMATS.iter().flat_map(|format| format.magics).chain(OTHERS);
    known.find(|magic| (magic.matches)(&head)).map(|magic| magic.name)
}
