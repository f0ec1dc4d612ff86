//! Reading XML tag by tag, as far as manifests and property lists need it: without validation and without the entities
//! of a document type.

use std::borrow::Cow;

/// A part of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// The beginning of an element.
    Start(Element<'a>),
    /// The name of the element that ends.
    End(&'a str),
    /// Characters and entities.
    Characters(&'a str),
    /// Characters that may look like markup.
    Cdata(&'a str),
}

/// The beginning of an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Element<'a> {
    /// Name, with its prefix.
    pub(super) name: &'a str,
    attributes: &'a str,
    /// Whether it ends at once.
    pub(super) is_empty: bool,
}

impl<'a> Element<'a> {
    /// The value of an attribute. One without quotes ends at white space.
    pub(super) fn attribute(self, name: &str) -> Option<String> {
        let mut rest = self.attributes;
        loop {
            let (key, value) = rest.split_once('=')?;
            let value = value.trim_start();
            let (value, after) = match value.chars().next() {
                Some(quote @ ('"' | '\'')) => value[1..].split_once(quote)?,
                _ => value.split_once(char::is_whitespace).unwrap_or((value, "")),
            };
            if key.split_whitespace().next_back() == Some(name) {
                return Some(unescape(value));
            }
            rest = after;
        }
    }
}

/// The parts of a document, one after the other, without comments and declarations.
#[derive(Debug, Clone)]
pub(super) struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: text }
    }

    /// The characters up to the end of the element that has just begun. `None` if it does not end.
    pub(super) fn content(&mut self, element: Element) -> Option<String> {
        let mut content = String::new();
        if element.is_empty {
            return Some(content);
        }
        loop {
            match self.next()? {
                Token::Characters(text) => content.push_str(&unescape(text)),
                Token::Cdata(text) => content.push_str(text),
                Token::End(name) if name == element.name => return Some(content),
                Token::Start(_) | Token::End(_) => {}
            }
        }
    }

    /// Skips the rest of the element that has just begun. `None` if it does not end.
    pub(super) fn skip_element(&mut self, element: Element) -> Option<()> {
        let mut depth = usize::from(!element.is_empty);
        while depth > 0 {
            match self.next()? {
                Token::Start(element) if !element.is_empty => depth += 1,
                Token::End(_) => depth -= 1,
                _ => {}
            }
        }
        Some(())
    }

    /// The next element that begins.
    pub(super) fn next_element(&mut self) -> Option<Element<'a>> {
        self.find_map(|token| match token {
            Token::Start(element) => Some(element),
            _ => None,
        })
    }

    /// Moves beyond the first `ending` and returns what precedes it.
    fn up_to(&mut self, ending: &str) -> Option<&'a str> {
        let (before, after) = self.rest.split_once(ending)?;
        self.rest = after;
        Some(before)
    }
}

impl<'a> Iterator for Reader<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let Some(markup) = self.rest.strip_prefix('<') else {
                let end = self.rest.find('<').unwrap_or(self.rest.len());
                let (text, rest) = self.rest.split_at(end);
                self.rest = rest;
                return Some(Token::Characters(text)).filter(|_| !text.is_empty());
            };
            self.rest = markup;
            if markup.starts_with("!--") {
                self.up_to("-->")?;
            } else if markup.starts_with('?') {
                self.up_to("?>")?;
            } else if let Some(data) = markup.strip_prefix("![CDATA[") {
                self.rest = data;
                return self.up_to("]]>").map(Token::Cdata);
            } else if markup.starts_with('!') {
                // A document type may contain declarations in brackets.
                let end = self.rest.find(['>', '['])?;
                if self.rest[end..].starts_with('[') {
                    self.up_to("]")?;
                }
                self.up_to(">")?;
            } else {
                let end = tag_end(markup)?;
                self.rest = &markup[end + 1..];
                return Some(tag(&markup[..end]));
            }
        }
    }
}

