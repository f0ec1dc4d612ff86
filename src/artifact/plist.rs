//! Property lists, binary and XML, as far as bundles and provisioning profiles use them.
//!
//! Binary: <https://github.com/apple-oss-distributions/CF/blob/main/CFBinaryPList.c>, XML:
//! <https://www.apple.com/DTDs/PropertyList-1.0.dtd>. At most [`DEPTH`] levels and [`VALUES`] values are read.

use super::bytes::{Bytes, Endian};

/// Levels of arrays and dictionaries.
const DEPTH: usize = 16;
/// Values in all.
const VALUES: usize = 50_000;

/// A value of a property list.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Text(String),
    Integer(i64),
    Boolean(bool),
    /// Unix seconds.
    Date(i64),
    Array(Vec<Value>),
    Dictionary(Vec<(String, Value)>),
    /// Data, reals and what else nobody asks for.
    Other,
}

impl Value {
    /// Reads a property list of either form.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(b"bplist0") {
            return Binary::open(Bytes(bytes))?.root();
        }
        Xml { text: std::str::from_utf8(bytes).ok()?, values: 0 }.document()
    }

    /// The value of a key, if this is a dictionary that has it.
    pub(super) fn get(&self, key: &str) -> Option<&Value> {
        match self {
            Self::Dictionary(entries) => entries.iter().find(|(name, _)| name == key).map(|(_, value)| value),
            _ => None,
        }
    }

    /// A text, or a number as one, unless it is blank.
    pub(super) fn text(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
            Self::Integer(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// The values of an array.
    pub(super) fn array(&self) -> &[Value] {
        match self {
            Self::Array(values) => values,
            _ => &[],
        }
    }
}

struct Binary<'a> {
    bytes: Bytes<'a>,
    offset_size: usize,
    reference_size: usize,
    count: usize,
    root: usize,
    offsets: usize,
    values: usize,
}

impl<'a> Binary<'a> {
    fn open(bytes: Bytes<'a>) -> Option<Self> {
        let trailer = bytes.from(bytes.0.len().checked_sub(32)?)?;
        let place = |at| trailer.u64(at, Endian::Big).and_then(|number| usize::try_from(number).ok());
        Some(Self {
            bytes,
            offset_size: usize::from(trailer.u8(6)?),
            reference_size: usize::from(trailer.u8(7)?),
            count: place(8)?,
            root: place(16)?,
            offsets: place(24)?,
            values: 0,
        })
    }

    fn root(mut self) -> Option<Value> {
        self.value(self.root, 0)
    }

    fn value(&mut self, object: usize, depth: usize) -> Option<Value> {
        self.values += 1;
        if object >= self.count || depth > DEPTH || self.values > VALUES {
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
            1 => Value::Integer(self.number(at + 1, 1 << small.min(3))? as i64),
            3 => {
                // Seconds since 2001 as a floating-point number.
                let seconds = f64::from_bits(self.bytes.u64(at + 1, Endian::Big)?);
                Value::Date((seconds as i64).saturating_add(978_307_200))
            }
            5 => {
                let (start, length) = self.length(at, small)?;
                Value::Text(String::from_utf8_lossy(self.bytes.slice(start, length)?.0).into_owned())
            }
            6 => {
                let (start, length) = self.length(at, small)?;
                let units = self.bytes.slice(start, length.checked_mul(2)?)?;
                let units: Vec<u16> =
                    units.0.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
                Value::Text(String::from_utf16_lossy(&units))
            }
            0xa => {
                let (start, length) = self.length(at, small)?;
                let mut values = Vec::new();
                for index in 0..length {
                    let object = self.reference(start, index)?;
                    values.push(self.value(object, depth + 1)?);
                }
                Value::Array(values)
            }
            0xd => {
                let (start, length) = self.length(at, small)?;
                let mut entries = Vec::new();
                for index in 0..length {
                    let key = self.reference(start, index)?;
                    let value = self.reference(start, length.checked_add(index)?)?;
                    if let Value::Text(key) = self.value(key, depth + 1)? {
                        entries.push((key, self.value(value, depth + 1)?));
                    }
                }
                Value::Dictionary(entries)
            }
            _ => Value::Other,
        })
    }

    /// Where an object's content begins and how many parts it has: in the marker, or in a number behind it.
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

struct Xml<'a> {
    text: &'a str,
    values: usize,
}

impl<'a> Xml<'a> {
    fn document(mut self) -> Option<Value> {
        loop {
            let (tag, is_empty) = self.tag()?;
            if tag != "plist" {
                return self.value(tag, is_empty, 0);
            }
        }
    }

    /// The next tag, declarations and comments passed over: its name, with `/` in front if it closes, and whether
    /// it is empty.
    fn tag(&mut self) -> Option<(&'a str, bool)> {
        loop {
            self.text = &self.text[self.text.find('<')? + 1..];
            let ending = if self.text.starts_with("!--") { "-->" } else { ">" };
            let end = self.text.find(ending)?;
            let inner = &self.text[..end];
            self.text = &self.text[end + ending.len()..];
            if !inner.starts_with(['!', '?']) {
                let is_empty = inner.ends_with('/');
                return Some((inner.trim_end_matches('/').split_whitespace().next()?, is_empty));
            }
        }
    }

