//! Text without the escapes of URLs, JSON and HTML, in which receivers repeat what they were sent.

use std::ops::Range;

/// Decoded bytes, and where each comes from in the text.
#[derive(Debug, Clone)]
pub(super) struct Decoded {
    pub(super) bytes: Vec<u8>,
    origins: Vec<Range<usize>>,
}

impl Decoded {
    /// The text as it is.
    pub(super) fn plain(text: &str) -> Self {
        Self { bytes: text.as_bytes().to_vec(), origins: (0..text.len()).map(|at| at..at + 1).collect() }
    }

    /// One layer of escapes less. An escape that the end cuts is left out.
    pub(super) fn decode(&self) -> Self {
        let (mut bytes, mut origins, mut at) = (Vec::new(), Vec::new(), 0);
        while let Some(&byte) = self.bytes.get(at) {
            let rest = &self.bytes[at..];
            let (decoded, length) = match escape(rest) {
                Escape::Complete(decoded, length) => (decoded, length),
                Escape::Cut => break,
                Escape::None => (vec![byte], 1),
            };
            let origin = self.origin(at..at + length);
            origins.extend(decoded.iter().map(|_| origin.clone()));
            bytes.extend(decoded);
            at += length;
        }
        Self { bytes, origins }
    }

    /// Where a range of decoded bytes, which is not empty, comes from.
    pub(super) fn origin(&self, range: Range<usize>) -> Range<usize> {
        self.origins[range.start].start..self.origins[range.end - 1].end
    }
}

/// An escape at the start of some bytes, if there is one.
enum Escape {
    /// An escape of these bytes, and its length.
    Complete(Vec<u8>, usize),
    /// The beginning of one.
    Cut,
    /// None.
    None,
}

fn escape(bytes: &[u8]) -> Escape {
    match bytes {
        [b'%', ..] => number(bytes, 1, 2, 16).map_or_else(|| cut(bytes, 3), |value| code(value, 3, true)),
        [b'\\', rest @ ..] => backslash(bytes, rest),
        [b'&', rest @ ..] => entity(bytes, rest),
        _ => Escape::None,
    }
}

/// The escapes of JSON, JavaScript and Python, <https://www.rfc-editor.org/rfc/rfc8259#section-7>.
fn backslash(bytes: &[u8], rest: &[u8]) -> Escape {
    let plain = |byte: u8| Escape::Complete(vec![byte], 2);
    match rest.first() {
        None => Escape::Cut,
        Some(b'n') => plain(b'\n'),
        Some(b'r') => plain(b'\r'),
        Some(b't') => plain(b'\t'),
        Some(byte @ (b'/' | b'"' | b'\'' | b'\\')) => plain(*byte),
        Some(b'x') => number(bytes, 2, 2, 16).map_or_else(|| cut(bytes, 4), |value| code(value, 4, true)),
        Some(b'u') => match (number(bytes, 2, 4, 16), number(bytes, 8, 4, 16)) {
            (None, _) => cut(bytes, 6),
            // Two halves of a character, <https://www.unicode.org/faq/utf_bom.html#utf16-2>.
            (Some(high @ 0xd800..=0xdbff), Some(low @ 0xdc00..=0xdfff)) if bytes[6..].starts_with(b"\\u") => {
                code(0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00), 12, false)
            }
            (Some(value), _) => code(value, 6, false),
        },
        Some(_) => Escape::None,
    }
}

/// The escapes of HTML and XML.
fn entity(bytes: &[u8], rest: &[u8]) -> Escape {
    const MAX_LEN: usize = 8;
    let Some(end) = rest.iter().take(MAX_LEN).position(|byte| *byte == b';') else {
        return cut(bytes, MAX_LEN);
    };
    let length = end + 2;
    let value = match &rest[..end] {
        b"amp" => Some(u32::from(b'&')),
        b"lt" => Some(u32::from(b'<')),
        b"gt" => Some(u32::from(b'>')),
        b"quot" => Some(u32::from(b'"')),
        b"apos" => Some(u32::from(b'\'')),
        [b'#', b'x' | b'X', digits @ ..] => number(digits, 0, digits.len(), 16),
        [b'#', digits @ ..] => number(digits, 0, digits.len(), 10),
        _ => None,
    };
    value.map_or(Escape::None, |value| code(value, length, false))
}

/// The number with this many digits at a position.
fn number(bytes: &[u8], at: usize, digits: usize, radix: u32) -> Option<u32> {
    let digits = std::str::from_utf8(bytes.get(at..at + digits)?).ok()?;
    let is_number = digits.chars().all(|c| c.is_digit(radix));
    u32::from_str_radix(digits, radix).ok().filter(|_| is_number)
}

/// The escape of a byte, or of a character.
fn code(value: u32, length: usize, is_byte: bool) -> Escape {
    match (u8::try_from(value), char::from_u32(value)) {
        (Ok(byte), _) if is_byte => Escape::Complete(vec![byte], length),
        (_, Some(c)) => Escape::Complete(c.to_string().into_bytes(), length),
        _ => Escape::None,
    }
}

/// An escape that the end cuts, if fewer bytes than its length are left.
fn cut(bytes: &[u8], length: usize) -> Escape {
    let is_cut =
        bytes.len() < length && bytes[1..].iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'#');
    if is_cut { Escape::Cut } else { Escape::None }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Decoded;

    #[test]
    fn escapes_are_decoded() {
        for (text, expected) in [
            ("a%2Fb%2f%41", "a/b/A"),
            (r#"\/ \" \\ \u002B \u00e4 \ud83d\ude00 \x2f"#, "/ \" \\ + ä 😀 /"),
            ("&amp;&lt;&gt;&quot;&#39;&#x27;&apos;", "&<>\"'''"),
            ("%zz \\q &nothing; &#; & 100%", "%zz \\q &nothing; &#; & 100"),
            ("cut %4", "cut "),
            ("cut \\u00", "cut "),
            ("cut &am", "cut "),
        ] {
            assert_eq!(String::from_utf8_lossy(&Decoded::plain(text).decode().bytes), expected, "{text}");
        }
    }

    #[test]
    fn origins_survive_two_layers() {
        let text = "x%2541y";
        let twice = Decoded::plain(text).decode().decode();
        assert_eq!(twice.bytes, b"xAy");
        assert_eq!(&text[twice.origin(1..2)], "%2541");
    }

    proptest! {
        #[test]
        fn any_text_is_decoded(text in ".*", escapes in "([%\\\\&u#x;0-9a-f]|amp)*") {
            let twice = Decoded::plain(&format!("{text}{escapes}")).decode().decode();
            for at in 0..twice.bytes.len() {
                prop_assert!(!twice.origin(at..at + 1).is_empty());
            }
        }
    }
}
