//! Checks JSON against the part of JSON Schema that our retyped schemas use, <https://json-schema.org/draft/2020-12>.

mod pattern;

use serde_json::Value;

/// The violations of the schema in `value`, each with its place. Panics at keywords that are not supported.
pub fn violations(schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    check(schema, schema, value, "$", &mut found);
    found
}

/// Checks a part of the schema `root`.
fn check(root: &Value, schema: &Value, value: &Value, place: &str, found: &mut Vec<String>) {
    if let Value::Bool(is_allowed) = schema {
        if !is_allowed {
            found.push(format!("{place}: no value is allowed: {value}"));
        }
        return;
    }
    let schema = schema.as_object().expect("a schema is an object");
    let is_valid = |schema: &Value| is_valid(root, schema, value);
    for (keyword, rule) in schema {
        let is_met = match (keyword.as_str(), value) {
            ("$schema" | "$id" | "$defs" | "title" | "description" | "examples" | "contentEncoding", _) => {
                true
            }
            ("$ref", _) => {
                let pointer =
                    rule.as_str().and_then(|path| path.strip_prefix('#')).expect("a path in the schema");
                let definition = root.pointer(pointer).unwrap_or_else(|| panic!("{pointer} is not defined"));
                check(root, definition, value, place, found);
                true
            }
            ("type", _) => match rule {
                Value::Array(types) => {
                    types.iter().any(|name| has_type(name.as_str().expect("a type"), value))
                }
                one => has_type(one.as_str().expect("a type"), value),
            },
            ("items", Value::Array(items)) => {
                for (index, item) in items.iter().enumerate() {
                    check(root, rule, item, &format!("{place}[{index}]"), found);
                }
                true
            }
            ("enum", _) => rule.as_array().expect("a list").contains(value),
            ("const", _) => rule == value,
            ("minLength", Value::String(text)) => text.chars().count() as u64 >= number(rule),
            ("minimum", Value::Number(given)) => given.as_f64() >= rule.as_f64(),
            ("pattern", Value::String(text)) => pattern::is_found(rule.as_str().expect("a pattern"), text),
            ("format", Value::String(text)) => has_format(rule.as_str().expect("a format"), text),
            ("minProperties", Value::Object(object)) => object.len() as u64 >= number(rule),
            ("maxProperties", Value::Object(object)) => object.len() as u64 <= number(rule),
            ("required", Value::Object(object)) => has_all(object, rule),
            ("dependentRequired", Value::Object(object)) => {
                let mut rules = rule.as_object().expect("lists by key").iter();
                rules.all(|(key, required)| !object.contains_key(key) || has_all(object, required))
            }
            ("additionalProperties", Value::Object(object)) => {
                let known = schema.get("properties");
                for (key, value) in object {
                    if known.is_none_or(|known| known.get(key).is_none()) {
                        check(root, rule, value, &format!("{place}.{key}"), found);
                    }
                }
                true
            }
            ("properties", Value::Object(object)) => {
                for (key, schema) in rule.as_object().expect("schemas by key") {
                    if let Some(value) = object.get(key) {
                        check(root, schema, value, &format!("{place}.{key}"), found);
                    }
                }
                true
            }
            ("oneOf", _) => {
                rule.as_array().expect("schemas").iter().filter(|schema| is_valid(schema)).count() == 1
            }
            ("anyOf", _) => rule.as_array().expect("schemas").iter().any(is_valid),
            ("if", _) => {
                if is_valid(rule) {
                    check(root, &schema["then"], value, place, found);
                }
                true
            }
            (
                "then"
                | "items"
                | "minLength"
                | "minimum"
                | "pattern"
                | "format"
                | "minProperties"
                | "maxProperties"
                | "required"
                | "dependentRequired"
                | "additionalProperties"
                | "properties",
                _,
            ) => true,
            (other, _) => panic!("{other} is not supported"),
        };
        if !is_met {
            found.push(format!("{place}: {keyword} {rule}: {value}"));
        }
    }
}

fn is_valid(root: &Value, schema: &Value, value: &Value) -> bool {
    let mut found = Vec::new();
    check(root, schema, value, "$", &mut found);
    found.is_empty()
}

fn number(rule: &Value) -> u64 {
    rule.as_u64().expect("a number")
}

fn has_all(object: &serde_json::Map<String, Value>, keys: &Value) -> bool {
    keys.as_array().expect("a list").iter().all(|key| object.contains_key(key.as_str().expect("a key")))
}

fn has_type(name: &str, value: &Value) -> bool {
    match name {
        "object" => value.is_object(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "null" => value.is_null(),
        other => panic!("the type {other} is not supported"),
    }
}

fn has_format(name: &str, text: &str) -> bool {
    match name {
        "date-time" => text.contains('T') && text.parse::<jiff::Timestamp>().is_ok(),
        "uuid" => uuid::Uuid::parse_str(text).is_ok(),
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
            "one": {"const": 1}, "some": {"anyOf": [{"$ref": "#/$defs/hex"}, {"type": "null"}]}, "id": {"format": "uuid"},
            "open": {"minProperties": 1, "maxProperties": 2, "additionalProperties": {"type": "number", "minimum": 0}},
        },
        "dependentRequired": {"list": ["a"], "either": ["list"]},
        "if": {"required": ["one"]}, "then": {"required": ["list"]},
        "$defs": {"hex": {"type": "string", "pattern": "^[0-9a-f]+$"}},
    });
    for (value, expected) in [
        (
            r#"{"a":"x","uri":"https://a.example/%20#b","reference":"/a","time":"2025-11-17T19:10:53.000000Z"}"#,
            "",
        ),
        (r#"{"a":"x","uri":"pkg:generic/a","reference":"","either":{},"list":null}"#, ""),
        (r#"{"a":"x","list":null}"#, ""),
        (r#"{"a":"x","list":[1]}"#, ""),
        (r#"{"a":"x","list":[1,1.5]}"#, "$.list[1]: type"),
        (r#"{"a":"x","list":true}"#, "$.list: type"),
        (r#"{"a":"x","one":1,"list":[]}"#, ""),
        (r#"{"a":"x","some":"0f"}"#, ""),
        (r#"{"a":"x","some":null,"id":"019a933a-2648-7000-8707-070707070707"}"#, ""),
        (r#"{"a":"x","open":{"b":1,"c":1.5}}"#, ""),
        (r#"{"a":"x","one":2,"list":[]}"#, "$.one: const"),
        (r#"{"a":"x","one":1}"#, "$: required"),
        (r#"{"a":"x","some":"0g"}"#, "$.some: anyOf"),
        (r#"{"a":"x","id":"019a933a"}"#, "$.id: format"),
        (r#"{"a":"x","open":{}}"#, "$.open: minProperties"),
        (r#"{"a":"x","open":{"b":1,"c":1,"d":1}}"#, "$.open: maxProperties"),
        (r#"{"a":"x","open":{"b":"1"}}"#, "$.open.b: type"),
        (r#"{"a":"x","open":{"b":-1}}"#, "$.open.b: minimum"),
        (r#"{"a":"x","either":{}}"#, "$: dependentRequired"),
        (r#"{}"#, "$: required"),
        (r#"[]"#, "$: type"),
        (r#"{"a":"x","b":1}"#, "$.b: no value"),
        (r#"{"a":""}"#, "$.a: minLength"),
        (r#"{"a":null}"#, "$.a: type"),
        (r#"{"a":"y"}"#, "$.a: enum"),
        (r#"{"a":"x","either":[],"list":[]}"#, "$.either: oneOf"),
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
