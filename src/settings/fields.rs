//! The user's own fields: `name=value` lines, a JSON object, or a table in the file.
//!
//! They often contain outsiders' text, so a field that cannot be used is left out with a warning.

use std::fmt;

use serde::Deserializer as _;
use serde::de::{MapAccess, Visitor};
use serde_json::{Map, Value};

use super::raw_setting::RawValue;
use super::{Mistake, RawSetting, Setting};

/// The most fields that are sent.
const MAX_FIELDS: usize = 50;

/// How much of a name a warning shows, in characters.
const MAX_SHOWN_CHARS: usize = 60;

/// The user's own fields, which are sent in addition to those of the event.
#[derive(Debug, Clone, Default)]
pub struct Fields {
    /// Names and values.
    pub values: Map<String, Value>,
    /// A sentence for each that is left out.
    pub(super) warnings: Vec<String>,
}

/// Reading never fails, because a mistake must cost no event.
impl Setting for Fields {
    const PLACEHOLDER: &'static str = "FIELDS";
    const EXPECTED: &'static str = "fields as name=value, one per line, or as a JSON object";

    fn parse(text: &str) -> Option<Self> {
        Self::read(&RawSetting::text(text, "")).ok()
    }

    fn read(raw: &RawSetting) -> Result<Self, Mistake> {
        let mut warnings = Vec::new();
        let values = values(raw, &mut warnings);
        Ok(Self { values, warnings })
    }
}

/// The fields that can be used. Adds a warning for each that is left out.
fn values(raw: &RawSetting, warnings: &mut Vec<String>) -> Map<String, Value> {
    let origin = &raw.origin;
    let pairs = match &raw.value {
        RawValue::Pairs(pairs) => pairs.clone(),
        RawValue::Text(text) if text.trim_start().starts_with(['{', '[', '"']) => match object(text) {
            Ok(pairs) => pairs,
            Err(error) => {
                warnings.push(format!("{origin} is not valid JSON ({error}); no field is sent"));
                return Map::new();
            }
        },
        RawValue::Text(text) => lines(text.lines(), origin, warnings),
        RawValue::List(items) => lines(items.iter().map(String::as_str), origin, warnings),
        RawValue::Table(pairs) => {
            pairs.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect()
        }
    };
    let mut fields = Map::new();
    let mut left_out = 0;
    for (name, value) in pairs {
        let shown: String = name.chars().take(MAX_SHOWN_CHARS).flat_map(char::escape_debug).collect();
        if name.is_empty() {
            warnings.push(format!("{origin} has a field without a name; it is left out"));
        } else if fields.contains_key(&name) {
            warnings.push(format!("{origin} has the field `{shown}` again; the first one is sent"));
        } else if value.is_null() {
            // As unknown values are written by programs that make JSON.
        } else if !matches!(value, Value::String(_) | Value::Number(_) | Value::Bool(_)) {
            warnings.push(format!(
                "{origin}: the field `{shown}` is left out; expected a string, a number, true or false"
            ));
        } else if fields.len() == MAX_FIELDS {
            left_out += 1;
        } else {
            fields.insert(name, value);
        }
    }
    if left_out > 0 {
        warnings
            .push(format!("{origin} has more than {MAX_FIELDS} fields; the last {left_out} are left out"));
    }
    fields
}

fn lines<'a>(
    lines: impl Iterator<Item = &'a str>,
    origin: &str,
    warnings: &mut Vec<String>,
) -> Vec<(String, Value)> {
    let mut pairs = Vec::new();
    for (number, line) in (1..).zip(lines) {
        match line.split_once('=') {
            Some((name, value)) => pairs.push((name.trim().to_owned(), Value::from(value.trim()))),
            None if line.trim().is_empty() => {}
            None => warnings.push(format!(
                "line {number} of {origin} has no `=`; it is left out. Write fields as name=value, one per line, or as a JSON object"
            )),
        }
    }
    pairs
}

/// The members of a JSON object in their order, those with the same name too.
fn object(text: &str) -> serde_json::Result<Vec<(String, Value)>> {
    struct Members;

    impl<'de> Visitor<'de> for Members {
        type Value = Vec<(String, Value)>;

        fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
            formatter.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut members = Vec::new();
            while let Some(member) = map.next_entry()? {
                members.push(member);
            }
            Ok(members)
        }
    }

    let mut deserializer = serde_json::Deserializer::from_str(text);
    let members = deserializer.deserialize_map(Members)?;
    deserializer.end()?;
    Ok(members)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read_text(text: &str) -> (Value, Vec<String>) {
        let mut warnings = Vec::new();
        let fields = values(&RawSetting::text(text, "BUILDHOOK_FIELDS"), &mut warnings);
        (fields.into(), warnings)
    }

    #[test]
    fn lines_are_strings() {
        let (fields, warnings) = read_text("team = mobile\n\ncount=7\nurl=https://x.example/?a=b\nempty=\n");
        let expected =
            json!({ "team": "mobile", "count": "7", "url": "https://x.example/?a=b", "empty": "" });
        assert_eq!((fields, warnings), (expected, Vec::new()));
    }

    #[test]
    fn what_cannot_be_used_is_left_out_with_a_warning() {
        let (fields, warnings) = read_text("a=1\njust text\na=2\n=3");
        assert_eq!(fields, json!({ "a": "1" }));
        let expected = [
            "line 2 of BUILDHOOK_FIELDS has no `=`; it is left out. Write fields as name=value, one per line, or as a JSON object",
            "BUILDHOOK_FIELDS has the field `a` again; the first one is sent",
            "BUILDHOOK_FIELDS has a field without a name; it is left out",
        ];
        assert_eq!(warnings, expected);
        let many: String = (0..60).map(|number| format!("f{number}=x\n")).collect();
        let (fields, warnings) = read_text(&many);
        assert_eq!(fields.as_object().map(Map::len), Some(50));
        assert_eq!(warnings, ["BUILDHOOK_FIELDS has more than 50 fields; the last 10 are left out"]);
    }

    #[test]
    fn json_keeps_its_types() {
        let text = r#" {"a": 1, "b": true, "c": "x\ny", "a": 2, "d": null, "e": [1]} "#;
        let (fields, warnings) = read_text(text);
        assert_eq!(fields, json!({ "a": 1, "b": true, "c": "x\ny" }));
        assert_eq!(warnings.len(), 2, "{warnings:?}");
        for text in ["{", "{\"a\": }", "{\"a\": 1} x", "{a=1}", "[1]", "\"x\""] {
            let (fields, warnings) = read_text(text);
            assert_eq!(fields, json!({}), "{text}");
            assert!(warnings[0].starts_with("BUILDHOOK_FIELDS is not valid JSON"), "{warnings:?}");
        }
    }
}
