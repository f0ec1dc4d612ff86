//! Reading protobuf messages field by field: <https://protobuf.dev/programming-guides/encoding>.

use crate::artifact::budget::{Budget, ELEMENT};

/// A field number and its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field<'a> {
    /// A varint.
    Number(u32, u64),
    /// A string, bytes or a message.
    Bytes(u32, &'a [u8]),
}

/// The longest string to decode, in bytes.
const MAX_TEXT_BYTES: usize = 1024;

/// Iterates over the fields of a message up to the first invalid one. Skips fields of fixed size.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fields<'a> {
    bytes: &'a [u8],
    budget: &'a Budget,
}

impl<'a> Iterator for Fields<'a> {
    type Item = Field<'a>;

    fn next(&mut self) -> Option<Field<'a>> {
        loop {
            self.budget.spend(ELEMENT).ok()?;
            let key = self.varint()?;
            let number = u32::try_from(key >> 3).ok()?;
            match key & 7 {
                0 => return Some(Field::Number(number, self.varint()?)),
                1 => self.take(8)?,
                2 => {
                    let length = usize::try_from(self.varint()?).ok()?;
                    return Some(Field::Bytes(number, self.take(length)?));
                }
                5 => self.take(4)?,
                _ => return None,
            };
        }
    }
}

impl<'a> Fields<'a> {
    /// The fields of a message.
    pub(crate) fn new(bytes: &'a [u8], budget: &'a Budget) -> Self {
        Self { bytes, budget }
    }

    /// The fields of another message, within the same budget.
    pub(crate) fn with(self, bytes: &'a [u8]) -> Self {
        Self { bytes, ..self }
    }

    /// The first message with this field number.
    pub(crate) fn message(self, wanted: u32) -> Option<Fields<'a>> {
        self.bytes(wanted).map(|bytes| self.with(bytes))
    }

    /// The first string, bytes or message with this field number.
    pub(crate) fn bytes(mut self, wanted: u32) -> Option<&'a [u8]> {
        self.find_map(|field| match field {
            Field::Bytes(number, bytes) if number == wanted => Some(bytes),
            _ => None,
        })
    }

    /// All messages with this field number.
    pub(crate) fn messages(self, wanted: u32) -> impl Iterator<Item = Fields<'a>> {
        self.filter_map(move |field| match field {
            Field::Bytes(number, bytes) if number == wanted => Some(self.with(bytes)),
            _ => None,
        })
    }

    /// The first string with this field number, or an empty one. Long strings are empty too.
    pub(crate) fn text(self, wanted: u32) -> String {
        let bytes = self.bytes(wanted).filter(|bytes| bytes.len() <= MAX_TEXT_BYTES);
        bytes.map(|bytes| String::from_utf8_lossy(bytes).into_owned()).unwrap_or_default()
    }

    /// The first varint with this field number. Writers omit 0, the default.
    pub(crate) fn number(mut self, wanted: u32) -> u64 {
        let found = self.find_map(|field| match field {
            Field::Number(number, value) if number == wanted => Some(value),
            _ => None,
        });
        found.unwrap_or(0)
    }

    fn varint(&mut self) -> Option<u64> {
        let mut number = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = *self.take(1)?.first()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.bytes.split_at_checked(length)?;
        self.bytes = rest;
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::{Budget, Field, Fields};

    #[test]
    fn fields_are_read_up_to_the_first_invalid_one() {
        let budget = Budget::new();
        let fields = |bytes| Fields::new(bytes, &budget).collect::<Vec<_>>();
        assert_eq!(fields(&[0x08, 0x96, 0x01]), [Field::Number(1, 150)]);
        assert_eq!(
            fields(&[0x12, 2, b'h', b'i', 0x1d, 1, 2, 3, 4, 0x20, 5]),
            [Field::Bytes(2, b"hi"), Field::Number(4, 5)]
        );
        assert_eq!(fields(&[0x08, 1, 0x12, 200, 1, b'x']), [Field::Number(1, 1)]);
        assert_eq!(fields(&[0xff; 20]), []);
    }
}