    fn value(&mut self, tag: &str, is_empty: bool, depth: usize) -> Option<Value> {
        self.values += 1;
        if depth > DEPTH || self.values > VALUES {
            return None;
        }
        if is_empty {
            return Some(match tag {
                "true" => Value::Boolean(true),
                "false" => Value::Boolean(false),
                "array" => Value::Array(Vec::new()),
                "dict" => Value::Dictionary(Vec::new()),
                "string" => Value::Text(String::new()),
                _ => Value::Other,
            });
        }
        match tag {
            "dict" => {
                let mut entries = Vec::new();
                loop {
                    match self.tag()? {
                        ("/dict", _) => return Some(Value::Dictionary(entries)),
                        ("key", _) => {
                            let key = self.content("key")?;
                            let (tag, is_empty) = self.tag()?;
                            entries.push((key, self.value(tag, is_empty, depth + 1)?));
                        }
                        _ => return None,
                    }
                }
            }
            "array" => {
                let mut values = Vec::new();
                loop {
                    match self.tag()? {
                        ("/array", _) => return Some(Value::Array(values)),
                        (tag, is_empty) => values.push(self.value(tag, is_empty, depth + 1)?),
                    }
                }
            }
            _ => {
                let content = self.content(tag)?;
                Some(match tag {
                    "string" => Value::Text(content),
                    "integer" => Value::Integer(content.trim().parse().ok()?),
                    "date" => Value::Date(content.trim().parse::<jiff::Timestamp>().ok()?.as_second()),
                    _ => Value::Other,
                })
            }
        }
    }

    /// The text up to the closing tag, with its entities read.
    fn content(&mut self, tag: &str) -> Option<String> {
        let end = self.text.find('<')?;
        let content = &self.text[..end];
        self.text = self.text[end..].strip_prefix("</")?.strip_prefix(tag)?.trim_start().strip_prefix('>')?;
        Some(unescaped(content))
    }
}

fn unescaped(text: &str) -> String {
    let mut result = String::new();
    let mut rest = text;
    while let Some(start) = rest.find('&') {
        result.push_str(&rest[..start]);
        rest = &rest[start..];
        let entity = rest.split_once(';').and_then(|(entity, after)| Some((character(&entity[1..])?, after)));
        match entity {
            Some((character, after)) => {
                result.push(character);
                rest = after;
            }
            None => {
                result.push('&');
                rest = &rest[1..];
            }
        }
    }
    result + rest
}

fn character(entity: &str) -> Option<char> {
    match entity {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = entity.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_xml_list_is_read() {
        let list = br#"<?xml version="1.0" encoding="UTF-8"?>
            <!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
            <plist version="1.0"><!-- a <comment> --><dict>
              <key>Name</key><string>Tom &amp; J&#xe9;r&#244;me &bogus;</string>
              <key>Count</key><integer>42</integer>
              <key>Yes</key><true/><key>Empty</key><string></string><key>None</key><array/>
              <key>When</key><date>2026-12-31T23:59:59Z</date>
              <key>List</key><array><string>a</string><dict><key>b</key><false/></dict></array>
              <key>Data</key><data>AAEC</data>
            </dict></plist>"#;
        let value = Value::parse(list).unwrap();
        assert_eq!(value.get("Name").and_then(Value::text).as_deref(), Some("Tom & Jérôme &bogus;"));
        assert_eq!(value.get("Count").and_then(Value::text).as_deref(), Some("42"));
        assert_eq!(value.get("Yes"), Some(&Value::Boolean(true)));
        assert_eq!(value.get("Empty").and_then(Value::text), None);
        assert_eq!(value.get("When"), Some(&Value::Date(1_798_761_599)));
        assert_eq!(value.get("List").unwrap().array()[1].get("b"), Some(&Value::Boolean(false)));
        assert_eq!(value.get("Data"), Some(&Value::Other));
    }

    #[test]
    fn what_is_no_list_is_none() {
        let deep = format!("<plist>{}", "<array>".repeat(100_000));
        for bytes in [
            &b""[..],
            b"bplist00",
            b"plain text",
            b"<plist><dict><key>a</key>",
            b"<dict><string>a</string></dict>",
            deep.as_bytes(),
        ] {
            assert_eq!(Value::parse(bytes), None);
        }
    }

    #[test]
    fn a_binary_list_that_holds_itself_ends() {
        // An array whose one element is the array itself.
        let mut list = b"bplist00\xa1\x00".to_vec();
        list.push(8);
        list.extend([0, 0, 0, 0, 0, 0, 1, 1]);
        list.extend(1u64.to_be_bytes());
        list.extend(0u64.to_be_bytes());
        list.extend(10u64.to_be_bytes());
        assert_eq!(Value::parse(&list), None);
    }
}
