//! The keys in `docs/events.md` and their types are those of the examples.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::examples::examples;

/// Keys whose content is the user's.
const OPEN_OBJECTS: [&str; 3] = ["fields", "buildhook.job.matrix", "buildhook.jobs"];

#[test]
fn the_list_of_keys_has_every_key_of_the_examples_with_its_type() {
    let text = std::fs::read_to_string("docs/events.md").unwrap();
    let rows: BTreeMap<&str, &str> = text
        .lines()
        .filter_map(|line| {
            let (key, rest) = line.strip_prefix("| `")?.split_once("` | ")?;
            let (types, _) = rest.split_once(" | ")?;
            types.split(" or ").all(|name| TYPES.contains(&name)).then_some((key, types))
        })
        .collect();
    let mut found = BTreeMap::new();
    for (_, suffix, json) in examples() {
        // A CDEvent has the native event in `customData`.
        if suffix.is_empty() {
            collect("", &json, &mut found);
        }
    }
    for (key, types) in &found {
        let key = listed_name(key);
        let row = rows.get(key.as_str());
        let documented =
            row.unwrap_or_else(|| panic!("docs/events.md has no row of `{key}`, which is {types:?}"));
        let documented: BTreeSet<&str> = documented.split(" or ").collect();
        assert!(types.is_subset(&documented), "docs/events.md: `{key}` is {types:?}, not {documented:?}");
    }
    let known: BTreeSet<String> = found.keys().map(|key| listed_name(key)).collect();
    let unknown: Vec<&str> = rows.keys().copied().filter(|key| !known.contains(*key)).collect();
    assert_eq!(unknown, NOT_IN_EXAMPLES, "docs/events.md has keys that no example has");
}

/// Keys of builds that no example can have together with the others.
const NOT_IN_EXAMPLES: [&str; 16] = [
    "build.ios_info.build_id",
    "build.ios_info.bundle_id",
    "build.ios_info.bundle_name",
    "build.ios_info.bundle_version",
    "build.ios_info.key_type",
    "build.ios_info.minimum_os",
    "build.ios_info.provisioning_profile_expiry",
    "build.ios_info.provisioning_profile_uuid",
    "build.ios_info.team_identifier",
    "build.ios_info.team_name",
    "build.ios_info.version_short_string",
    "build.version_full",
    "buildhook.job.url",
    "buildhook.jobs",
    "buildhook.previous_status",
    "git.tag",
];

const TYPES: [&str; 6] = ["string", "integer", "boolean", "object", "array", "null"];

/// The name of a key in the list, which describes builds, files, streams and labels once.
fn listed_name(path: &str) -> String {
    let mut path = path.replace("data.release.builds[]", "data.build");
    for (prefix, object) in [
        ("data.build.stream", "stream"),
        ("data.stream", "stream"),
        ("data.build.labels[]", "label"),
        ("data.release.labels[]", "label"),
        ("data.build.primary_file", "file"),
        ("data.build.expansion_files[]", "file"),
        ("data.build.metadata_artifacts[]", "file"),
    ] {
        if let Some(rest) = path.strip_prefix(prefix).filter(|rest| rest.starts_with('.')) {
            path = format!("{object}{rest}");
            break;
        }
    }
    for filetype in ["file.expansion_filetype", "file.metadata_filetype"] {
        if path.starts_with(&format!("{filetype}.")) {
            path = path.replace(filetype, "file.filetype");
        }
    }
    path.strip_prefix("data.").map(str::to_owned).unwrap_or(path)
}

/// The types of every key below a value.
fn collect(path: &str, value: &Value, found: &mut BTreeMap<String, BTreeSet<&'static str>>) {
    let name = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    if !path.is_empty() && !path.ends_with("[]") {
        found.entry(path.to_owned()).or_default().insert(name);
    }
    if OPEN_OBJECTS.contains(&path) {
        return;
    }
    match value {
        Value::Array(values) => values.iter().for_each(|value| collect(&format!("{path}[]"), value, found)),
        Value::Object(object) => {
            for (key, value) in object {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                collect(&path, value, found);
            }
        }
        _ => {}
    }
}
