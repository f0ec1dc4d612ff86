//! Programs and libraries of any system: which kind it is, its first bytes tell, not its name.

use std::io::SeekFrom;

use super::apple::macho;
use super::linux::elf;
use super::windows::pe;
use super::{Damage, Details, ReadSeek, read_at_most};

/// Reads ELF, PE or Mach-O; `None` if it is none of them.
pub(super) fn read(source: &mut dyn ReadSeek) -> Result<Option<Details>, Damage> {
    source.seek(SeekFrom::Start(0))?;
    let head = read_at_most(&mut *source, 8)?;
    if head.starts_with(elf::MAGIC) {
        elf::read(source).map(Some)
    } else if macho::is_magic(&head) {
        macho::read(source).map(Some)
    } else if head.starts_with(pe::MAGIC) {
        pe::read(source).map(Some)
    } else {
        Ok(None)
    }
}
