//! Bounds-checked access to numbers and strings in a byte slice: `None` if out of bounds.

/// A byte slice.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bytes<'a>(pub(super) &'a [u8]);

/// Byte order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Endian {
    /// Least significant byte first.
    Little,
    /// Most significant byte first.
    Big,
}

impl<'a> Bytes<'a> {
    /// `length` bytes from `start`.
    pub(super) fn slice(self, start: usize, length: usize) -> Option<Bytes<'a>> {
        self.0.get(start..start.checked_add(length)?).map(Bytes)
    }

    /// All bytes from `start`.
    pub(super) fn from(self, start: usize) -> Option<Bytes<'a>> {
        self.0.get(start..).map(Bytes)
    }

    /// The byte at `at`.
    pub(super) fn u8(self, at: usize) -> Option<u8> {
        self.0.get(at).copied()
    }

    /// The 16-bit number at `at`.
    pub(super) fn u16(self, at: usize, endian: Endian) -> Option<u16> {
        let bytes = self.array(at)?;
        Some(if endian == Endian::Little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) })
    }

    /// The 32-bit number at `at`.
    pub(super) fn u32(self, at: usize, endian: Endian) -> Option<u32> {
        let bytes = self.array(at)?;
        Some(if endian == Endian::Little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    }

    /// The 64-bit number at `at`.
    pub(super) fn u64(self, at: usize, endian: Endian) -> Option<u64> {
        let bytes = self.array(at)?;
        Some(if endian == Endian::Little { u64::from_le_bytes(bytes) } else { u64::from_be_bytes(bytes) })
    }

    /// The 32-bit number at `at`, as an offset or length.
    pub(super) fn usize(self, at: usize, endian: Endian) -> Option<usize> {
        self.u32(at, endian).and_then(|number| usize::try_from(number).ok())
    }

    /// The NUL-terminated UTF-8 string at `at`, without the NUL.
    pub(super) fn text(self, at: usize) -> Option<&'a str> {
        let rest = self.0.get(at..)?;
        std::str::from_utf8(&rest[..rest.iter().position(|byte| *byte == 0)?]).ok()
    }

    fn array<const N: usize>(self, at: usize) -> Option<[u8; N]> {
        self.0.get(at..at.checked_add(N)?)?.try_into().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::{Bytes, Endian};

    #[test]
    fn out_of_bounds_is_none() {
        let bytes = Bytes(&[1, 2, 3, 4, b'h', b'i', 0, 9]);
        assert_eq!(bytes.u16(0, Endian::Little), Some(0x0201));
        assert_eq!(bytes.u32(0, Endian::Big), Some(0x0102_0304));
        assert_eq!(bytes.u64(0, Endian::Big), Some(0x0102_0304_6869_0009));
        assert_eq!(bytes.text(4), Some("hi"));
        assert_eq!(bytes.text(7), None, "no zero byte");
        for at in [5, 8, usize::MAX - 1, usize::MAX] {
            assert_eq!(bytes.u32(at, Endian::Little), None);
            assert_eq!(bytes.slice(at, 4).map(|bytes| bytes.0.len()), None);
        }
    }
}
