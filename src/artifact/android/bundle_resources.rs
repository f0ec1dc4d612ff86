//! An aab's compiled values and resource table.
//!
//! The messages `Item` and `ResourceTable` of
//! <https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/tools/aapt2/Resources.proto>.

use super::manifest::Attribute;
use super::protobuf::{Field, Fields};
use crate::artifact::budget::Budget;

/// Length of a chain of references to follow.
const MAX_REFERENCES: usize = 8;

// Field numbers.
const ITEM_REFERENCE: u32 = 1;
const ITEM_STRINGS: std::ops::RangeInclusive<u32> = 2..=3;
const ITEM_PRIMITIVE: u32 = 7;
const REFERENCE_ID: u32 = 2;
const TEXT_VALUE: u32 = 1;
/// A decimal number, a hexadecimal number, a boolean.
const PRIMITIVE_NUMBERS: std::ops::RangeInclusive<u32> = 6..=8;
const TABLE_PACKAGE: u32 = 2;
const PACKAGE_TYPE: u32 = 3;
const TYPE_ENTRY: u32 = 3;
/// Packages, types and entries have a message with their id as the first field, and the id is its first
/// field.
const ID: u32 = 1;
const ENTRY_VALUE: u32 = 6;
const VALUE_CONFIGURATION: u32 = 1;
const VALUE_VALUE: u32 = 2;
const VALUE_ITEM: u32 = 4;

/// Converts an item. `None` for styles, files and other compound values.
pub(super) fn attribute(item: Fields) -> Option<Attribute> {
    let message = |bytes| item.with(bytes);
    item.into_iter().find_map(|field| match field {
        Field::Bytes(ITEM_REFERENCE, reference) => {
            u32::try_from(message(reference).number(REFERENCE_ID)).ok().map(Attribute::Reference)
        }
        Field::Bytes(number, text) if ITEM_STRINGS.contains(&number) => {
            Some(Attribute::Text(message(text).text(TEXT_VALUE)))
        }
        Field::Bytes(ITEM_PRIMITIVE, primitive) => message(primitive).find_map(|field| match field {
            Field::Number(number, value) if PRIMITIVE_NUMBERS.contains(&number) => {
                u32::try_from(value).ok().map(Attribute::Number)
            }
            _ => None,
        }),
        _ => None,
    })
}

/// Follows an attribute's references to a value, preferring the default configuration. Returns other
/// attributes unchanged.
pub(crate) fn resolve(table: &[u8], mut attribute: Attribute, budget: &Budget) -> Option<Attribute> {
    for _ in 0..MAX_REFERENCES {
        match attribute {
            Attribute::Reference(id) => attribute = look_up(Fields::new(table, budget), id)?,
            other => return Some(other),
        }
    }
    None
}

fn look_up(table: Fields, id: u32) -> Option<Attribute> {
    let has_id = |fields: &Fields, id: u32| {
        fields.message(ID).map_or(0, |message| message.number(ID)) == u64::from(id)
    };
    let package = table.messages(TABLE_PACKAGE).find(|package| has_id(package, id >> 24))?;
    let resource_type = package.messages(PACKAGE_TYPE).find(|message| has_id(message, id >> 16 & 0xff))?;
    let entry = resource_type.messages(TYPE_ENTRY).find(|entry| has_id(entry, id & 0xffff))?;
    let is_default = |value: &Fields| value.bytes(VALUE_CONFIGURATION).is_none_or(<[u8]>::is_empty);
    let mut values = entry.messages(ENTRY_VALUE);
    let value = entry.messages(ENTRY_VALUE).find(is_default).or_else(|| values.next())?;
    attribute(value.message(VALUE_VALUE)?.message(VALUE_ITEM)?)
}
