//! The strings of Android's binary resources.
//!
//! <https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/libs/androidfw/include/androidfw/ResourceTypes.h>

use crate::artifact::budget::Budget;
use crate::artifact::bytes::{Bytes, Endian};

/// The longest string to decode, in bytes or UTF-16 units. The details need no longer ones, and any number of
/// attributes can refer to the same string.
const MAX_LENGTH: usize = 1024;
/// Steps for a byte or UTF-16 unit of a string.
const UNIT: u64 = 16;

/// A `ResStringPool` chunk. Strings are decoded on access.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StringPool<'a> {
    chunk: Bytes<'a>,
    /// Where the offsets of the strings begin.
    offsets: usize,
    count: usize,
    start: usize,
    is_utf8: bool,
    budget: &'a Budget,
}

impl<'a> StringPool<'a> {
    /// Reads the chunk's header.
    pub(crate) fn read(chunk: Bytes<'a>, budget: &'a Budget) -> Option<Self> {
        let offsets = usize::from(chunk.u16(2, Endian::Little)?);
        let count = chunk.usize(8, Endian::Little)?;
        let flags = chunk.u32(16, Endian::Little)?;
        let start = chunk.usize(20, Endian::Little)?;
        Some(Self { chunk, offsets, count, start, is_utf8: flags & 0x100 != 0, budget })
    }

    /// The string at this index. `None` if it is too long.
    pub(crate) fn get(self, index: u32) -> Option<String> {
        let index = usize::try_from(index).ok().filter(|index| *index < self.count)?;
        let offset = self.chunk.usize(index.checked_mul(4)?.checked_add(self.offsets)?, Endian::Little)?;
        let string = self.chunk.from(self.start.checked_add(offset)?)?;
        if self.is_utf8 {
            // The length in characters, then in bytes. Each takes two bytes if the high bit of the first is
            // set.
            let skip = |at| Some(if string.u8(at)? & 0x80 == 0 { 1 } else { 2 });
            let at = skip(0)?;
            let first = usize::from(string.u8(at)?);
            let (length, start) = match first & 0x80 {
                0 => (first, at + 1),
                _ => ((first & 0x7f) << 8 | usize::from(string.u8(at + 1)?), at + 2),
            };
            let length = self.charged(length)?;
            return Some(String::from_utf8_lossy(string.slice(start, length)?.0).into_owned());
        }
        let first = usize::from(string.u16(0, Endian::Little)?);
        let (length, start) = match first & 0x8000 {
            0 => (first, 2),
            _ => ((first & 0x7fff) << 16 | usize::from(string.u16(2, Endian::Little)?), 4),
        };
        let length = self.charged(length)?;
        let units = string.slice(start, length * 2)?.0;
        let units: Vec<u16> =
            units.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
        Some(String::from_utf16_lossy(&units))
    }

    /// The length of a string that may be decoded.
    fn charged(self, length: usize) -> Option<usize> {
        let length = Some(length).filter(|length| *length <= MAX_LENGTH)?;
        self.budget.spend(length as u64 * UNIT).ok()?;
        Some(length)
    }
}
