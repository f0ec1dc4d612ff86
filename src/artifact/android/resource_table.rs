//! An apk's resource table, `resources.arsc`: looks up the references in its manifest.
//!
//! <https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/libs/androidfw/include/androidfw/ResourceTypes.h>

use super::binary_xml::value;
use super::manifest::Attribute;
use super::string_pool::StringPool;
use crate::artifact::budget::{Budget, ELEMENT};
use crate::artifact::bytes::{Bytes, Endian};

/// Length of a chain of references to follow.
const MAX_REFERENCES: usize = 8;

/// Follows an attribute's references to a value, preferring the default configuration. Returns other
/// attributes unchanged.
pub(crate) fn resolve(table: &[u8], mut attribute: Attribute, budget: &Budget) -> Option<Attribute> {
    let table = Bytes(table);
    for _ in 0..MAX_REFERENCES {
        match attribute {
            Attribute::Reference(id) => attribute = look_up(table, id, budget)?,
            other => return Some(other),
        }
    }
    None
}

fn look_up(table: Bytes, id: u32, budget: &Budget) -> Option<Attribute> {
    if table.u16(0, Endian::Little)? != 2 {
        return None;
    }
    let mut pool = None;
    for chunk in Chunks::inside(table, budget)? {
        match chunk.u16(0, Endian::Little)? {
            0x0001 if pool.is_none() => pool = StringPool::read(chunk, budget),
            0x0200 if chunk.u32(8, Endian::Little)? == id >> 24 => {
                let found = in_package(chunk, (id >> 16) as u8, (id & 0xffff) as usize, pool?, budget);
                if found.is_some() {
                    return found;
                }
            }
            _ => {}
        }
    }
    None
}

/// Looks up an entry in the `ResTable_type` chunks of a package: one per type and configuration.
fn in_package(
    package: Bytes,
    type_id: u8,
    index: usize,
    pool: StringPool,
    budget: &Budget,
) -> Option<Attribute> {
    let mut any = None;
    for chunk in Chunks::inside(package, budget)? {
        if chunk.u16(0, Endian::Little)? != 0x0201 || chunk.u8(8)? != type_id {
            continue;
        }
        let entry = entry(chunk, index, budget);
        let Some(found) = entry.and_then(|(data_type, number)| value(data_type, number, pool)) else {
            continue;
        };
        let size = chunk.usize(20, Endian::Little)?;
        let is_default = chunk.slice(24, size.saturating_sub(4).min(24))?.0.iter().all(|byte| *byte == 0);
        if is_default {
            return Some(found);
        }
        any = any.or(Some(found));
    }
    any
}

/// The type and data of a simple entry.
fn entry(chunk: Bytes, index: usize, budget: &Budget) -> Option<(u8, u32)> {
    let offsets = chunk.from(usize::from(chunk.u16(2, Endian::Little)?))?;
    let count = chunk.usize(12, Endian::Little)?;
    let offset = match chunk.u8(9)? {
        // Sparse: pairs of index and offset, the latter in units of four bytes.
        1 => {
            let pairs = offsets.0.chunks_exact(4).take(count).map(Bytes);
            let mut pairs = pairs.take_while(|_| budget.spend(ELEMENT).is_ok());
            let pair = pairs.find(|pair| pair.u16(0, Endian::Little).map(usize::from) == Some(index))?;
            usize::from(pair.u16(2, Endian::Little)?) * 4
        }
        // 16-bit offsets, in units of four bytes.
        2 => match offsets.u16(index.checked_mul(2)?, Endian::Little)? {
            0xffff => return None,
            offset => usize::from(offset) * 4,
        },
        _ => offsets.usize(index.checked_mul(4)?, Endian::Little)?,
    };
    if index >= count && chunk.u8(9)? != 1 {
        return None;
    }
    let entry = chunk.from(chunk.usize(16, Endian::Little)?.checked_add(offset)?)?;
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

/// Iterates over the chunks inside a chunk.
struct Chunks<'a> {
    rest: Bytes<'a>,
    budget: &'a Budget,
}

impl<'a> Chunks<'a> {
    fn inside(parent: Bytes<'a>, budget: &'a Budget) -> Option<Self> {
        Some(Self { rest: parent.from(usize::from(parent.u16(2, Endian::Little)?))?, budget })
    }
}

impl<'a> Iterator for Chunks<'a> {
    type Item = Bytes<'a>;

    fn next(&mut self) -> Option<Bytes<'a>> {
        self.budget.spend(ELEMENT).ok()?;
        let size = self.rest.usize(4, Endian::Little).filter(|size| *size >= 8)?;
        let chunk = self.rest.slice(0, size)?;
        self.rest = self.rest.from(size)?;
        Some(chunk)
    }
}
