//! The JSON Schemas in `docs/schemas` describe every payload: each key that is sent has a description and an example, and changed
//! payloads are refused.
//!
//! The files are generated. After a change of `tests/data/schemas`, run `UPDATE_DOCUMENTS=1 cargo test --test suite schemas`.

mod changes;
mod files;
mod sent;
mod source;

use std::path::PathBuf;

use serde_json::{Map, Value, json};

use crate::json_schema::violations;
use source::schemas;

/// Fails unless the schema of its event permits the native payload and knows every key of it.
#[track_caller]
fn assert_valid(payload: &Value, what: &str) {
    let schema = closed(schema_of(payload));
    assert_eq!(violations(&schema, payload), Vec::<String>::new(), "{what}: {payload}");
}

/// The schema of a native payload. Bitrise's payloads do not name their event.
fn schema_of(payload: &Value) -> &'static Value {
    let event = match (payload["event"].as_str(), &payload["build_status"]) {
        (Some(event), _) => event,
        (None, status) if *status == 0 => "build/triggered",
        _ => "build/finished",
    };
    let mut schemas = schemas().values();
    schemas.find(|schema| events(schema).contains(&event)).unwrap_or_else(|| panic!("{event} has no schema"))
}

/// The names of the events that a schema is for.
fn events(schema: &Value) -> Vec<&str> {
    schema["title"].as_str().unwrap().split(" and ").collect()
}

/// The schema without permission for unknown keys.
fn closed(schema: &Value) -> Value {
    match schema {
        Value::Object(object) => {
            let part = |(key, value): (&String, &Value)| match key.as_str() {
                "if" | "then" | "examples" => (key.clone(), value.clone()),
                _ => (key.clone(), closed(value)),
            };
            let mut closed: Map<String, Value> = object.iter().map(part).collect();
            if object.contains_key("properties") {
                closed.entry("additionalProperties").or_insert(json!(false));
            }
            Value::Object(closed)
        }
        Value::Array(items) => items.iter().map(closed).collect(),
        other => other.clone(),
    }
}

/// The native payload: of a CDEvent, its `customData`.
fn native(body: Value) -> Value {
    body.get("customData").cloned().unwrap_or(body)
}

/// The JSON files in a folder with their contents.
fn json_files(folder: &str) -> Vec<(String, Value)> {
    let Ok(files) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = files.map(|file| file.unwrap().path());
    let is_json = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "json");
    let read = |path: PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        (name, serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap())
    };
    paths.filter(is_json).map(read).collect()
}
