//! Fields of a protobuf message, <https://protobuf.dev/programming-guides/encoding>.

/// A field: its number and what it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field<'a> {
    /// A number.
    Number(u32, u64),
    /// A text, bytes or a message.
    Bytes(u32, &'a [u8]),
}

/// The fields of a message, one after the other, up to the first that is damaged. Fields of fixed size are passed
/// over.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fields<'a>(pub(crate) &'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = Field<'a>;

    fn next(&mut self) -> Option<Field<'a>> {
        loop {
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
    /// The first text, bytes or message of a number.
    pub(crate) fn bytes(mut self, wanted: u32) -> Option<&'a [u8]> {
        self.find_map(|field| match field {
            Field::Bytes(number, bytes) if number == wanted => Some(bytes),
            _ => None,
        })
    }

    /// All messages of a number.
    pub(crate) fn messages(self, wanted: u32) -> impl Iterator<Item = Fields<'a>> {
        self.filter_map(move |field| match field {
            Field::Bytes(number, bytes) if number == wanted => Some(Fields(bytes)),
            _ => None,
        })
    }

    /// The first text of a number, empty if there is none.
    pub(crate) fn text(self, wanted: u32) -> String {
        self.bytes(wanted).map(|bytes| String::from_utf8_lossy(bytes).into_owned()).unwrap_or_default()
    }

    /// The first number of a number; 0, which is not written, if there is none.
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
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::{Field, Fields};

    #[test]
    fn fields_are_read_up_to_the_first_damaged_one() {
        let fields = |bytes| Fields(bytes).collect::<Vec<_>>();
        assert_eq!(fields(&[0x08, 0x96, 0x01]), [Field::Number(1, 150)]);
        assert_eq!(
            fields(&[0x12, 2, b'h', b'i', 0x1d, 1, 2, 3, 4, 0x20, 5]),
            [Field::Bytes(2, b"hi"), Field::Number(4, 5)]
        );
        assert_eq!(fields(&[0x08, 1, 0x12, 200, 1, b'x']), [Field::Number(1, 1)]);
        assert_eq!(fields(&[0xff; 20]), []);
    }
}
