//! The files in `docs/schemas`: every event has one, and every key a description and an example.

use std::collections::BTreeSet;
use std::path::Path;

use buildhook::ci::BuildStatus;
use buildhook::event_name::EventName;
use buildhook::job_result::JobResult;
use serde_json::{Value, json};

use super::events;
use super::source::schemas;
use crate::json_schema::violations;

#[test]
fn the_files_are_those_of_the_source() {
    let mut expected = BTreeSet::from(["README.md".to_owned()]);
    for (name, schema) in schemas() {
        let file = format!("{name}.schema.json");
        let text = serde_json::to_string_pretty(schema).unwrap() + "\n";
        let path = Path::new("docs/schemas").join(&file);
        if std::env::var_os("UPDATE_DOCUMENTS").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(found == text, "{} differs from its source; UPDATE_DOCUMENTS=1 writes it", path.display());
        expected.insert(file);
    }
    let files = std::fs::read_dir("docs/schemas").unwrap();
    let found = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    assert_eq!(found.collect::<BTreeSet<_>>(), expected);
}

#[test]
fn every_event_has_one_schema_which_the_readme_lists() {
    let readme = std::fs::read_to_string("docs/schemas/README.md").unwrap();
    let mut found = BTreeSet::new();
    for (name, schema) in schemas() {
        let links = format!("[`{name}.schema.json`]({name}.schema.json)");
        let row = readme.lines().find(|line| line.contains(&links));
        let row = row.unwrap_or_else(|| panic!("docs/schemas/README.md lacks {name}"));
        for event in events(schema) {
            assert!(row.contains(&format!("`{event}`")), "{row} lacks {event}");
            assert!(found.insert(event.to_owned()), "{event} has two schemas");
        }
        let event = &schema["properties"]["event"];
        let of_key = event.get("enum").cloned().or_else(|| Some(json!([event.get("const")?])));
        assert!(of_key.is_none_or(|names| names == json!(events(schema))), "{name}");
    }
    let names = EventName::ALL.into_iter().chain([EventName::Ping]).map(|name| name.as_str().to_owned());
    assert_eq!(found, names.collect());
}

#[test]
fn closed_sets_are_those_of_the_program() {
    let finished = &schemas()["build-finished"];
    let facts = &finished["$defs"]["buildhook"]["properties"];
    let jobs = [JobResult::Success, JobResult::Failed, JobResult::Aborted, JobResult::Skipped];
    assert_eq!(facts["jobs"]["additionalProperties"]["enum"], json!(jobs.map(JobResult::as_str)));
    let statuses =
        [BuildStatus::Success, BuildStatus::Failed, BuildStatus::Aborted, BuildStatus::AbortedWithSuccess];
    assert_eq!(facts["previous_status"]["enum"], json!(statuses.map(BuildStatus::as_str)));
    assert_eq!(finished["properties"]["build_status"]["enum"], json!(statuses.map(|status| status as u8)));
}

#[test]
fn every_key_has_a_description_and_valid_examples() {
    fn visit(root: &Value, name: &str, schema: &Value, count: &mut usize) {
        if let Some(path) = schema["$ref"].as_str() {
            let definition = &root.pointer(&path[1..]).unwrap();
            assert!(definition["description"].is_string(), "{path} has no description");
            return;
        }
        let description = schema["description"].as_str().unwrap_or_default();
        assert!(description.ends_with('.'), "{name} is described as {description:?}");
        let is_container = ["properties", "items", "anyOf"].iter().any(|key| schema.get(*key).is_some());
        let examples = schema["examples"].as_array();
        assert!(
            is_container || examples.is_some_and(|examples| !examples.is_empty()),
            "{name} has no example"
        );
        for example in examples.into_iter().flatten() {
            *count += 1;
            let mut schema = schema.clone();
            schema["$defs"] = root["$defs"].clone();
            assert_eq!(violations(&schema, example), Vec::<String>::new(), "{name}");
        }
        for (key, schema) in schema["properties"].as_object().into_iter().flatten() {
            visit(root, &format!("{name}.{key}"), schema, count);
        }
        for key in ["items", "additionalProperties"] {
            if let Some(schema) = schema.get(key) {
                visit(root, &format!("{name}.{key}"), schema, count);
            }
        }
    }
    let mut count = 0;
    for (name, schema) in schemas() {
        visit(schema, name, schema, &mut count);
        for (definition, part) in schema["$defs"].as_object().unwrap() {
            assert!(part.get("examples").is_some(), "{definition} has no example");
            visit(schema, &format!("{name}: {definition}"), part, &mut count);
        }
    }
    assert!(count > 400, "{count} examples are checked");
}
