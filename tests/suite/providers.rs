//! Each CI's complete environments, and the complete contexts that are read from them.

use std::path::Path;

use buildhook::ci::{Context, GitQuestions, Sourced, detect, provider_ids};
use buildhook::system::System;
use serde_json::Value;

use crate::environments::{Case, Entries, Fixture, Variables};
use crate::output::assert_snapshots;

/// The value of variables that must not be read.
const SECRET: &str = "not-to-be-read";

/// The system of a job. Its folder does not exist, so `git` is not run.
fn system(variables: Variables) -> System {
    System {
        environment: variables.into_iter().collect(),
        folder: Path::new("/nonexistent").to_owned(),
        ..System::from_process()
    }
}

/// The values that are not null, by their dotted paths.
fn flatten(value: &Value, path: &str, found: &mut Entries) {
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                flatten(value, &path, found);
            }
        }
        Value::String(text) => {
            found.insert(path.to_owned(), text.clone());
        }
        other => assert!(other.is_null(), "{path} is {other}"),
    }
}

/// The differences between the detected and the expected context of a case, one line each.
fn differences(provider: &str, case: &Case) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let detection = detect(
        &system(case.environment(Some(folder.path()))),
        Context::default(),
        &GitQuestions::all(std::time::Duration::MAX),
    );
    let mut found = Entries::new();
    flatten(&serde_json::to_value(&detection.context).unwrap(), "", &mut found);
    let mut differences = Vec::new();
    let mut names: Vec<&String> = found.keys().chain(case.expected.keys()).collect();
    names.sort();
    names.dedup();
    for name in names {
        let (found, expected) = (found.get(name), case.expected.get(name));
        if found != expected {
            differences.push(format!("{name} is {found:?}, not {expected:?}"));
        }
    }
    if detection.warnings != case.warnings {
        differences.push(format!("the warnings are {:?}, not {:?}", detection.warnings, case.warnings));
    }
    if format!("{:?}", detection.context).contains(SECRET) {
        differences.push("a secret was read".to_owned());
    }
    if found.get("provider").map_or("none", String::as_str) != provider {
        differences.push(format!("it belongs into the file of {:?}", found.get("provider")));
    }
    differences.into_iter().map(|text| format!("{provider}: {}: {text}", case.name)).collect()
}

#[test]
fn every_ci_is_read_in_full() {
    let (mut count, mut wrong) = (0, Vec::new());
    for provider in Fixture::all() {
        for case in Fixture::read(&provider).unwrap().cases {
            wrong.extend(differences(&provider, &case));
            count += 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count >= 150, "only {count} environments were read");
}

fn is_tag(case: &Case) -> bool {
    case.expected.contains_key("git.tag")
}

fn is_pull_request(case: &Case) -> bool {
    case.expected.contains_key("pull_request.number")
        || case.expected.get("trigger").is_some_and(|trigger| trigger == "pull_request")
}

fn is_push(case: &Case) -> bool {
    let has_commit = ["git.branch", "git.commit_sha"].iter().any(|field| case.expected.contains_key(*field));
    has_commit && !is_tag(case) && !is_pull_request(case)
}

/// A kind of run, which cases are of this kind, and the fields that make them so.
type Kind = (&'static str, fn(&Case) -> bool, &'static str);

const KINDS: [Kind; 3] = [
    ("push", is_push, "git.branch or git.commit_sha, and neither a tag nor a pull request"),
    ("tag", is_tag, "git.tag"),
    ("pull request", is_pull_request, "pull_request.number, or the trigger pull_request"),
];

/// The gaps in the fixture of a provider, one line each.
fn gaps(provider: &str) -> Vec<String> {
    let file = format!("tests/environments/{provider}.txt");
    let Some(fixture) = Fixture::read(provider) else {
        return vec![format!("{file} is missing; write it with the cases `push`, `tag` and `pull request`")];
    };
    let mut gaps = Vec::new();
    for (kind, is_of_kind, fields) in KINDS {
        let exists = fixture.cases.iter().any(is_of_kind);
        match (exists, fixture.without.get(kind)) {
            (false, None) => gaps.push(format!(
                "{file} has no {kind}: add a case `# {kind}` that expects {fields}, \
                 or, if the CI cannot distinguish it, a first line `without {kind}: REASON`"
            )),
            (true, Some(_)) => gaps.push(format!("{file} has a {kind}; remove the line `without {kind}`")),
            (true, None) | (false, Some(_)) => {}
        }
    }
    let unknown = fixture.without.keys().filter(|what| KINDS.iter().all(|(kind, ..)| kind != what));
    gaps.extend(unknown.map(|what| format!("{file}: `without {what}` is not a push, tag or pull request")));
    gaps
}

#[test]
fn every_provider_has_a_push_a_tag_and_a_pull_request() {
    let mut wrong: Vec<String> = provider_ids().flat_map(gaps).collect();
    let known: Vec<&str> = provider_ids().collect();
    let files = Fixture::all().into_iter().filter(|file| file != "none" && !known.contains(&file.as_str()));
    wrong.extend(files.map(|file| format!("tests/environments/{file}.txt: no provider has this id")));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_provider_without_a_fixture_is_reported_with_what_to_add() {
    let gaps = gaps("imaginary-ci");
    assert_eq!(
        gaps,
        [
            "tests/environments/imaginary-ci.txt is missing; write it with the cases `push`, `tag` and `pull request`"
        ]
    );
}

#[test]
fn no_environment_makes_a_provider_fail() {
    let mut wrong = Vec::new();
    for provider in Fixture::all() {
        for (index, case) in Fixture::read(&provider).unwrap().cases.into_iter().enumerate() {
            let (digits, long) = ("9".repeat(400), "ü/".repeat(40_000));
            let mut values = vec!["://", "{}", "\u{202e}\u{0}\n", &digits];
            if index == 0 {
                // Once per provider: these take long, because `/` is a folder, in which git runs.
                values.extend(["/", &long]);
            }
            for nonsense in values {
                // Short values stay, because they are markers: the provider then reads nonsense everywhere
                // else.
                let keep = |value: &str| value.len() < 6;
                let variables = case.variables.iter().map(|(name, value)| {
                    let value = &value[1..];
                    let value = if keep(value) || name == "HOME" { value } else { nonsense };
                    (name.clone(), value.to_owned())
                });
                // Detected or not, the provider reads them.
                let set = (provider != "none").then(|| Sourced::new(&provider, "BUILDHOOK_PROVIDER"));
                let overrides = Context { provider: set, ..Context::default() };
                let context = detect(
                    &system(variables.collect()),
                    overrides,
                    &GitQuestions::all(std::time::Duration::MAX),
                )
                .context;
                let size = format!("{context:?}").len();
                if size >= 100_000 {
                    wrong.push(format!("{provider}: {}: {size} bytes", case.name));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_field_names_the_variable_it_was_read_from() {
    assert_snapshots(Fixture::all().into_iter().map(|provider| {
        let mut sources = String::new();
        for case in Fixture::read(&provider).unwrap().cases {
            let folder = tempfile::tempdir().unwrap();
            let environment = case.environment(Some(folder.path()));
            let mut context = detect(
                &system(environment),
                Context::default(),
                &GitQuestions::all(std::time::Duration::MAX),
            )
            .context;
            sources += &format!("# {}\n", case.name);
            for field in context.fields() {
                if let Some(found) = field.value {
                    sources += &format!("{}: {}\n", field.path, found.source);
                }
            }
        }
        (format!("sources_{provider}"), sources)
    }));
}