/// Where a tag ends: at the first `>` that is not in quotes.
fn tag_end(markup: &str) -> Option<usize> {
    let mut quote = None;
    let end = markup.bytes().position(|byte| {
        match (quote, byte) {
            (None, b'>') => return true,
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
        false
    });
    end.or_else(|| markup.find('>'))
}

/// Parses what is between `<` and `>`.
fn tag(inner: &str) -> Token<'_> {
    if let Some(name) = inner.strip_prefix('/') {
        return Token::End(name.trim());
    }
    let (inner, is_empty) = inner.strip_suffix('/').map_or((inner, false), |inner| (inner, true));
    let (name, attributes) =
        inner.split_once(|character: char| character.is_whitespace()).unwrap_or((inner, ""));
    Token::Start(Element { name, attributes, is_empty })
}

/// Decodes a document in UTF-8 or UTF-16. Invalid characters are replaced.
pub(super) fn decode(bytes: &[u8]) -> Cow<'_, str> {
    let utf16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
        char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect::<String>()
    };
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest),
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes).into(),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes).into(),
        [b'<', 0, ..] => utf16(bytes, u16::from_le_bytes).into(),
        [0, b'<', ..] => utf16(bytes, u16::from_be_bytes).into(),
        _ => String::from_utf8_lossy(bytes),
    }
}

/// Bytes of the longest entity, from `&` to `;`: `&#x0010ffff;`.
const MAX_ENTITY_BYTES: usize = 12;

/// Replaces entities. Unknown ones stay as they are.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_read_tag_by_tag() {
        let text = "<?xml version='1.0'?><!DOCTYPE a [<!ELEMENT a (b)>]><!-- <c> --><a b = \"1 > 0\" bb='&lt;'>x &amp; \
                    y<![CDATA[<z>]]></a ><d/>";
        let mut reader = Reader::new(text);
        let element = reader.next_element().unwrap();
        assert_eq!((element.name, element.is_empty), ("a", false));
        assert_eq!(element.attribute("b").as_deref(), Some("1 > 0"));
        assert_eq!(element.attribute("bb").as_deref(), Some("<"));
        assert_eq!(element.attribute("c"), None);
        assert_eq!(reader.content(element).as_deref(), Some("x & y<z>"));
        assert!(matches!(reader.next(), Some(Token::Start(Element { name: "d", is_empty: true, .. }))));
        assert_eq!(reader.next(), None);
    }

    #[test]
    fn damaged_markup_costs_only_itself() {
        for damage in [
            "<!unheard-of>",
            "<![UNHEARD[of]]>",
            "<a b='x>",
            "<a b=\"x>",
            "</>",
            "<>",
            "< a>",
            "& ",
            "<?a>?>",
        ] {
            let text = format!("{damage}<key>A</key>");
            let mut reader = Reader::new(&text);
            let key = std::iter::from_fn(|| reader.next_element()).find(|element| element.name == "key");
            assert_eq!(reader.content(key.unwrap()).as_deref(), Some("A"), "{damage}");
        }
        let element = Reader::new("<a x=1 alone y='2' z = '&bogus; &amp;'/>").next_element().unwrap();
        let values = ["x", "alone", "y", "z"].map(|name| element.attribute(name));
        assert_eq!(
            values,
            [Some("1"), None, Some("2"), Some("&bogus; &")].map(|value| value.map(str::to_owned))
        );
    }

    #[test]
    fn an_incomplete_document_ends() {
        for text in ["", "<", "<a", "<!--", "<![CDATA[", "<a b='>", "<!", "<!DOCTYPE [", "</"] {
            let mut reader = Reader::new(text);
            assert!(reader.by_ref().count() <= 1, "{text}");
        }
        let mut reader = Reader::new("<a><b>");
        let element = reader.next_element().unwrap();
        assert_eq!(reader.clone().content(element), None);
        assert_eq!(reader.skip_element(element), None);
    }

    #[test]
    fn encodings_are_detected() {
        for text in ["<a>ä</a>", "\u{feff}<a>ä</a>"] {
            let units = || text.encode_utf16();
            let little: Vec<u8> = units().flat_map(u16::to_le_bytes).collect();
            let big: Vec<u8> = units().flat_map(u16::to_be_bytes).collect();
            for bytes in [text.as_bytes(), &little, &big] {
                assert_eq!(decode(bytes), "<a>ä</a>");
            }
        }
        assert_eq!(decode(b"<a>\xff</a>"), "<a>\u{fffd}</a>");
    }
}
