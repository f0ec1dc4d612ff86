//! The exact bytes of each event, with a fixed clock and fixed randomness.

use std::sync::Arc;

use buildhook::artifact::{Artifact, Details, Version, catalog};
use buildhook::ci::{BuildStatus, Context, GitQuestions, Sourced, detect};
use buildhook::event::{Build, Event, EventDetails, EventSource, ReleaseDetails};
use buildhook::format::{FormatChoice, Strictness, labeled, moved, render, render_build};
use buildhook::ids::{IdOverrides, Ids, Scope};
use buildhook::job_result::{JobResult, Jobs};
use buildhook::system::{Environment, System};
use serde_json::{Map, Value, json};

use crate::builder::Test;
use crate::cdevents::invalid_parts;
use crate::environments::{
    Variables, github_pull_request, github_pull_request_event, github_push, github_push_event,
};

pub fn system(variables: Variables) -> System {
    System {
        machine_config: "/nonexistent".into(),
        stderr_is_terminal: false,
        stdout_is_terminal: false,
        environment: Environment::from_iter(variables),
        folder: "/nonexistent".into(),
        clock: || jiff::Timestamp::from_second(1_763_406_653).unwrap(),
        randomness: |bytes| {
            bytes.fill(7);
            Ok(())
        },
    }
}

fn source(system: &System, context: Context) -> EventSource {
    EventSource {
        started_at: Some(system.now() - jiff::SignedDuration::from_secs(323)),
        ids: Ids::new(&context, Scope::Run, &IdOverrides::default()),
        context,
        fields: Map::default(),
        jobs: None,
    }
}

pub fn event(system: &System, context: Context, details: EventDetails) -> Event {
    let time = system.now();
    let (id, stream_id) = (system.new_id(time).unwrap(), system.new_id(time).unwrap());
    Event { id, stream_id, time, source: Arc::new(source(system, context)), details }
}

/// An event about a build that is rendered as in the program.
pub fn created(system: &System, context: Context) -> Event {
    let source = source(system, context);
    let build = build(&source.ids);
    let sent = render_build(&build, &source, system.now()).unwrap();
    event(system, source.context, EventDetails::Created { build: Box::new(build), sent })
}

/// The context of an environment with an event file.
pub fn context(variables: Variables, event: &Value) -> (System, Context) {
    let test = Test::new().event_file(event);
    let mut variables = variables;
    let path = test.folder().join("event.json").to_str().unwrap().to_owned();
    variables.push(("GITHUB_EVENT_PATH".to_owned(), path));
    let system = system(variables);
    let context = detect(&system, Context::default(), &GitQuestions::all(std::time::Duration::MAX)).context;
    (system, context)
}

fn build(ids: &Ids) -> Build {
    let artifact = Artifact {
        filename: "app.ipa".to_owned(),
        size_bytes: 3_553_340,
        checksum_md5: "a1b2c3d4e5f6789012345678901234ab".to_owned(),
        checksum_sha256: "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0".to_owned(),
        modified_at: Some(jiff::Timestamp::from_second(1_763_406_600).unwrap()),
        filetype: catalog::find_filetype("app.ipa"),
        details: Details {
            platform: catalog::find_platform("ios"),
            architectures: vec![catalog::find_architecture("arm64v8").unwrap()],
            version: Version::parse("1.0.0"),
            build_number: Some("2025.11.17.001".to_owned()),
            ..Details::default()
        },
    };
    Build {
        id: ids.build_id(&artifact),
        shown: artifact.filename.clone(),
        artifact,
        expansion: None,
        metadata: Vec::new(),
        stream: Some("Internal Testing".to_owned()),
        labels: vec!["to-review".to_owned()],
        notes: None,
        download_url: None,
    }
}

pub fn body(event: &Event, only_stream: Option<&str>, format: FormatChoice, strict: bool) -> String {
    let name = event.name_for(only_stream, None).unwrap();
    let strictness = if strict { Strictness::Strict } else { Strictness::Extended };
    render(event, name, format, strictness).unwrap().json
}

