//! A compiled value in an aab, and what references lead to in its table of resources.
//!
//! Messages `Item` and `ResourceTable` of
//! <https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/tools/aapt2/Resources.proto>. References to
//! references are followed [`DEPTH`] times.

use super::manifest::Attribute;
use super::protobuf::{Field, Fields};

/// How often a reference is followed.
const DEPTH: usize = 8;

// Numbers of fields.
const ITEM_REFERENCE: u32 = 1;
const ITEM_TEXTS: std::ops::RangeInclusive<u32> = 2..=3;
const ITEM_PRIMITIVE: u32 = 7;
const REFERENCE_ID: u32 = 2;
const TEXT_VALUE: u32 = 1;
/// A decimal number, a hexadecimal one, a boolean.
const PRIMITIVE_NUMBERS: std::ops::RangeInclusive<u32> = 6..=8;
const TABLE_PACKAGE: u32 = 2;
const PACKAGE_TYPE: u32 = 3;
const TYPE_ENTRY: u32 = 3;
/// The message with the id is the first field of a package, of a type and of an entry; the id is its first.
const ID: u32 = 1;
const ENTRY_VALUE: u32 = 6;
const VALUE_CONFIGURATION: u32 = 1;
const VALUE_VALUE: u32 = 2;
const VALUE_ITEM: u32 = 4;

/// The text, number or reference of an item.
pub(crate) fn attribute(item: Fields) -> Option<Attribute> {
    item.into_iter().find_map(|field| match field {
        Field::Bytes(ITEM_REFERENCE, reference) => {
            u32::try_from(Fields(reference).number(REFERENCE_ID)).ok().map(Attribute::Reference)
        }
        Field::Bytes(number, text) if ITEM_TEXTS.contains(&number) => {
            Some(Attribute::Text(Fields(text).text(TEXT_VALUE)))
        }
        Field::Bytes(ITEM_PRIMITIVE, primitive) => Fields(primitive).find_map(|field| match field {
            Field::Number(number, value) if PRIMITIVE_NUMBERS.contains(&number) => {
                u32::try_from(value).ok().map(Attribute::Number)
            }
            _ => None,
        }),
        _ => None,
    })
}

/// What an attribute stands for: itself, or the value that its reference leads to, of the default configuration if
/// there is one.
pub(crate) fn resolve(table: &[u8], mut attribute: Attribute) -> Option<Attribute> {
    for _ in 0..DEPTH {
        match attribute {
            Attribute::Reference(id) => attribute = look_up(Fields(table), id)?,
            other => return Some(other),
        }
    }
    None
}

fn look_up(table: Fields, id: u32) -> Option<Attribute> {
    let is = |fields: &Fields, id: u32| {
        fields.bytes(ID).map_or(0, |bytes| Fields(bytes).number(ID)) == u64::from(id)
    };
    let package = table.messages(TABLE_PACKAGE).find(|package| is(package, id >> 24))?;
    let kind = package.messages(PACKAGE_TYPE).find(|kind| is(kind, id >> 16 & 0xff))?;
    let entry = kind.messages(TYPE_ENTRY).find(|entry| is(entry, id & 0xffff))?;
    let is_default = |value: &Fields| value.bytes(VALUE_CONFIGURATION).is_none_or(<[u8]>::is_empty);
    let mut values = entry.messages(ENTRY_VALUE);
    let value = entry.messages(ENTRY_VALUE).find(is_default).or_else(|| values.next())?;
    attribute(Fields(Fields(value.bytes(VALUE_VALUE)?).bytes(VALUE_ITEM)?))
}
