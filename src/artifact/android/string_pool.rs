//! The texts of Android's binary resources.
//!
//! <https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/libs/androidfw/include/androidfw/ResourceTypes.h>

use crate::artifact::bytes::{Bytes, Endian};

/// A `ResStringPool` chunk. Texts are read when they are asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StringPool<'a> {
    chunk: Bytes<'a>,
    count: usize,
    start: usize,
    is_utf8: bool,
}

impl<'a> StringPool<'a> {
    /// Reads the header of the chunk.
    pub(crate) fn read(chunk: Bytes<'a>) -> Option<Self> {
        let count = chunk.place(8, Endian::Little)?;
        let flags = chunk.u32(16, Endian::Little)?;
        Some(Self { chunk, count, start: chunk.place(20, Endian::Little)?, is_utf8: flags & 0x100 != 0 })
    }

    /// The text of this number.
    pub(crate) fn get(self, index: u32) -> Option<String> {
        let index = usize::try_from(index).ok().filter(|index| *index < self.count)?;
        let offset = self.chunk.place(index.checked_mul(4)?.checked_add(28)?, Endian::Little)?;
        let text = self.chunk.from(self.start.checked_add(offset)?)?;
        if self.is_utf8 {
            // The length in characters, then that in bytes; each of one byte, or two if the first says so.
            let skip = |at| Some(if text.u8(at)? & 0x80 == 0 { 1 } else { 2 });
            let at = skip(0)?;
            let first = usize::from(text.u8(at)?);
            let (length, start) = match first & 0x80 {
                0 => (first, at + 1),
                _ => ((first & 0x7f) << 8 | usize::from(text.u8(at + 1)?), at + 2),
            };
            return Some(String::from_utf8_lossy(text.slice(start, length)?.0).into_owned());
        }
        let first = usize::from(text.u16(0, Endian::Little)?);
        let (length, start) = match first & 0x8000 {
            0 => (first, 2),
            _ => ((first & 0x7fff) << 16 | usize::from(text.u16(2, Endian::Little)?), 4),
        };
        let units = text.slice(start, length.checked_mul(2)?)?.0;
        let units: Vec<u16> =
            units.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
        Some(String::from_utf16_lossy(&units))
    }
}
