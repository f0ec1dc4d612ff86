//! Property lists, binary and XML, as used in app bundles and provisioning profiles.
//!
//! Binary: <https://github.com/apple-oss-distributions/CF/blob/main/CFBinaryPList.c>, XML:
//! <https://www.apple.com/DTDs/PropertyList-1.0.dtd>

mod binary;
mod xml;

/// Nesting of arrays and dictionaries. Deeper lists are refused.
const MAX_DEPTH: usize = 16;
/// Values in all. Longer lists are refused.
const MAX_VALUES: usize = 50_000;
/// Bytes of all strings together, as they are in the list. Longer lists are refused: in a binary list, any
/// number of values can refer to the same string.
const MAX_STRING_BYTES: usize = 4 << 20;

/// A value of a property list.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    String(String),
    Integer(i64),
    Boolean(bool),
    /// Unix seconds.
    Date(i64),
    Array(Vec<Value>),
    Dictionary(Vec<(String, Value)>),
    /// Data, reals and other types that are never used.
    Other,
}

impl Value {
    /// Parses a property list of either encoding. `None` if it is invalid or exceeds the limits.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(b"bplist0") {
            return binary::parse(bytes);
        }
        xml::parse(std::str::from_utf8(bytes).ok()?)
    }

    /// The value of a key of a dictionary.
    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        match self {
            Self::Dictionary(entries) => entries.iter().find(|(name, _)| name == key).map(|(_, value)| value),
            _ => None,
        }
    }

    /// A string that is not blank, or a number as a string.
    pub(crate) fn string(&self) -> Option<String> {
        match self {
            Self::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
            Self::Integer(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// The values of an array. Empty for other types.
    pub(crate) fn array(&self) -> &[Value] {
        match self {
            Self::Array(values) => values,
            _ => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xml_lists_are_read() {
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
        assert_eq!(value.get("Name").and_then(Value::string).as_deref(), Some("Tom & Jérôme &bogus;"));
        assert_eq!(value.get("Count").and_then(Value::string).as_deref(), Some("42"));
        assert_eq!(value.get("Yes"), Some(&Value::Boolean(true)));
        assert_eq!(value.get("Empty").and_then(Value::string), None);
        assert_eq!(value.get("When"), Some(&Value::Date(1_798_761_599)));
        assert_eq!(value.get("List").unwrap().array()[1].get("b"), Some(&Value::Boolean(false)));
        assert_eq!(value.get("Data"), Some(&Value::Other));
    }

    #[test]
    fn invalid_lists_are_none() {
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
    fn a_binary_list_that_contains_itself_is_refused() {
        // An array whose only element is the array itself.
        let mut list = b"bplist00\xa1\x00".to_vec();
        list.push(8);
        list.extend([0, 0, 0, 0, 0, 0, 1, 1]);
        list.extend(1u64.to_be_bytes());
        list.extend(0u64.to_be_bytes());
        list.extend(10u64.to_be_bytes());
        assert_eq!(Value::parse(&list), None);
    }
}
