//! Binary property lists.

use super::{MAX_DEPTH, MAX_STRING_BYTES, MAX_VALUES, Value};
use crate::artifact::bytes::{Bytes, Endian};

/// Parses the whole list.
pub(super) fn parse(bytes: &[u8]) -> Option<Value> {
    Binary::open(Bytes(bytes))?.root()
}

struct Binary<'a> {
    bytes: Bytes<'a>,
    offset_size: usize,
    reference_size: usize,
    count: usize,
    root: usize,
    offsets: usize,
    values: usize,
    /// Bytes of all strings so far.
    string_bytes: usize,
}

impl<'a> Binary<'a> {
    fn open(bytes: Bytes<'a>) -> Option<Self> {
        let trailer = bytes.from(bytes.0.len().checked_sub(32)?)?;
        let size = |at| trailer.u64(at, Endian::Big).and_then(|number| usize::try_from(number).ok());
        Some(Self {
            bytes,
            offset_size: usize::from(trailer.u8(6)?),
            reference_size: usize::from(trailer.u8(7)?),
            count: size(8)?,
            root: size(16)?,
            offsets: size(24)?,
            values: 0,
            string_bytes: 0,
        })
    }

    fn root(mut self) -> Option<Value> {
        self.value(self.root, 0)
    }

    /// The value of an object. [`Value::Other`] if it is invalid, `None` if the list is too long.
    fn value(&mut self, object: usize, depth: usize) -> Option<Value> {
        self.values += 1;
        let value = if depth > MAX_DEPTH { None } else { self.read(object, depth) };
        let is_too_long = self.values > MAX_VALUES || self.string_bytes > MAX_STRING_BYTES;
        (!is_too_long).then(|| value.unwrap_or(Value::Other))
    }

    /// `None` if it is invalid, or the list is too long.
    fn read(&mut self, object: usize, depth: usize) -> Option<Value> {
        if object >= self.count || self.values > MAX_VALUES {
            return None;
        }
        let at =
            self.number(self.offsets.checked_add(object.checked_mul(self.offset_size)?)?, self.offset_size)?;
        let at = usize::try_from(at).ok()?;
        let marker = self.bytes.u8(at)?;
        let small = usize::from(marker & 0x0f);
        Some(match marker >> 4 {
            0 => match marker {
                8 => Value::Boolean(false),
                9 => Value::Boolean(true),
                _ => Value::Other,
            },
            1 => self.integer(at + 1, small)?,
            2 => Value::String(match small {
                2 => f32::from_bits(self.bytes.u32(at + 1, Endian::Big)?).to_string(),
                3 => f64::from_bits(self.bytes.u64(at + 1, Endian::Big)?).to_string(),
                _ => return None,
            }),
            3 => {
                // Seconds since 2001, as a floating-point number.
                let seconds = f64::from_bits(self.bytes.u64(at + 1, Endian::Big)?);
                Value::Date((seconds as i64).saturating_add(978_307_200))
            }
            // ASCII, or UTF-8.
            5 | 7 => {
                let (start, length) = self.length(at, small)?;
                Value::String(String::from_utf8_lossy(self.string_bytes(start, length)?).into_owned())
            }
            6 => {
                let (start, length) = self.length(at, small)?;
                let units = self.string_bytes(start, length.checked_mul(2)?)?;
                let units: Vec<u16> =
                    units.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
                Value::String(String::from_utf16_lossy(&units))
            }
            0xa => {
                let (start, length) = self.length(at, small)?;
                let mut values = Vec::new();
                for index in 0..length {
                    let Some(object) = self.reference(start, index) else { break };
                    values.push(self.value(object, depth + 1)?);
                }
                Value::Array(values)
            }
            0xd => {
                let (start, length) = self.length(at, small)?;
                let mut entries = Vec::new();
                for index in 0..length {
                    let value = length.checked_add(index).and_then(|index| self.reference(start, index));
                    let Some((key, value)) = self.reference(start, index).zip(value) else { break };
                    if let Value::String(key) = self.value(key, depth + 1)? {
                        entries.push((key, self.value(value, depth + 1)?));
                    }
                }
                Value::Dictionary(entries)
            }
            _ => Value::Other,
        })
    }

    /// An integer of 2 to the power of `exponent` bytes. Those of less than 8 bytes have no sign. Too large ones are
    /// strings.
    fn integer(&self, at: usize, exponent: usize) -> Option<Value> {
        if exponent < 4 {
            return Some(Value::Integer(self.number(at, 1 << exponent)? as i64));
        }
        let number = i128::from(self.number(at, 8)? as i64) << 64 | i128::from(self.number(at + 8, 8)?);
        Some(i64::try_from(number).map_or_else(|_| Value::String(number.to_string()), Value::Integer))
    }

    fn string_bytes(&mut self, start: usize, length: usize) -> Option<&'a [u8]> {
        self.string_bytes = self.string_bytes.checked_add(length)?;
        if self.string_bytes > MAX_STRING_BYTES {
            return None;
        }
        self.bytes.slice(start, length).map(|bytes| bytes.0)
    }

    /// Offset and length of an object's content. The length is in the marker or, if that is 15, in an integer
    /// after it.
    fn length(&self, at: usize, small: usize) -> Option<(usize, usize)> {
        if small < 15 {
            return Some((at + 1, small));
        }
        let size = 1 << (self.bytes.u8(at + 1)? & 0x0f).min(3);
        Some((at + 2 + size, usize::try_from(self.number(at + 2, size)?).ok()?))
    }

    fn reference(&self, start: usize, index: usize) -> Option<usize> {
        let at = start.checked_add(index.checked_mul(self.reference_size)?)?;
        usize::try_from(self.number(at, self.reference_size)?).ok()
    }

    fn number(&self, at: usize, size: usize) -> Option<u64> {
        let bytes = self.bytes.slice(at, size).filter(|bytes| (1..=8).contains(&bytes.0.len()))?;
        Some(bytes.0.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }
}
