//! Checks JSON against the part of JSON Schema that our retyped schemas use, <https://json-schema.org/draft/2020-12>.

use serde_json::Value;

/// The violations of the schema in `value`, each with its place. Panics at keywords that are not supported.
pub fn violations(schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    check(schema, value, "$", &mut found);
    found
}

fn check(schema: &Value, value: &Value, place: &str, found: &mut Vec<String>) {
    let schema = schema.as_object().expect("a schema is an object");
    for (keyword, rule) in schema {
        let is_met = match (keyword.as_str(), value) {
            ("$schema" | "description" | "contentEncoding", _) => true,
            ("type", _) => match rule {
                Value::Array(types) => {
                    types.iter().any(|name| has_type(name.as_str().expect("a type"), value))
                }
                one => has_type(one.as_str().expect("a type"), value),
            },
            ("items", Value::Array(items)) => {
                for (index, item) in items.iter().enumerate() {
                    check(rule, item, &format!("{place}[{index}]"), found);
                }
                true
            }
            ("enum", _) => rule.as_array().expect("a list").contains(value),
            ("minLength", Value::String(text)) => {
                text.chars().count() as u64 >= rule.as_u64().expect("a length")
            }
            ("format", Value::String(text)) => has_format(rule.as_str().expect("a format"), text),
            ("required", Value::Object(object)) => rule
                .as_array()
                .expect("a list")
                .iter()
                .all(|key| object.contains_key(key.as_str().expect("a key"))),
            ("additionalProperties", Value::Object(object)) => {
                assert_eq!(rule, false, "only `false` is supported");
                object.keys().all(|key| schema["properties"].get(key).is_some())
            }
            ("properties", Value::Object(object)) => {
                for (key, schema) in rule.as_object().expect("schemas by key") {
                    if let Some(value) = object.get(key) {
                        check(schema, value, &format!("{place}.{key}"), found);
                    }
                }
                true
            }
            ("oneOf", _) => {
                let schemas = rule.as_array().expect("schemas").iter();
                schemas.filter(|schema| violations(schema, value).is_empty()).count() == 1
            }
            ("items" | "minLength" | "format" | "required" | "additionalProperties" | "properties", _) => {
                true
            }
            (other, _) => panic!("{other} is not supported"),
        };
        if !is_met {
            found.push(format!("{place}: {keyword} {rule}: {value}"));
        }
    }
}

fn has_type(name: &str, value: &Value) -> bool {
    match name {
        "object" => value.is_object(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "null" => value.is_null(),
        other => panic!("the type {other} is not supported"),
    }
}

fn has_format(name: &str, text: &str) -> bool {
    match name {
        "date-time" => text.contains('T') && text.parse::<jiff::Timestamp>().is_ok(),
        "uri-reference" => is_uri_reference(text),
        "uri" => is_uri_reference(text) && scheme(text).is_some(),
        other => panic!("the format {other} is not supported"),
    }
}

/// What precedes the first colon, if it can be a scheme.
fn scheme(text: &str) -> Option<&str> {
    let (scheme, _) = text.split_once(':')?;
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    (scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && scheme.bytes().all(is_allowed))
        .then_some(scheme)
}

/// <https://www.rfc-editor.org/rfc/rfc3986#appendix-A>, for hosts without IP addresses of version 6.
fn is_uri_reference(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?#@!$&'()*+,;=%".contains(&byte);
    let escapes_are_complete = text
        .split('%')
        .skip(1)
        .all(|rest| rest.len() >= 2 && rest.bytes().take(2).all(|byte| byte.is_ascii_hexdigit()));
    let first_segment = text.split(['/', '?', '#']).next().unwrap_or_default();
    text.bytes().all(is_allowed)
        && escapes_are_complete
        && text.matches('#').count() <= 1
        && (!first_segment.contains(':') || scheme(text).is_some())
}

#[test]
fn violations_are_found_with_their_place() {
    let schema = serde_json::json!({
        "type": "object", "required": ["a"], "additionalProperties": false,
        "properties": {
            "a": {"type": "string", "minLength": 1, "enum": ["x", ""]},
            "uri": {"format": "uri"}, "reference": {"format": "uri-reference"}, "time": {"format": "date-time"},
            "either": {"oneOf": [{"type": "object"}, {"type": "string"}]},
            "list": {"type": ["array", "null"], "items": {"type": "integer"}},
        },
    });
    for (value, expected) in [
        (
            r#"{"a":"x","uri":"https://a.example/%20#b","reference":"/a","time":"2025-11-17T19:10:53.000000Z"}"#,
            "",
        ),
        (r#"{"a":"x","uri":"pkg:generic/a","reference":"","either":{}}"#, ""),
        (r#"{"a":"x","list":null}"#, ""),
        (r#"{"a":"x","list":[1]}"#, ""),
        (r#"{"a":"x","list":[1,1.5]}"#, "$.list[1]: type"),
        (r#"{"a":"x","list":true}"#, "$.list: type"),
        (r#"{}"#, "$: required"),
        (r#"[]"#, "$: type"),
        (r#"{"a":"x","b":1}"#, "$: additionalProperties"),
        (r#"{"a":""}"#, "$.a: minLength"),
        (r#"{"a":null}"#, "$.a: type"),
        (r#"{"a":"y"}"#, "$.a: enum"),
        (r#"{"a":"x","either":[]}"#, "$.either: oneOf"),
        (r#"{"a":"x","uri":"/a"}"#, "$.uri: format"),
        (r#"{"a":"x","uri":"https://a.example/ü"}"#, "$.uri: format"),
        (r#"{"a":"x","reference":"a b"}"#, "$.reference: format"),
        (r#"{"a":"x","reference":"git@a:b"}"#, "$.reference: format"),
        (r#"{"a":"x","reference":"%zz"}"#, "$.reference: format"),
        (r##"{"a":"x","reference":"#a#b"}"##, "$.reference: format"),
        (r#"{"a":"x","time":"2025-11-17"}"#, "$.time: format"),
    ] {
        let found = violations(&schema, &serde_json::from_str(value).unwrap());
        let is_expected = |violation: &String| !expected.is_empty() && violation.starts_with(expected);
        assert_eq!(found.is_empty(), expected.is_empty(), "{value}: {found:?}");
        assert!(found.is_empty() || found.iter().any(is_expected), "{value}: {found:?}");
    }
}