pub fn cdevents() -> FormatChoice {
    FormatChoice::by_name("cdevents").unwrap()
}

#[test]
fn build_triggered() {
    let (system, context) = context(github_pull_request(), &github_pull_request_event());
    let event = event(&system, context, EventDetails::Triggered);
    insta::assert_snapshot!(body(&event, None, FormatChoice::Native, false));
    insta::assert_snapshot!("build_triggered_strict", body(&event, None, FormatChoice::Native, true));
    insta::assert_snapshot!("build_triggered_cdevents", body(&event, None, cdevents(), false));
}

#[test]
fn build_finished() {
    let (system, context) = context(github_push(), &github_push_event());
    let event = event(&system, context, EventDetails::Finished(BuildStatus::Success));
    insta::assert_snapshot!(body(&event, None, FormatChoice::Native, false));
    insta::assert_snapshot!("build_finished_cdevents", body(&event, None, cdevents(), false));
}

#[test]
fn added_facts_and_fields_are_next_to_the_keys_of_the_products() {
    let (system, mut context) = context(github_push(), &github_push_event());
    let matrix = json!({ "os": "windows", "debug": true });
    context.job.matrix = matrix.as_object().cloned();
    context.previous_status = Some(Sourced::new("failed", ""));
    let mut finished = event(&system, context.clone(), EventDetails::Finished(BuildStatus::Failed));
    let jobs =
        [("linux", JobResult::Success), ("windows", JobResult::Failed), ("deploy", JobResult::Skipped)];
    let jobs = jobs.map(|(name, result)| (name.to_owned(), result));
    let source = Arc::make_mut(&mut finished.source);
    source.jobs = Some(Jobs(jobs.into()));
    source.fields = json!({ "team": "mobile", "count": 7 }).as_object().cloned().unwrap();
    insta::assert_snapshot!("added_to_finished", body(&finished, None, FormatChoice::Native, false));
    let mut created = created(&system, context);
    Arc::make_mut(&mut created.source).fields = finished.source.fields.clone();
    let payload = body;
    let added = |event, strict| {
        let body: Value = serde_json::from_str(&payload(event, None, FormatChoice::Native, strict)).unwrap();
        (body["buildhook"].clone(), body["fields"].clone(), body)
    };
    let (facts, fields, body) = added(&created, false);
    assert_eq!(fields, json!({ "team": "mobile", "count": 7 }));
    assert_eq!(facts["event_id"], body["id"]);
    assert_eq!(facts["build_slug"], body["data"]["build"]["ci_pipeline"]["build_slug"]);
    assert_eq!(facts["job"]["matrix"], matrix);
    for event in [&finished, &created] {
        let (facts, fields, body) = added(event, true);
        assert_eq!((facts, fields), (Value::Null, Value::Null), "{body}");
        assert_eq!(body["data"]["build"]["ci_pipeline"].get("build_slug"), None, "{body}");
    }
}

#[test]
fn build_created() {
    let (system, context) = context(github_push(), &github_push_event());
    let event = created(&system, context);
    insta::assert_snapshot!(body(&event, None, FormatChoice::Native, false));
    insta::assert_snapshot!(
        "build_created_stream",
        body(&event, Some("Internal Testing"), FormatChoice::Native, false)
    );
    insta::assert_snapshot!("build_created_cdevents", body(&event, None, cdevents(), false));
}

