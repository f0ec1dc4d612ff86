//! Payloads that the program sends are valid, and have no key that the schemas lack.

use buildhook::artifact::FORMATS;
use buildhook::ci::{BuildStatus, Context, GitQuestions, detect};
use buildhook::event::EventDetails;
use buildhook::format::FormatChoice;
use serde_json::Value;

use super::{assert_valid, events, json_files, native, schema_of};
use crate::builder::{SECRET, Test};
use crate::environments::{Fixture, Variables, github_pull_request, github_pull_request_event, github_tag};
use crate::file_formats::sample;
use crate::files::{archive, profile, property_list};
use crate::payloads::{body, created, event, system};
use crate::receiver::Reply;

#[test]
fn snapshots_and_example_files_are_valid() {
    let mut checked = 0;
    for file in std::fs::read_dir("tests/suite/snapshots").unwrap() {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if !name.starts_with("suite__payloads__") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let (_, body) = text.split_once("\n---\n").unwrap();
        assert_valid(&native(serde_json::from_str(body).unwrap()), name);
        checked += 1;
    }
    assert!(checked >= 17, "{checked} snapshots are checked");
    for (name, body) in json_files("docs/events") {
        let payload = native(body);
        assert_valid(&payload, &name);
        let event = name.split('.').next().unwrap();
        let schema = schema_of(&payload);
        let known = events(schema).iter().any(|known| known.replace(['/', '.'], "-") == event);
        assert!(known, "{name} contains another event");
    }
}

#[test]
fn the_examples_of_bitrise_and_buildstash_are_valid() {
    let examples: Vec<(String, Value)> = ["bitrise", "buildstash"]
        .iter()
        .flat_map(|folder| json_files(&format!("tests/data/{folder}")))
        .collect();
    let examples: Vec<_> = examples.iter().filter(|(name, _)| name != "schemas.json").collect();
    assert_eq!(examples.len(), 5);
    for (name, example) in examples {
        assert_valid(example, name);
    }
}

#[test]
fn everything_that_the_program_sends_is_valid() {
    check_job(Test::new(), "no CI");
    check_job(Test::new().envs(github_tag()).env("BUILDHOOK_STRICT", "true"), "a strict endpoint");
    let set = [
        ("APPLICATION_ID", "Meine App"),
        ("BUILD_SLUG", "Build 7"),
        ("BUILD_ID", "build-7"),
        ("WORKSPACE_ID", "Ünternehmen"),
        ("RUN_NUMBER", "7"),
        ("FIELDS", r#"{"team": "mobile", "count": 7, "share": 0.5, "is_release": true}"#),
        ("MATRIX", r#"{"os": "linux", "versions": [1, null], "nested": {"a": {}}}"#),
    ]
    .map(|(name, value)| (format!("BUILDHOOK_{name}"), value.to_owned()));
    let pull_request = Test::new().envs(github_pull_request()).event_file(&github_pull_request_event());
    check_job(pull_request.envs(Variables::from(set)), "everything that can be set");
}

#[test]
fn events_of_every_ci_are_valid() {
    for provider in Fixture::all() {
        for case in Fixture::read(&provider).unwrap().cases {
            let folder = tempfile::tempdir().unwrap();
            let system = system(case.environment(Some(folder.path())));
            let questions = GitQuestions::all(std::time::Duration::MAX);
            let context = detect(&system, Context::default(), &questions).context;
            for event in [
                event(&system, context.clone(), EventDetails::Triggered),
                event(&system, context.clone(), EventDetails::Finished(BuildStatus::Failed)),
                created(&system, context),
            ] {
                let body = body(&event, None, FormatChoice::Native, false);
                assert_valid(&serde_json::from_str(&body).unwrap(), &format!("{provider}, {}", case.name));
            }
        }
    }
}

/// Sends every event from this job and checks them.
fn check_job(test: Test, what: &str) {
    let test = test.file("unknown", "x").env("BUILDHOOK_SECRET", SECRET).endpoint(&[Reply::Status(200)]);
    let manifest = archive(&[("META-INF/MANIFEST.MF", b"Bundle-Version: 1.2.3.4\n", true)]);
    let info = property_list(&[("CFBundleIdentifier", "com.example.app"), ("MinimumOSVersion", "15.0")]);
    let ipa = archive(&[
        ("Payload/A.app/Info.plist", info.as_bytes(), true),
        ("Payload/A.app/embedded.mobileprovision", &profile(true), true),
    ]);
    let test = test.file("a.jar", manifest).file("a.ipa", ipa).file("a.apk", sample("apk").unwrap());
    let mut test = test.file("main.1.a.obb", "obb").file("a.log", "log");
    let mut kinds = vec!["created".to_owned(), "a.ipa".to_owned()];
    for extension in FORMATS.iter().flat_map(|format| format.extensions) {
        let name = format!("kind.{extension}").trim_end_matches('.').to_owned();
        test = test.file(&name, sample(extension).unwrap());
        kinds.push(name);
    }
    let needs = r#"{"linux": {"result": "success"}, "windows": {"result": "skipped"}}"#;
    for args in [
        &["triggered"][..],
        &["finished", "--status", "failed", "--needs", needs],
        &["created", "unknown", "--save", "build.json"],
        &["created", "a.jar", "--stream", "s", "--labels", "a,b", "--notes", "n", "--metadata", "a.log"],
        &["created", "a.apk", "--expansion", "main.1.a.obb", "--download-url", "https://example.com/ä.apk"],
        &["moved", "--stream", "t", "--build", "build.json"],
        &["labeled", "--label", "c", "--build", "build.json"],
        &["release", "created", "--version", "1.0.0", "--build", "build.json"],
        &["release", "updated", "--version", "1.0.0-rc.1+4", "--label", "r"],
    ] {
        let output = test.output(args, &[]);
        assert!(output.status.success(), "{what}: {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    let output = test.output(&kinds.iter().map(String::as_str).collect::<Vec<_>>(), &[]);
    assert!(output.status.success(), "{what}: {}", String::from_utf8_lossy(&output.stderr));
    for args in
        [&["created", "unknown", "--stream", "t"][..], &["moved", "--stream", "t", "--build", "build.json"]]
    {
        let output = test.output(args, &[("BUILDHOOK_ONLY_STREAM", "t")]);
        assert!(output.status.success(), "{what}: {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    let requests = test.receiver(0).requests();
    assert_eq!(requests.len(), 11 + kinds.len() - 1, "{what}");
    let builds = || requests.iter().map(|request| request.json()["data"]["build"].clone());
    assert!(builds().any(|build| build["ios_info"]["provisioning_profile_expiry"].is_string()), "{what}");
    assert!(builds().any(|build| build["android_info"]["package_name"].is_string()), "{what}");
    requests.iter().for_each(|request| assert_valid(&request.json(), what));
}
