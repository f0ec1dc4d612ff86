//! The resource table of an apk, `resources.arsc`: what a reference in its manifest stands for.
//!
//! <https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/libs/androidfw/include/androidfw/ResourceTypes.h>.
//! References to references are followed [`DEPTH`] times.

use super::binary_xml::value;
use super::manifest::Attribute;
use super::string_pool::StringPool;
use crate::artifact::bytes::{Bytes, Endian};

/// How often a reference is followed.
const DEPTH: usize = 8;

/// What an attribute stands for: itself, or the value that its reference leads to, of the default configuration
/// if there is one.
pub(crate) fn resolve(table: &[u8], attribute: Attribute) -> Option<Attribute> {
    let table = Bytes(table);
    let mut attribute = attribute;
    for _ in 0..DEPTH {
        match attribute {
            Attribute::Reference(id) => attribute = look_up(table, id)?,
            other => return Some(other),
        }
    }
    None
}

fn look_up(table: Bytes, id: u32) -> Option<Attribute> {
    if table.u16(0, Endian::Little)? != 2 {
        return None;
    }
    let mut pool = None;
    for chunk in Chunks::of(table)? {
        match chunk.u16(0, Endian::Little)? {
            0x0001 if pool.is_none() => pool = StringPool::read(chunk),
            0x0200 if chunk.u32(8, Endian::Little)? == id >> 24 => {
                let found = in_package(chunk, (id >> 16) as u8, (id & 0xffff) as usize, pool?);
                if found.is_some() {
                    return found;
                }
            }
            _ => {}
        }
    }
    None
}

/// Looks through the `ResTable_type` chunks of a package, one for each configuration.
fn in_package(package: Bytes, kind: u8, index: usize, pool: StringPool) -> Option<Attribute> {
    let mut any = None;
    for chunk in Chunks::of(package)? {
        if chunk.u16(0, Endian::Little)? != 0x0201 || chunk.u8(8)? != kind {
            continue;
        }
        let Some(found) = entry(chunk, index).and_then(|(kind, number)| value(kind, number, pool)) else {
            continue;
        };
        let size = chunk.place(20, Endian::Little)?;
        let is_default = chunk.slice(24, size.saturating_sub(4).min(24))?.0.iter().all(|byte| *byte == 0);
        if is_default {
            return Some(found);
        }
        any = any.or(Some(found));
    }
    any
}

/// The kind and number of a simple entry.
fn entry(chunk: Bytes, index: usize) -> Option<(u8, u32)> {
    let offsets = chunk.from(usize::from(chunk.u16(2, Endian::Little)?))?;
    let count = chunk.place(12, Endian::Little)?;
    let offset = match chunk.u8(9)? {
        // Sparse: pairs of index and offset in fours.
        1 => (0..count).find_map(|pair| {
            let found = usize::from(offsets.u16(pair.checked_mul(4)?, Endian::Little)?);
            let offset = usize::from(offsets.u16(pair * 4 + 2, Endian::Little)?) * 4;
            (found == index).then_some(offset)
        })?,
        // Offsets of two bytes, in fours.
        2 => match offsets.u16(index.checked_mul(2)?, Endian::Little)? {
            0xffff => return None,
            offset => usize::from(offset) * 4,
        },
        _ => offsets.place(index.checked_mul(4)?, Endian::Little)?,
    };
    if index >= count && chunk.u8(9)? != 1 {
        return None;
    }
    let entry = chunk.from(chunk.place(16, Endian::Little)?.checked_add(offset)?)?;
    let (size, flags) = (entry.u16(0, Endian::Little)?, entry.u16(2, Endian::Little)?);
    const COMPLEX: u16 = 1;
    const COMPACT: u16 = 8;
    if flags & COMPACT != 0 {
        return Some(((flags >> 8) as u8, entry.u32(4, Endian::Little)?));
    }
    if flags & COMPLEX != 0 {
        return None;
    }
    let value = entry.from(usize::from(size))?;
    Some((value.u8(3)?, value.u32(4, Endian::Little)?))
}

/// The chunks inside a chunk, one after the other.
struct Chunks<'a> {
    rest: Bytes<'a>,
}

impl<'a> Chunks<'a> {
    fn of(parent: Bytes<'a>) -> Option<Self> {
        Some(Self { rest: parent.from(usize::from(parent.u16(2, Endian::Little)?))? })
    }
}

impl<'a> Iterator for Chunks<'a> {
    type Item = Bytes<'a>;

    fn next(&mut self) -> Option<Bytes<'a>> {
        let size = self.rest.place(4, Endian::Little).filter(|size| *size >= 8)?;
        let chunk = self.rest.slice(0, size)?;
        self.rest = self.rest.from(size)?;
        Some(chunk)
    }
}
