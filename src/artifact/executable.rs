//! Programs and libraries. Their first bytes decide how they are read, not their name.

use std::io::SeekFrom;

use super::apple::macho;
use super::format::FileFormat;
use super::linux::elf;
use super::magic::Magic;
use super::windows::pe;
use super::{Damage, Details, ReadSeek, read_at_most};

/// The executable formats.
pub(super) const MAGICS: &[Magic] = &[elf::MAGIC, macho::MAGIC, pe::MAGIC];

/// Extensions of programs and libraries.
pub(super) const FORMAT: FileFormat = FileFormat {
    extensions: &["axf", "dll", "dylib", "elf", "exe", "ko", "o", "so"],
    magics: MAGICS,
    read: read_executable,
};

/// Files of any content, among them programs and libraries with other names, such as `addon.node`, `libc.so.6` and
/// `driver.sys`. Of the extensions, only those that mark them as possible programs are listed.
pub(super) const ANY_CONTENT: FileFormat = FileFormat {
    extensions: &["", "bin", "out", "run", "unix", "x86", "x86_64"],
    magics: &[],
    read: |source| Ok(read(source)?.unwrap_or_default()),
};

/// Reads an ELF, PE or Mach-O file.
pub(super) fn read_executable(source: &mut dyn ReadSeek) -> Result<Details, Damage> {
    read(source)?.ok_or_else(|| "not an ELF, PE or Mach-O file".into())
}

fn read(source: &mut dyn ReadSeek) -> Result<Option<Details>, Damage> {
    source.seek(SeekFrom::Start(0))?;
    let head = read_at_most(&mut *source, 8)?;
    if (elf::MAGIC.matches)(&head) {
        elf::read(source).map(Some)
    } else if (macho::MAGIC.matches)(&head) {
        macho::read(source).map(Some)
    } else if (pe::MAGIC.matches)(&head) {
        // Programs for DOS and text files can begin with the same two bytes.
        Ok(pe::read(source)?)
    } else {
        Ok(None)
    }
}
