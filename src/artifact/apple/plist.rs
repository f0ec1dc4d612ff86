//! Property lists, binary and XML, as used in app bundles and provisioning profiles.
//!
//! Binary: <https://github.com/apple-oss-distributions/CF/blob/main/CFBinaryPList.c>, XML:
//! <https://www.apple.com/DTDs/PropertyList-1.0.dtd>

mod binary;
mod xml;

use crate::artifact::reports::Reports;
use crate::artifact::xml::decode;

/// Nesting of arrays and dictionaries. Deeper values are ignored.
const MAX_DEPTH: usize = 16;
/// Values in all. Longer lists are refused.
const MAX_VALUES: usize = 50_000;
/// Bytes of all strings together, as they are in the list. Longer lists are refused: in a binary list, any
/// number of values can refer to the same string.
const MAX_STRING_BYTES: usize = 4 << 20;

/// A value of a property list.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    /// A string, a real, or an integer that does not fit below.
    String(String),
    Integer(i64),
    Boolean(bool),
    /// Unix seconds.
    Date(i64),
    Array(Vec<Value>),
    Dictionary(Vec<(String, Value)>),
    /// Data and other types that are never used, and invalid values.
    Other,
}

impl Value {
    /// Parses a property list of either encoding. An invalid value costs only itself, and one in XML that ends early costs
    /// the rest, which is reported. `None` if the whole is invalid or exceeds the limits.
    pub(crate) fn parse(bytes: &[u8], reports: &Reports) -> Option<Self> {
        let list = match bytes {
            [b'b', b'p', b'l', b'i', b's', b't', b'0', ..] => binary::parse(bytes),
            _ => xml::parse(&decode(bytes), reports),
        };
        list.filter(|list| *list != Self::Other)
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

    fn parse(bytes: &[u8]) -> Option<Value> {
        Value::parse(bytes, &Reports::default())
    }

    #[test]
    fn a_list_that_ends_early_costs_only_the_rest() {
        let list =
            "<plist><dict><key>A</key><string>a</string><key>B</key><array><string>b</string><string>c";
        for end in ["", "<", "</string", "</string></array>", "</string></array><key>C</key>"] {
            let reports = Reports::default();
            let value = Value::parse(format!("{list}{end}").as_bytes(), &reports).unwrap();
            assert_eq!(value.get("A").and_then(Value::string).as_deref(), Some("a"), "{end}");
            assert_eq!(value.get("B").unwrap().array()[0], Value::String("b".to_owned()), "{end}");
            assert_eq!(reports.take(), ["a property list ends early"], "{end}");
        }
    }

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
        let value = parse(list).unwrap();
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
        for bytes in [&b""[..], b"bplist00", b"plain text", b"<plist><dict><key>a</key>", deep.as_bytes()] {
            assert_eq!(parse(bytes), None);
        }
    }

    #[test]
    fn an_invalid_value_costs_only_itself() {
        let entries = "<key>Color</key><integer>0x0000ff</integer><key>Bad</key><integer>many</integer>\
            <key>Large</key><integer>18446744073709551615</integer><key>Never</key><date>soon</date>\
            <key>Version</key><real>1.5</real><key>Odd</key><unheard-of><dict/></unheard-of>\
            <string>without a key</string><key>Without a value</key>\
            <key>Name</key><string>a<![CDATA[<b>]]> &amp; c</string>";
        let list = format!("<?xml version=\"1.0\"?><plist><dict>{entries}</dict></plist>");
        let deep = format!("<key>Deep</key>{}{}", "<array>".repeat(40), "</array>".repeat(40));
        let utf16: Vec<u8> = list.encode_utf16().flat_map(u16::to_le_bytes).collect();
        for bytes in [list.as_bytes(), &utf16, list.replace("<key>Name", &(deep + "<key>Name")).as_bytes()] {
            let value = parse(bytes).unwrap();
            let string = |key| value.get(key).and_then(Value::string);
            assert_eq!(value.get("Color"), Some(&Value::Integer(255)));
            assert_eq!((value.get("Bad"), value.get("Never")), (Some(&Value::Other), Some(&Value::Other)));
            assert_eq!(string("Large").as_deref(), Some("18446744073709551615"));
            assert_eq!(string("Version").as_deref(), Some("1.5"));
            assert_eq!(value.get("Odd"), Some(&Value::Other));
            assert_eq!(value.get("Without a value"), None);
            assert_eq!(string("Name").as_deref(), Some("a<b> & c"));
        }
    }

    /// A binary list of these objects, of which the first is the root.
    fn binary(objects: &[&[u8]]) -> Vec<u8> {
        let (mut list, mut offsets) = (b"bplist00".to_vec(), Vec::new());
        for object in objects {
            offsets.push(list.len() as u8);
            list.extend(*object);
        }
        let start = list.len() as u64;
        list.extend(offsets);
        list.extend([0, 0, 0, 0, 0, 0, 1, 1]);
        for number in [objects.len() as u64, 0, start] {
            list.extend(number.to_be_bytes());
        }
        list
    }

    #[test]
    fn an_invalid_object_of_a_binary_list_costs_only_itself() {
        let large = [&[0x14][..], &[0; 8], &[0xff; 8]].concat();
        let real = [&[0x23][..], &1.5_f64.to_be_bytes()].concat();
        let list = binary(&[
            &[0xd4, 1, 2, 3, 4, 99, 5, 6, 7],
            b"Qa",
            b"Qb",
            b"Qc",
            b"Qd",
            &large,
            &real,
            b"\x5f\x10\xffcut",
        ]);
        let value = parse(&list).unwrap();
        assert_eq!(value.get("a"), Some(&Value::Other), "there is no such object");
        assert_eq!(value.get("b").and_then(Value::string).as_deref(), Some("18446744073709551615"));
        assert_eq!(value.get("c").and_then(Value::string).as_deref(), Some("1.5"));
        assert_eq!(value.get("d"), Some(&Value::Other), "the string is longer than the list");
    }

    #[test]
    fn a_binary_list_that_contains_itself_ends() {
        assert!(parse(&binary(&[&[0xa1, 0]])).is_some(), "once at each level");
        assert_eq!(parse(&binary(&[&[0xa4, 0, 0, 0, 0]])), None, "four times at each level");
    }
}
