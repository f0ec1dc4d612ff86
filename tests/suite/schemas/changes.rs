//! A payload with a key that is renamed, missing or of another type is refused.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{closed, native, schema_of};
use crate::json_schema::violations;

/// The payload of a snapshot.
fn snapshot(name: &str) -> Value {
    let path = format!("tests/suite/snapshots/suite__payloads__{name}.snap");
    let text = std::fs::read_to_string(path).unwrap();
    native(serde_json::from_str(text.split_once("\n---\n").unwrap().1).unwrap())
}

/// The path of each key, as in RFC 6901.
fn paths(value: &Value) -> Vec<String> {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(object) => object.iter().map(|(key, value)| (format!("/{key}"), value)).collect(),
        Value::Array(items) => {
            items.iter().enumerate().map(|(index, value)| (format!("/{index}"), value)).collect()
        }
        _ => Vec::new(),
    };
    let below = |(key, value): &(String, &Value)| {
        let below = paths(value).into_iter().map(|path| format!("{key}{path}"));
        std::iter::once(key.clone()).chain(below).collect::<Vec<_>>()
    };
    children.iter().flat_map(below).collect()
}

/// Whether the sender chooses the keys below `path` and, in a matrix, their types.
fn is_open(path: &str) -> bool {
    ["/fields/", "/buildhook/jobs/", "/buildhook/job/matrix/"].iter().any(|prefix| path.starts_with(prefix))
}

/// The keys in these payloads that others lack: because they do not apply, are unknown, or because the endpoint is strict.
const OPTIONAL: [&str; 21] = [
    "actor",
    "artifacts",
    "attempt",
    "build_slug",
    "build_triggered_workflow",
    "build_url",
    "buildhook",
    "checksum_sha256",
    "commit_hash",
    "commit_message",
    "dst_branch",
    "fields",
    "job",
    "jobs",
    "matrix",
    "name",
    "previous_status",
    "pull_request_id",
    "repository_url",
    "trigger",
    "triggered_at",
];

#[test]
fn changed_payloads_are_refused() {
    let (mut changes, mut optional) = (0, BTreeSet::new());
    for name in [
        "added_to_finished",
        "build_triggered",
        "build_created_stream",
        "build_label_added",
        "release_created_cdevents",
    ] {
        let payload = snapshot(name);
        let schema = schema_of(&payload);
        let closed = closed(schema);
        for path in paths(&payload) {
            let mut retyped = payload.clone();
            let value = retyped.pointer_mut(&path).unwrap();
            *value = if value.is_object() { json!(7) } else { json!({ "changed": [] }) };
            let is_refused = !violations(schema, &retyped).is_empty();
            assert!(is_refused || path.contains("/matrix/"), "{name}: {path} of another type is valid");
            changes += 1;

            let (parent, key) = path.rsplit_once('/').unwrap();
            let mut renamed = payload.clone();
            let Some(Value::Object(object)) = renamed.pointer_mut(parent) else { continue };
            if is_open(&path) {
                continue;
            }
            let value = object.shift_remove(key).unwrap();
            object.insert(format!("{key}_renamed"), value);
            assert!(!violations(&closed, &renamed).is_empty(), "{name}: {path} with another name is valid");
            if violations(schema, &renamed).is_empty() {
                optional.insert(key.to_owned());
            }
        }
    }
    assert_eq!(optional, OPTIONAL.map(str::to_owned).into());
    assert!(changes > 300, "{changes} changes");
}
