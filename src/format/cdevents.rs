//! All events as CDEvents 0.5.1, in CloudEvents' HTTP binary mode.
//!
//! <https://github.com/cdevents/spec/tree/v0.5.1>. The native form of the event travels as `customData`, so that
//! nothing is lost.

use anyhow::Result;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde::Serialize;
use serde_json::value::RawValue;

use super::{Form, Payload};
use crate::ci::BuildStatus;
use crate::event::{Build, Event, Kind};
use crate::event_name::EventName;

#[derive(Serialize)]
struct Body<'a> {
    context: ContextObject<'a>,
    subject: Subject<'a>,
    #[serde(rename = "customData")]
    custom_data: &'a RawValue,
    #[serde(rename = "customDataContentType")]
    custom_data_content_type: &'static str,
}

#[derive(Serialize)]
struct ContextObject<'a> {
    specversion: &'static str,
    id: String,
    source: &'a str,
    r#type: &'static str,
    timestamp: String,
    /// The same for all events of one build.
    #[serde(rename = "chainId")]
    chain_id: &'a str,
}

#[derive(Serialize)]
struct Subject<'a> {
    id: String,
    source: &'a str,
    content: Content<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Content<'a> {
    Run {
        #[serde(rename = "pipelineName", skip_serializing_if = "Option::is_none")]
        pipeline_name: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        uri: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        outcome: Option<&'static str>,
    },
    Packaged {
        change: Change<'a>,
    },
    Published {},
}

#[derive(Serialize)]
struct Change<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'a str>,
}

/// The event as a CDEvent. A run is `started` if name and page of the pipeline are known, which that type
/// demands, else `queued`; an artifact is `packaged` if its commit is known, else `published`.
pub(super) fn payload(event: &Event, name: EventName, native_json: &str) -> Result<Payload> {
    let context = &event.context;
    let pipeline_name = context.pipeline.name.as_deref();
    let uri = context.run.url.as_deref();
    let run = |outcome| Content::Run { pipeline_name, uri, outcome };
    let (r#type, content) = match &event.kind {
        Kind::Triggered if pipeline_name.is_some() && uri.is_some() => {
            ("dev.cdevents.pipelinerun.started.0.3.0", run(None))
        }
        Kind::Triggered => ("dev.cdevents.pipelinerun.queued.0.3.0", run(None)),
        Kind::Finished(status) => ("dev.cdevents.pipelinerun.finished.0.3.0", run(Some(outcome(*status)))),
        Kind::Created(_) => match context.git.commit_sha.as_deref() {
            Some(id) => {
                let change = Change { id, source: context.git.repository_url.as_deref() };
                ("dev.cdevents.artifact.packaged.0.3.0", Content::Packaged { change })
            }
            None => ("dev.cdevents.artifact.published.0.3.0", Content::Published {}),
        },
        Kind::Moved { .. } | Kind::Labeled { .. } | Kind::Released(_) => {
            ("dev.cdevents.artifact.published.0.3.0", Content::Published {})
        }
    };
    let source =
        context.git.repository_url.as_deref().or(context.pipeline.url.as_deref()).unwrap_or("/buildhook");
    let timestamp = format!("{:.6}", event.time);
    let body = Body {
        context: ContextObject {
            specversion: "0.5.1",
            id: event.id.to_string(),
            source,
            r#type,
            timestamp: timestamp.clone(),
            chain_id: &event.ids.build_slug,
        },
        subject: Subject { id: subject(event), source, content },
        custom_data: serde_json::from_str(native_json)?,
        custom_data_content_type: "application/json",
    };
    let headers = vec![
        ("ce-specversion", "1.0".to_owned()),
        ("ce-id", event.id.to_string()),
        ("ce-source", header_value(source)),
        ("ce-type", r#type.to_owned()),
        ("ce-time", timestamp),
    ];
    Ok(Payload { name, form: Form::CdEvents, headers, json: serde_json::to_string(&body)? })
}

fn outcome(status: BuildStatus) -> &'static str {
    match status {
        BuildStatus::Success | BuildStatus::AbortedWithSuccess => "success",
        BuildStatus::Failed => "failure",
        BuildStatus::Aborted => "cancel",
    }
}

/// Bytes that a package URL and a CloudEvents header must not hold as they are.
const ESCAPED: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'%').add(b'/').add(b'?').add(b'#').add(b'@').add(b'+');

/// What the event is about: a build, an artifact or a release.
fn subject(event: &Event) -> String {
    match &event.kind {
        Kind::Triggered | Kind::Finished(_) => event.ids.build_slug.clone(),
        Kind::Created(build) => package_url(build),
        Kind::Moved { build, .. } | Kind::Labeled { build, .. } => {
            build["id"].as_str().unwrap_or("unknown").to_owned()
        }
        Kind::Released(release) => event.ids.release_id(&release.version.full()),
    }
}

/// The artifact as a package URL, <https://github.com/package-url/purl-spec>.
fn package_url(build: &Build) -> String {
    let artifact = &build.artifact;
    let version = artifact.details.version.as_ref().map(|version| version.full());
    let version =
        version.map_or(String::new(), |version| format!("@{}", utf8_percent_encode(&version, ESCAPED)));
    let name = utf8_percent_encode(&artifact.filename, ESCAPED);
    format!("pkg:generic/{name}{version}?checksum=md5:{}", artifact.checksum_md5)
}

/// A header's value as CloudEvents demand it: space, quote, percent and all beyond ASCII are percent-encoded.
fn header_value(text: &str) -> String {
    const HEADER: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'%');
    utf8_percent_encode(text, HEADER).to_string()
}
