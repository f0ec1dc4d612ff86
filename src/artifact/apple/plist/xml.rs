//! XML property lists.

use super::{MAX_DEPTH, MAX_STRING_BYTES, MAX_VALUES, Value};
use crate::artifact::reports::Reports;
use crate::artifact::xml::{Element, Reader, Token};

/// Parses the whole list, or the entries before its early end.
pub(super) fn parse(text: &str, reports: &Reports) -> Option<Value> {
    let mut list = List { reader: Reader::new(text), values: 0, string_bytes: 0, is_cut_off: false };
    let value = loop {
        let element = list.reader.next_element()?;
        if element.name != "plist" {
            break list.value(element, 0)?;
        }
    };
    if !list.is_cut_off {
        return Some(value);
    }
    let has_entries = matches!(&value, Value::Dictionary(entries) if !entries.is_empty());
    reports.add("a property list ends early");
    Some(value).filter(|_| has_entries)
}

struct List<'a> {
    reader: Reader<'a>,
    values: usize,
    /// Bytes of all strings so far.
    string_bytes: usize,
    /// Whether the list ended in a value.
    is_cut_off: bool,
}

impl<'a> List<'a> {
    /// The value that begins with this element, as far as the list goes. `None` if it is too long.
    fn value(&mut self, element: Element<'a>, depth: usize) -> Option<Value> {
        self.values += 1;
        if self.values > MAX_VALUES || self.string_bytes > MAX_STRING_BYTES {
            return None;
        }
        if depth > MAX_DEPTH {
            return Some(self.skip(element));
        }
        Some(match element.name {
            "true" | "false" => {
                self.skip(element);
                Value::Boolean(element.name == "true")
            }
            "dict" => Value::Dictionary(self.entries(element, depth)?),
            "array" => {
                let mut values = Vec::new();
                while let Some(element) = self.next_in(element) {
                    values.push(self.value(element, depth + 1)?);
                }
                Value::Array(values)
            }
            "string" | "real" | "integer" | "date" => {
                self.content(element).map_or(Value::Other, |content| scalar(element.name, content))
            }
            _ => self.skip(element),
        })
    }

    /// The entries of a dictionary. A key without a value, and a value without a key, are left out.
    fn entries(&mut self, dictionary: Element, depth: usize) -> Option<Vec<(String, Value)>> {
        let (mut entries, mut key) = (Vec::new(), None);
        while let Some(element) = self.next_in(dictionary) {
            if element.name == "key" {
                key = self.content(element);
            } else {
                let value = self.value(element, depth + 1)?;
                entries.extend(key.take().map(|key| (key, value)));
            }
        }
        Some(entries)
    }

    /// The next element in another. `None` at the end of the other, or of the list.
    fn next_in(&mut self, element: Element) -> Option<Element<'a>> {
        if element.is_empty {
            return None;
        }
        loop {
            match self.reader.next() {
                Some(Token::Start(element)) => return Some(element),
                Some(Token::End(_)) => return None,
                Some(Token::Characters(_) | Token::Cdata(_)) => {}
                None => {
                    self.is_cut_off = true;
                    return None;
                }
            }
        }
    }

    /// The characters in an element. `None` if the list ends in it.
    fn content(&mut self, element: Element) -> Option<String> {
        let content = self.reader.content(element);
        self.is_cut_off |= content.is_none();
        self.string_bytes += content.as_ref().map_or(0, String::len);
        content
    }

    /// Skips the rest of an element.
    fn skip(&mut self, element: Element) -> Value {
        self.is_cut_off |= self.reader.skip_element(element).is_none();
        Value::Other
    }
}

/// A value of this type. [`Value::Other`] if it is invalid.
fn scalar(name: &str, content: String) -> Value {
    let text = content.trim();
    match name {
        "string" => Value::String(content),
        "real" if text.parse::<f64>().is_ok_and(f64::is_finite) => Value::String(text.to_owned()),
        "integer" => integer(text).unwrap_or(Value::Other),
        "date" => text.parse::<jiff::Timestamp>().map_or(Value::Other, |time| Value::Date(time.as_second())),
        _ => Value::Other,
    }
}

/// An integer, also in hexadecimal digits. Too large ones are strings.
fn integer(text: &str) -> Option<Value> {
    let (is_negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
    let digits = digits.strip_prefix('+').unwrap_or(digits);
    let number = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(hex) => i128::from_str_radix(hex, 16).ok()?,
        None => digits.parse::<i128>().ok()?,
    };
    let number = if is_negative { -number } else { number };
    Some(i64::try_from(number).map_or_else(|_| Value::String(number.to_string()), Value::Integer))
}
