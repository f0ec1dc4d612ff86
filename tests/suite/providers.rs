//! Whole environments of every CI, and the whole context that is read from them.
//!
//! `tests/environments` has a file for each provider. A case is a line `# name`, the variables, a line `--` and what
//! is expected of the context, null left out. `# name < other` begins with what the other case has; a name without a
//! value takes it away. `NAME<text` is a variable that names a file with this text. `\n` is a new line, `\\` a backslash.

use std::collections::BTreeMap;
use std::path::Path;

use buildhook::ci::{Context, detect};
use buildhook::system::System;
use serde_json::Value;

/// What no variable that is read may hold.
const SECRET: &str = "not-to-be-read";

/// Variables with `=` or `<` in front of their values.
type Entries = BTreeMap<String, String>;

#[derive(Clone, Default)]
struct Case {
    variables: Entries,
    expected: Entries,
    warnings: Vec<String>,
}

fn cases(text: &str) -> Vec<(String, Case)> {
    let mut cases: Vec<(String, Case)> = Vec::new();
    for block in text.split("# ").skip(1) {
        let (head, body) = block.split_once('\n').expect("a name and what follows");
        let (name, base) = head.split_once(" < ").unwrap_or((head, ""));
        let mut case = match base {
            "" => Case::default(),
            base => cases.iter().find(|(known, _)| known == base).expect("the other case").1.clone(),
        };
        let (variables, expected) = body.split_once("--\n").expect("a line `--`");
        for line in variables.lines().filter(|line| !line.is_empty()) {
            change(&mut case.variables, line, line.find(['=', '<']), 0);
        }
        for line in expected.lines().filter(|line| !line.is_empty()) {
            match line.strip_prefix("warning: ") {
                Some(warning) => case.warnings.push(warning.to_owned()),
                None => change(&mut case.expected, line, line.find(": "), 2),
            }
        }
        cases.push((name.to_owned(), case));
    }
    cases
}

/// Sets what stands before `at` to what stands behind it, or takes it away.
fn change(entries: &mut Entries, line: &str, at: Option<usize>, skipped: usize) {
    match at {
        Some(at) => {
            let text = line[at + skipped..].replace("\\\\", "\0").replace("\\n", "\n").replace('\0', "\\");
            entries.insert(line[..at].to_owned(), text);
        }
        None => {
            entries.remove(line);
        }
    }
}

/// What is not null, by its dotted path.
fn flattened(value: &Value, path: &str, found: &mut Entries) {
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                flattened(value, &path, found);
            }
        }
        Value::String(text) => {
            found.insert(path.to_owned(), text.clone());
        }
        other => assert!(other.is_null(), "{path} is {other}"),
    }
}

#[test]
fn every_ci_is_read_in_full() {
    let mut count = 0;
    for file in std::fs::read_dir("tests/environments").unwrap() {
        let path = file.unwrap().path();
        let provider = path.file_stem().unwrap().to_str().unwrap().to_owned();
        for (name, case) in cases(&std::fs::read_to_string(&path).unwrap()) {
            let folder = tempfile::tempdir().unwrap();
            let of_file = |(name, value): (&String, &String)| {
                let Some(text) = value.strip_prefix('<') else {
                    return (name.clone(), value[1..].to_owned());
                };
                let file = folder.path().join(name);
                std::fs::write(&file, text).unwrap();
                (name.clone(), file.to_str().unwrap().to_owned())
            };
            let environment = case.variables.iter().map(of_file).collect();
            // A folder that is not there has no checkout, and no `git` is asked about it.
            let folder = Path::new("/nonexistent").to_owned();
            let system = System { environment, folder, ..System::from_process() };
            let detection = detect(&system, Context::default());
            let mut found = Entries::new();
            flattened(&serde_json::to_value(&detection.context).unwrap(), "", &mut found);
            let shown = format!("{provider}: {name}");
            assert_eq!(found, case.expected, "{shown}");
            assert_eq!(detection.warnings, case.warnings, "{shown}");
            assert!(!format!("{:?}", detection.context).contains(SECRET), "{shown}");
            assert_eq!(found.get("provider").map_or("none", String::as_str), provider, "{shown}");
            count += 1;
        }
    }
    assert!(count >= 150, "only {count} environments were read");
}

#[test]
fn no_environment_makes_a_provider_fail() {
    for file in std::fs::read_dir("tests/environments").unwrap() {
        for (_, case) in cases(&std::fs::read_to_string(file.unwrap().path()).unwrap()) {
            for nonsense in ["/", "://", "{}", "\u{202e}\u{0}\n", &"9".repeat(400), &"ü/".repeat(40_000)] {
                // The first names are marks; with them a provider reads nonsense everywhere else.
                let keep = |value: &str| value.len() < 6;
                let variables = case.variables.iter().map(|(name, value)| {
                    let value = &value[1..];
                    let value = if keep(value) || name == "HOME" { value } else { nonsense };
                    (name.clone(), value.to_owned())
                });
                let system = System {
                    environment: variables.collect(),
                    folder: Path::new("/nonexistent").to_owned(),
                    ..System::from_process()
                };
                let context = detect(&system, Context::default()).context;
                let long = format!("{context:?}").len();
                assert!(long < 100_000, "{long} bytes");
            }
        }
    }
}
