//! `sample`: examples of every event.

use serde_json::Value;

use crate::builder::{STANDARD_SECRET, Test};
use crate::receiver::Reply;

const EVENTS: [&str; 10] = [
    "ping",
    "build/triggered",
    "build/finished",
    "build.created",
    "build.created.stream",
    "build.moved",
    "build.moved.stream",
    "build.label.added",
    "release.created",
    "release.updated",
];

fn sample(args: &[&str]) -> Value {
    Test::new().args(&["sample"]).args(args).run().status(0).json()
}

/// The paths of the keys that are null.
fn nulls(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::Null => found.push(path.to_owned()),
        Value::Array(items) => items.iter().for_each(|item| nulls(item, path, found)),
        Value::Object(keys) => {
            keys.iter().for_each(|(key, value)| nulls(value, &format!("{path}.{key}"), found));
        }
        _ => {}
    }
}

#[test]
fn every_key_that_can_be_known_is_filled() {
    // Facts that only Buildstash has, and what excludes an apk.
    let unknowable =
        ["description", "retention_days", "color", "deleted_at", "ios_info", "android_info", "notes"];
    for event in EVENTS {
        let payload = sample(&[event]);
        let mut found = Vec::new();
        nulls(&payload, "", &mut found);
        found.retain(|path| !unknowable.iter().any(|key| path.ends_with(&format!(".{key}"))));
        assert!(found.is_empty(), "{event}: {found:?}");
        assert_eq!(payload["fields"]["sample"], true, "{event}");
    }
    assert!(sample(&["build.created"])["data"]["build"]["android_info"].is_object());
    assert!(sample(&["build.created", "--case", "ipa"])["data"]["build"]["ios_info"].is_object());
}

#[test]
fn cases_change_what_they_name() {
    let status = |case| sample(&["build/finished", "--case", case])["build_status"].as_i64().unwrap();
    assert_eq!(["success", "failed", "aborted", "skipped"].map(status), [1, 2, 3, 4]);
    let git = |case| sample(&["build/triggered", "--case", case])["git"].clone();
    assert_eq!((&git("tag")["tag"], &git("tag")["pull_request_id"]), (&Value::from("v1.4.0"), &Value::Null));
    assert_eq!(
        (&git("push")["src_branch"], &git("push")["pull_request_id"]),
        (&Value::from("main"), &Value::Null)
    );
    assert_eq!(git("pull-request")["pull_request_id"], 32);
    assert_eq!(sample(&["build/finished", "--case", "fork,fork"])["buildhook"]["actor"], "outside-user");
    let finished = Test::new().args(&["sample", "build/triggered", "--case", "matrix"]).run().status(0);
    let events: Vec<Value> =
        serde_json::Deserializer::from_str(&finished.stdout).into_iter().map(Result::unwrap).collect();
    assert_eq!(events.len(), 2);
    assert_ne!(events[0]["build_slug"], events[1]["build_slug"]);
    assert_eq!(events[0]["buildhook"]["run_slug"], events[1]["buildhook"]["run_slug"]);
}

#[test]
fn the_events_of_a_day_belong_together() {
    // Two days meet only if midnight is between the commands.
    let slugs = || ["build/triggered", "build/finished"].map(|event| sample(&[event])["build_slug"].clone());
    let is_same = |[first, second]: [Value; 2]| first == second;
    assert!(is_same(slugs()) || is_same(slugs()));
}

#[test]
fn samples_are_sent_like_events() {
    let test = Test::new().endpoint(&[Reply::Status(200)]).env("BUILDHOOK_SECRET", STANDARD_SECRET);
    let test = test.env("BUILDHOOK_FIELDS", "team=mobile").args(&["sample", "build/finished", "--send"]);
    let finished = test.run().status(0);
    let request = finished.request();
    assert_eq!(request.signatures(STANDARD_SECRET).len(), 4);
    assert_eq!(request.json()["fields"], serde_json::json!({ "team": "mobile", "sample": true }));
    let test = Test::new().endpoint(&[Reply::Status(500)]).args(&["sample", "build/finished", "--send"]);
    test.run().status(3);
    Test::new()
        .args(&["sample", "build/finished", "--send"])
        .run()
        .status(2)
        .stderr("no endpoint configured");
}

#[test]
fn other_formats_and_unknown_events() {
    assert!(sample(&["build/finished", "--format", "cdevents"])["customData"]["build_slug"].is_string());
    let finished = Test::new().args(&["sample", "build.finished"]).run().status(2);
    finished.stderr("expected one of build/triggered, build/finished");
    Test::new()
        .args(&["sample", "build/finished", "--format", "xml"])
        .run()
        .status(2)
        .stderr("native, cdevents");
}

#[test]
fn an_example_is_printed_whatever_the_endpoints_are() {
    for (name, value) in [("BUILDHOOK_SECRET", STANDARD_SECRET), ("BUILDHOOK_URL", "no url")] {
        Test::new().env(name, value).args(&["sample", "ping"]).run().status(0);
    }
    assert_eq!(sample(&["ping", "--fields", "team=mobile"])["fields"]["team"], "mobile");
    assert_eq!(sample(&["build/triggered", "--strict"]).get("buildhook"), None);
}

#[test]
fn for_programs_each_payload_is_one_line() {
    let args = ["sample", "build/triggered", "--case", "matrix", "--json"];
    let finished = Test::new().args(&args).run().status(0);
    let lines: Vec<Value> = finished.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
}

#[test]
fn cases_that_exclude_each_other_are_a_mistake() {
    for (cases, pair) in [
        ("failed,success", "`failed` and `success`"),
        ("tag,matrix,fork", "`tag` and `fork`"),
        ("apk,ipa", "`apk` and `ipa`"),
    ] {
        let finished = Test::new().args(&["sample", "build/finished", "--case", cases]).run().status(2);
        finished.stderr(&format!("--case: {pair} exclude each other"));
    }
}

#[test]
fn samples_leave_no_records_no_log_and_no_table() {
    let test = Test::new().endpoint(&[Reply::Status(404)]).env("BUILDHOOK_SECRET", STANDARD_SECRET);
    let test = test.env("BUILDHOOK_LOG_UNDELIVERED", "true").file("summary.md", "");
    let summary = test.folder().join("summary.md");
    let test = test.env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", summary.to_str().unwrap());
    for event in ["build/triggered", "build/finished", "build.created"] {
        let output = test.output(&["sample", event, "--send", "--json"], &[]);
        assert_eq!(output.status.code(), Some(3), "{event}");
        let messages = String::from_utf8_lossy(&output.stderr);
        assert!(messages.contains("404") && !messages.contains("saved in"), "{event}: {messages}");
        let lines = String::from_utf8_lossy(&output.stdout);
        assert_eq!(serde_json::from_str::<Value>(&lines).unwrap()["failed"], 1, "{event}: {lines}");
    }
    assert!(!test.deliveries().exists());
    assert_eq!(std::fs::read_to_string(summary).unwrap(), "");
}

#[test]
fn a_stream_event_names_the_endpoints_that_get_it() {
    let test = Test::new().endpoint(&[Reply::Status(200)]);
    let finished = test.args(&["sample", "build.created.stream", "--send"]).run().status(0);
    assert_eq!(finished.request().header("x-webhook-event"), Some("build.created"));
    finished.stderr(
        "build.created.stream goes to endpoints with `only_stream = \"betas\"`; those without `only_stream` get build.created\n",
    );
}
