//! Every event as a CDEvent 0.5.1, <https://github.com/cdevents/spec/tree/v0.5.1>.
//!
//! The event's native format is included as `customData`, so nothing is lost.

use anyhow::Result;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde::Serialize;
use serde_json::value::RawValue;

use super::{Strictness, WireFormat, Written, native};
use crate::artifact::Artifact;
use crate::ci::{BuildStatus, Context};
use crate::event::{Event, EventDetails, EventSource};
use crate::event_name::EventName;

pub(super) const FORMAT: WireFormat =
    WireFormat { name: "cdevents", signature_header: None, writes_every_event: true, write };

const SPEC_VERSION: &str = "0.5.1";

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
    id: &'a str,
    source: &'a str,
    r#type: &'static str,
    timestamp: &'a str,
    /// The same in all events of a build.
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

/// The headers are those of CloudEvents' HTTP binary mode,
/// <https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md>.
fn write(event: &Event, name: EventName, strictness: Strictness) -> Result<Written> {
    let EventSource { context, ids, .. } = &event.source;
    let native = (native(&event.details).write)(event, name, strictness)?;
    let (event_type, content) = type_and_content(event);
    let source =
        context.git.repository_url.as_deref().or(context.pipeline.url.as_deref()).unwrap_or("/buildhook");
    let (id, timestamp) = (event.id_as(name).to_string(), format!("{:.6}", event.time));
    let body = Body {
        context: ContextObject {
            specversion: SPEC_VERSION,
            id: &id,
            source,
            r#type: event_type,
            timestamp: &timestamp,
            chain_id: &ids.build_slug,
        },
        subject: Subject { id: subject_id(event), source, content },
        custom_data: serde_json::from_str(&native.json)?,
        custom_data_content_type: "application/json",
    };
    let json = serde_json::to_string(&body)?;
    let headers = vec![
        ("ce-specversion", "1.0".to_owned()),
        ("ce-id", id),
        ("ce-source", header_value(source)),
        ("ce-type", event_type.to_owned()),
        ("ce-time", timestamp),
    ];
    Ok(Written { headers, json })
}

/// `pipelinerun.started` requires the pipeline's name and URL, so a run without them is `queued`; `artifact.packaged`
/// requires the commit, so an artifact without it is `published`.
fn type_and_content(event: &Event) -> (&'static str, Content<'_>) {
    let Context { pipeline, run, git, .. } = &event.source.context;
    let (pipeline_name, uri) = (pipeline.name.as_deref(), run.url.as_deref());
    let run = |outcome| Content::Run { pipeline_name, uri, outcome };
    let published = ("dev.cdevents.artifact.published.0.3.0", Content::Published {});
    match &event.details {
        EventDetails::Triggered if pipeline_name.is_some() && uri.is_some() => {
            ("dev.cdevents.pipelinerun.started.0.3.0", run(None))
        }
        EventDetails::Triggered => ("dev.cdevents.pipelinerun.queued.0.3.0", run(None)),
        EventDetails::Finished(status) => {
            ("dev.cdevents.pipelinerun.finished.0.3.0", run(Some(outcome(*status))))
        }
        EventDetails::Created { .. } => match git.commit_sha.as_deref() {
            Some(id) => {
                let change = Change { id, source: git.repository_url.as_deref() };
                ("dev.cdevents.artifact.packaged.0.3.0", Content::Packaged { change })
            }
            None => published,
        },
        EventDetails::Moved { .. } | EventDetails::Labeled { .. } | EventDetails::Released(_) => published,
    }
}

fn outcome(status: BuildStatus) -> &'static str {
    match status {
        BuildStatus::Success | BuildStatus::AbortedWithSuccess => "success",
        BuildStatus::Failed => "failure",
        BuildStatus::Aborted => "cancel",
    }
}

/// The build, artifact or release that the event is about.
fn subject_id(event: &Event) -> String {
    let ids = &event.source.ids;
    match &event.details {
        EventDetails::Triggered | EventDetails::Finished(_) => ids.build_slug.clone(),
        EventDetails::Created { build, .. } => package_url(&build.artifact),
        EventDetails::Moved { build, .. } | EventDetails::Labeled { build, .. } => build.id().to_owned(),
        EventDetails::Released(release) => ids.release_id(&release.version.full()),
    }
}

/// Characters to escape in the name and version of a package URL.
const PACKAGE_URL: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'%').add(b'/').add(b'?').add(b'#').add(b'@').add(b'+');

/// The artifact's package URL, <https://github.com/package-url/purl-spec>.
fn package_url(artifact: &Artifact) -> String {
    let escape = |text: &str| utf8_percent_encode(text, PACKAGE_URL).to_string();
    let version =
        artifact.details.version.as_ref().map_or_else(String::new, |v| format!("@{}", escape(&v.full())));
    format!("pkg:generic/{}{version}?checksum=md5:{}", escape(&artifact.filename), artifact.checksum_md5)
}

/// Percent-encodes a header's value as CloudEvents require: space, quote, percent and everything beyond ASCII.
fn header_value(text: &str) -> String {
    const HEADER: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'%');
    utf8_percent_encode(text, HEADER).to_string()
}