#[test]
fn build_moved_labeled_and_released() {
    let (system, context) = context(github_push(), &github_push_event());
    let build = created(&system, context.clone()).sent_build().unwrap().clone();
    let ids = source(&system, context.clone()).ids;
    let details = |build, stream: &str| EventDetails::Moved {
        build: moved(build, stream, &ids, system.now()).unwrap(),
        stream: stream.to_owned(),
    };
    let moved = event(&system, context.clone(), details(build.clone(), "Beta"));
    insta::assert_snapshot!("build_moved", body(&moved, None, FormatChoice::Native, false));
    insta::assert_snapshot!("build_moved_stream", body(&moved, Some("Beta"), FormatChoice::Native, false));
    insta::assert_snapshot!("build_moved_cdevents", body(&moved, None, cdevents(), false));
    let details = EventDetails::Labeled {
        build: labeled(build.clone(), "approved", &ids, system.now()).unwrap(),
        label: "approved".to_owned(),
    };
    let labeled = event(&system, context.clone(), details);
    insta::assert_snapshot!("build_label_added_cdevents", body(&labeled, None, cdevents(), false));
    insta::assert_snapshot!("build_label_added", body(&labeled, None, FormatChoice::Native, false));
    for (name, is_new) in [("release_created", true), ("release_updated", false)] {
        let release = ReleaseDetails {
            is_new,
            version: Version::parse("0.0.1").unwrap(),
            title: Some("Name here".to_owned()),
            notes: Some("# Release Notes\n\n- Dark mode".to_owned()),
            labels: vec!["to-publisher".to_owned()],
            builds: vec![build.clone()],
            created_at: system.now() - jiff::SignedDuration::from_hours(1),
        };
        let released = event(&system, context.clone(), EventDetails::Released(Box::new(release)));
        insta::assert_snapshot!(name, body(&released, None, FormatChoice::Native, false));
        if is_new {
            insta::assert_snapshot!("release_created_cdevents", body(&released, None, cdevents(), false));
        }
    }
}

#[test]
fn every_choice_of_format_writes_every_event() {
    let (system, context) = context(github_push(), &github_push_event());
    let created = created(&system, context.clone());
    let build = created.sent_build().unwrap().clone();
    let release = ReleaseDetails {
        is_new: true,
        version: Version::parse("0.0.1").unwrap(),
        title: None,
        notes: None,
        labels: Vec::new(),
        builds: Vec::new(),
        created_at: system.now(),
    };
    let mut events = vec![created];
    for details in [
        EventDetails::Triggered,
        EventDetails::Finished(BuildStatus::Failed),
        EventDetails::Moved { build: build.clone(), stream: "Beta".to_owned() },
        EventDetails::Labeled { build, label: "approved".to_owned() },
        EventDetails::Released(Box::new(release)),
    ] {
        events.push(event(&system, context.clone(), details));
    }
    let choices: Vec<FormatChoice> = FormatChoice::all().collect();
    assert_eq!(choices.iter().map(|choice| choice.name()).collect::<Vec<_>>(), ["native", "cdevents"]);
    for choice in choices {
        for event in &events {
            let payload = render(event, event.name(), choice, Strictness::Extended);
            let json = payload.unwrap_or_else(|error| panic!("{}: {error}", choice.name())).json;
            let value: Value = serde_json::from_str(&json).unwrap();
            assert!(value.is_object(), "{json}");
            if choice == cdevents() {
                assert_eq!(invalid_parts(&value), Vec::<String>::new(), "{json}");
            }
        }
    }
}

/// The keys of `build.created` in the order of the example on <https://docs.buildstash.com>.
const KEYS: &[&str] = &[
    "id",
    "build_structure",
    "version",
    "version_short",
    "version_semantic_major",
    "version_semantic_minor",
    "version_semantic_patch",
    "version_semantic_extra",
    "version_semantic_meta",
    "build_number",
    "platform",
    "stream",
    "labels",
    "architectures",
    "notes",
    "size_total_bytes",
    "size_total_string",
    "metadata_total_bytes",
    "primary_file",
    "expansion_files",
    "metadata_artifacts",
    "ios_info",
    "android_info",
    "build_source",
    "ci_pipeline",
    "scm",
    "pending",
    "modal_url",
    "internal_download_url",
    "application_id",
    "workspace_id",
    "built_at",
    "deleted_at",
    "created_at",
    "updated_at",
];

#[test]
fn a_created_build_has_every_key_of_the_example_in_its_order() {
    let (system, context) = context(github_push(), &github_push_event());
    let event = created(&system, context);
    let value: Value = serde_json::from_str(&body(&event, None, FormatChoice::Native, false)).unwrap();
    let build = value["data"]["build"].as_object().unwrap();
    assert_eq!(build.keys().map(String::as_str).collect::<Vec<_>>(), KEYS);
}
