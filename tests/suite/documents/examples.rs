//! Example events: a job of a matrix in a pull request, which builds an apk, and a `ping`.

use std::sync::Arc;

use buildhook::artifact::{AndroidInfo, Artifact, Details, Version, catalog};
use buildhook::ci::{BuildStatus, Context, Sourced};
use buildhook::event::{Build, Event, EventDetails, EventSource, ReleaseDetails};
use buildhook::event_name::EventName;
use buildhook::format::{FormatChoice, labeled, moved, render_build};
use buildhook::ids::{IdOverrides, Ids, Scope};
use buildhook::sent_build::SentBuild;
use buildhook::system::System;
use serde_json::{Value, json};

use crate::environments::{github_pull_request, github_pull_request_event};
use crate::payloads::{body, cdevents, context};

/// Every event in every form: its name, what is added to the name of the file, and the body.
pub fn examples() -> Vec<(EventName, &'static str, Value)> {
    let (system, context) = matrix_job();
    let mut examples = Vec::new();
    for (event, stream) in events(&system, &context) {
        let name = event.name_for(stream, None).unwrap();
        let parsed = |format| serde_json::from_str(&body(&event, stream, format, false)).unwrap();
        examples.push((name, "", parsed(FormatChoice::Native)));
        examples.push((name, ".cdevents", parsed(cdevents())));
    }
    examples
}

/// The context of all examples.
pub fn matrix_job() -> (System, Context) {
    let (system, mut context) = context(github_pull_request(), &github_pull_request_event());
    context.git.commit_message = Some(Sourced::new("Make it faster", ""));
    context.job.matrix = json!({ "flavor": "release", "abi": "arm64-v8a" }).as_object().cloned();
    (system, context)
}

fn source(system: &System, context: &Context) -> EventSource {
    EventSource {
        context: context.clone(),
        ids: Ids::new(context, Scope::Job, &IdOverrides::default()),
        started_at: Some(system.now() - jiff::SignedDuration::from_secs(323)),
        fields: json!({ "team": "mobile" }).as_object().cloned().unwrap(),
        jobs: None,
    }
}

/// Each event, with the stream that its endpoint follows.
pub fn events(system: &System, context: &Context) -> Vec<(Event, Option<&'static str>)> {
    let source = source(system, context);
    let build = build(&source.ids);
    let sent = render_build(&build, &source, system.now()).unwrap();
    let beta = moved(sent.clone(), "betas", &source.ids, system.now()).unwrap();
    let approved = labeled(beta.clone(), "approved", &source.ids, system.now()).unwrap();
    let created = EventDetails::Created { build: Box::new(build), sent };
    let moved = EventDetails::Moved { build: beta, stream: "betas".to_owned() };
    let released = |is_new| EventDetails::Released(Box::new(release(is_new, approved.clone(), system)));
    let details = [
        (EventDetails::Triggered, None),
        (EventDetails::Finished(BuildStatus::Failed), None),
        (created.clone(), None),
        (created, Some("nightlies")),
        (moved.clone(), None),
        (moved, Some("betas")),
        (EventDetails::Labeled { build: approved.clone(), label: "approved".to_owned() }, None),
        (released(true), None),
        (released(false), None),
        (EventDetails::Ping, None),
    ];
    let source = Arc::new(source);
    let event = |details| Event {
        id: system.new_id(system.now()).unwrap(),
        stream_id: system.new_id(system.now()).unwrap(),
        time: system.now(),
        source: Arc::clone(&source),
        details,
    };
    details.into_iter().map(|(details, stream)| (event(details), stream)).collect()
}

fn release(is_new: bool, build: SentBuild, system: &System) -> ReleaseDetails {
    ReleaseDetails {
        is_new,
        version: Version::parse("1.4.0").unwrap(),
        title: Some("Summer release".to_owned()),
        notes: Some("# 1.4.0\n\n- Faster start".to_owned()),
        labels: vec!["to-publisher".to_owned()],
        builds: vec![build],
        created_at: system.now() - jiff::SignedDuration::from_hours(1),
    }
}

fn build(ids: &Ids) -> Build {
    let artifact = Artifact {
        filename: "app-release.apk".to_owned(),
        size_bytes: 3_553_340,
        checksum_md5: "a1b2c3d4e5f6789012345678901234ab".to_owned(),
        checksum_sha256: "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0".to_owned(),
        modified_at: Some(jiff::Timestamp::from_second(1_763_406_600).unwrap()),
        filetype: catalog::find_filetype("app-release.apk"),
        details: Details {
            platform: catalog::find_platform("android"),
            architectures: vec![catalog::find_architecture("arm64v8").unwrap()],
            version: Version::parse("1.4.0"),
            build_number: Some("140".to_owned()),
            android: Some(AndroidInfo {
                package_name: Some("com.example.app".to_owned()),
                minimum_api: Some(26),
                target_api: Some(35),
                version_name: Some("1.4.0".to_owned()),
                version_code: Some(140),
                is_debuggable: Some(false),
                package_signed: Some(true),
            }),
            ..Details::default()
        },
    };
    let file = |filename: &str, size_bytes| Artifact {
        filename: filename.to_owned(),
        size_bytes,
        filetype: catalog::find_filetype(filename),
        details: Details::default(),
        ..artifact.clone()
    };
    Build {
        id: ids.build_id(&artifact),
        shown: artifact.filename.clone(),
        expansion: Some(Box::new(file("main.140.com.example.app.obb", 52_428_800))),
        metadata: vec![file("build.log", 8192)],
        stream: Some("nightlies".to_owned()),
        labels: vec!["to-review".to_owned()],
        notes: Some("Signed with the upload key.".to_owned()),
        download_url: Some("https://downloads.example/app-release.apk".to_owned()),
        artifact,
    }
}
