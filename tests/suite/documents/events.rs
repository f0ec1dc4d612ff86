//! The examples in `docs/events/`, made by the program, and what `docs/events.md` and the README show of them.

use std::collections::BTreeSet;

use buildhook::ci::BuildStatus;
use buildhook::event::EventDetails;
use buildhook::event_name::EventName;
use buildhook::format::FormatChoice;
use serde_json::Value;

use super::assert_generated;
use super::examples::{events, examples, matrix_job};
use crate::payloads::body;

#[test]
fn every_event_has_an_example_file() {
    let mut names = BTreeSet::new();
    for (name, suffix, json) in examples() {
        let file = format!("docs/events/{}{suffix}.json", name.as_str().replace(['/', '.'], "-"));
        assert_file(&file, &(serde_json::to_string_pretty(&json).unwrap() + "\n"));
        names.insert(file);
    }
    for file in std::fs::read_dir("docs/events").unwrap() {
        let file = file.unwrap().path().to_str().unwrap().replace('\\', "/");
        assert!(names.contains(&file), "{file} is no example of an event");
    }
    let list = std::fs::read_to_string("docs/events.md").unwrap();
    for name in EventName::ALL.into_iter().chain([EventName::Ping]) {
        let file = format!("events/{}.json", name.as_str().replace(['/', '.'], "-"));
        assert!(names.contains(&format!("docs/{file}")), "{name} has no example");
        let row = list.lines().find(|line| line.starts_with(&format!("| `{name}` |")));
        assert!(
            row.is_some_and(|row| row.contains(&file)),
            "docs/events.md has no row of {name} with {file}"
        );
    }
}

#[test]
fn every_result_is_in_the_table_with_its_number_and_words() {
    let text = std::fs::read_to_string("docs/events.md").unwrap();
    let (system, context) = matrix_job();
    let (mut event, _) = events(&system, &context).remove(0);
    let mut row_of = |details, word: &str| {
        event.details = details;
        let json: Value = serde_json::from_str(&body(&event, None, FormatChoice::Native, false)).unwrap();
        let row =
            format!("| {} | `{}` | {word} |", json["build_status"], json["status_text"].as_str().unwrap());
        assert!(text.contains(&row), "docs/events.md has no row {row}");
    };
    row_of(EventDetails::Triggered, "(`build/triggered`)");
    for status in
        [BuildStatus::Success, BuildStatus::Failed, BuildStatus::Aborted, BuildStatus::AbortedWithSuccess]
    {
        row_of(EventDetails::Finished(status), &format!("`{status}`"));
    }
}

#[test]
fn the_readme_shows_an_example_as_it_is() {
    let json = std::fs::read_to_string("docs/events/build-finished.json").unwrap();
    let expected = format!("```json\n{json}```\n");
    assert_generated("README.md", "<!-- docs/events/build-finished.json -->\n", "<!-- end -->", &expected);
}

/// Fails unless the file has this content, or writes it.
#[track_caller]
fn assert_file(file: &str, expected: &str) {
    if std::fs::read_to_string(file).is_ok_and(|found| found == expected) {
        return;
    }
    assert!(
        std::env::var_os("UPDATE_DOCUMENTS").is_some(),
        "{file} differs from what the program makes; UPDATE_DOCUMENTS=1 writes it"
    );
    std::fs::write(file, expected).unwrap();
}
