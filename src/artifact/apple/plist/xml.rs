//! XML property lists.

use super::{MAX_DEPTH, MAX_VALUES, Value};

/// Parses the whole list.
pub(super) fn parse(text: &str) -> Option<Value> {
    Xml { text, values: 0 }.document()
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

    /// The next tag, skipping declarations and comments: its name, starting with `/` if it closes an element,
    /// and whether it is self-closing.
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
        if depth > MAX_DEPTH || self.values > MAX_VALUES {
            return None;
        }
        if is_empty {
            return Some(match tag {
                "true" => Value::Boolean(true),
                "false" => Value::Boolean(false),
                "array" => Value::Array(Vec::new()),
                "dict" => Value::Dictionary(Vec::new()),
                "string" => Value::String(String::new()),
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
                    "string" => Value::String(content),
                    "integer" => Value::Integer(content.trim().parse().ok()?),
                    "date" => Value::Date(content.trim().parse::<jiff::Timestamp>().ok()?.as_second()),
                    _ => Value::Other,
                })
            }
        }
    }

    /// The text up to the closing tag, unescaped.
    fn content(&mut self, tag: &str) -> Option<String> {
        let end = self.text.find('<')?;
        let content = &self.text[..end];
        self.text = self.text[end..].strip_prefix("</")?.strip_prefix(tag)?.trim_start().strip_prefix('>')?;
        Some(unescape(content))
    }
}

/// Bytes of the longest entity, from `&` to `;`: `&#x0010ffff;`.
const MAX_ENTITY_BYTES: usize = 12;

fn unescape(text: &str) -> String {
    let mut result = String::new();
    let mut rest = text;
    while let Some(start) = rest.find('&') {
        result.push_str(&rest[..start]);
        rest = &rest[start..];
        let end = rest.bytes().take(MAX_ENTITY_BYTES).position(|byte| byte == b';');
        let entity = end.and_then(|end| Some((character(&rest[1..end])?, &rest[end + 1..])));
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
