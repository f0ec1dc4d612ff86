//! The schemas in `docs/schemas`, written from `tests/data/schemas`, where each fact appears once.
//!
//! The source is JSON Schema with abbreviations: `"$base": "name"` merges a definition into a schema, as RFC 7396 does; `"$ref":
//! "name"` refers to one; and every key of an object is required unless it has `"optional": true`. A schema of an event contains
//! the definitions that it refers to, so that validators need a single file.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

const DEFINITIONS: [&str; 6] = [
    include_str!("../../data/schemas/values.json"),
    include_str!("../../data/schemas/buildhook.json"),
    include_str!("../../data/schemas/bitrise.json"),
    include_str!("../../data/schemas/build.json"),
    include_str!("../../data/schemas/build-parts.json"),
    include_str!("../../data/schemas/release.json"),
];
const EVENTS: &str = include_str!("../../data/schemas/events.json");

/// The schema of each file, by the name that precedes `.schema.json`.
pub fn schemas() -> &'static Map<String, Value> {
    static SCHEMAS: LazyLock<Map<String, Value>> = LazyLock::new(write);
    &SCHEMAS
}

fn write() -> Map<String, Value> {
    let mut definitions = Map::new();
    for text in DEFINITIONS {
        for (name, definition) in parse(text) {
            assert!(definitions.insert(name.clone(), definition).is_none(), "{name} is defined twice");
        }
    }
    let mut schemas = parse(EVENTS);
    for (name, schema) in &mut schemas {
        *schema = complete(name, schema, &definitions);
    }
    schemas
}

fn parse(text: &str) -> Map<String, Value> {
    serde_json::from_str(text).expect("an object")
}

/// The schema of an event with all it refers to.
fn complete(name: &str, event: &Value, definitions: &Map<String, Value>) -> Value {
    let major = env!("CARGO_PKG_VERSION_MAJOR");
    let repository = env!("CARGO_PKG_REPOSITORY");
    let mut schema = expand(event, definitions);
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    schema["$id"] = json!(format!("{repository}/raw/v{major}/docs/schemas/{name}.schema.json"));
    let mut references = Vec::new();
    finish(&mut schema, &mut references);
    let mut included = Map::new();
    while let Some(name) = references.iter().find(|name| !included.contains_key(*name)).cloned() {
        let definition = definitions.get(&name).unwrap_or_else(|| panic!("{name} is not defined"));
        let mut definition = expand(definition, definitions);
        finish(&mut definition, &mut references);
        included.insert(name, definition);
    }
    let examples: Vec<Value> = included.values().map(|definition| example(definition, &included)).collect();
    for (definition, example) in included.values_mut().zip(examples) {
        definition.as_object_mut().expect("an object").entry("examples").or_insert(json!([example]));
    }
    schema["$defs"] = Value::Object(included);
    schema
}

/// The schema with every `$base` merged into it.
fn expand(schema: &Value, definitions: &Map<String, Value>) -> Value {
    match schema {
        Value::Object(object) => {
            let own = object.iter().filter(|(key, _)| *key != "$base");
            let own = own.map(|(key, value)| (key.clone(), expand(value, definitions))).collect();
            let Some(base) = object.get("$base").and_then(Value::as_str) else { return Value::Object(own) };
            let base = definitions.get(base).unwrap_or_else(|| panic!("{base} is not defined"));
            let mut merged = expand(base, definitions);
            merge(&mut merged, Value::Object(own));
            merged
        }
        Value::Array(items) => items.iter().map(|item| expand(item, definitions)).collect(),
        other => other.clone(),
    }
}

/// <https://www.rfc-editor.org/rfc/rfc7396>
fn merge(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    let target = target.as_object_mut().expect("an object");
    for (key, value) in patch {
        if value.is_null() {
            target.shift_remove(&key);
        } else {
            merge(target.entry(key).or_insert(Value::Null), value);
        }
    }
}

/// Writes `required` and the paths of definitions, and puts first what explains the rest. Adds the names of definitions to
/// `references`.
fn finish(schema: &mut Value, references: &mut Vec<String>) {
    match schema {
        Value::Object(object) => {
            if let Some(Value::Object(properties)) = object.get("properties") {
                let is_required = |key: &&String| properties[*key].get("optional").is_none();
                let required: Vec<&String> = properties.keys().filter(is_required).collect();
                if !required.is_empty() {
                    let required = json!(required);
                    object.insert("required".to_owned(), required);
                }
            }
            object.shift_remove("optional");
            for keyword in ["type", "description", "title", "$id", "$schema"] {
                // A key of a payload may have such a name, and then a schema.
                if object.get(keyword).is_some_and(|value| !value.is_object()) {
                    let value = object.shift_remove(keyword).expect("a value");
                    object.shift_insert(0, keyword.to_owned(), value);
                }
            }
            if let Some(Value::String(name)) = object.get_mut("$ref") {
                references.push(name.clone());
                *name = format!("#/$defs/{name}");
            }
            object.values_mut().for_each(|value| finish(value, references));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| finish(item, references)),
        _ => {}
    }
}

/// The first example of the schema, or one that is made from those of its parts.
fn example(schema: &Value, definitions: &Map<String, Value>) -> Value {
    if let Some(example) = schema.get("examples").and_then(|examples| examples.get(0)) {
        return example.clone();
    }
    if let Some(path) = schema["$ref"].as_str() {
        return example(&definitions[path.trim_start_matches("#/$defs/")], definitions);
    }
    if let Some(schema) = schema["anyOf"].get(0) {
        return example(schema, definitions);
    }
    if let Some(items) = schema.get("items") {
        return json!([example(items, definitions)]);
    }
    let properties = schema["properties"].as_object().unwrap_or_else(|| panic!("no example: {schema}"));
    properties.iter().map(|(key, schema)| (key.clone(), example(schema, definitions))).collect()
}
