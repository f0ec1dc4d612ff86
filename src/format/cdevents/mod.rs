//! Every event as a CDEvent 0.5.1, <https://github.com/cdevents/spec/tree/v0.5.1>.
//!
//! The event's native format is included as `customData`, so nothing is lost.

mod content;
mod package_url;
mod uri;

use anyhow::Result;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{Strictness, WireFormat, Written, native};
use crate::event::{Event, EventDetails, EventSource, ReleaseDetails};
use crate::event_name::EventName;
use crate::sent_build::SentBuild;
use content::{Content, type_and_content};

pub(super) const FORMAT: WireFormat =
    WireFormat { name: "cdevents", signature_header: None, writes_every_event: true, write };

const SPEC_VERSION: &str = "0.5.1";

/// The source of events from where no repository and no pipeline is known: a URI reference.
const UNKNOWN_SOURCE: &str = "/buildhook";

#[derive(Serialize)]
struct Body<'a> {
    context: ContextObject<'a>,
    subject: Subject<'a>,
    #[serde(rename = "customData")]
    custom_data: Box<RawValue>,
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
    /// The same in all events of a run.
    #[serde(rename = "chainId")]
    chain_id: String,
}

#[derive(Serialize)]
struct Subject<'a> {
    id: &'a str,
    source: &'a str,
    content: Content<'a>,
}

/// The headers are those of CloudEvents' HTTP binary mode,
/// <https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md>.
fn write(event: &Event, name: EventName, strictness: Strictness) -> Result<Written> {
    let context = &event.source.context;
    let native = (native(&event.details).write)(event, name, strictness)?;
    let (event_type, content) = type_and_content(event);
    let source = source(context.git.repository_url.as_deref(), context.pipeline.url.as_deref());
    let (subject_id, subject_source) = subject(event, &source);
    let (id, timestamp) = (event.id_as(name).to_string(), format!("{:.6}", event.time));
    let body = Body {
        context: ContextObject {
            specversion: SPEC_VERSION,
            id: &id,
            source: &source,
            r#type: event_type,
            timestamp: &timestamp,
            chain_id: chain_id(&event.source.ids.run_slug).to_string(),
        },
        subject: Subject { id: &subject_id, source: &subject_source, content },
        custom_data: RawValue::from_string(custom_data(event, native.json)?)?,
        custom_data_content_type: "application/json",
    };
    let json = serde_json::to_string(&body)?;
    let headers = vec![
        ("ce-specversion", "1.0".to_owned()),
        ("ce-id", id),
        ("ce-source", header_value(&source)),
        ("ce-type", event_type.to_owned()),
        ("ce-subject", header_value(&subject_id)),
        ("ce-time", timestamp),
    ];
    Ok(Written { headers, json })
}

/// The UUID of a run's events.
fn chain_id(run: &str) -> Uuid {
    let hash = Sha256::digest(format!("chain\0{run}"));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// The repository, else the pipeline.
fn source(repository_url: Option<&str>, pipeline_url: Option<&str>) -> String {
    let known = repository_url.and_then(uri::from_url).or_else(|| pipeline_url.and_then(uri::from_url));
    known.unwrap_or_else(|| UNKNOWN_SOURCE.to_owned())
}

/// The id and source of what the event is about: the build, its artifact, a release that is not just one artifact, or itself.
fn subject(event: &Event, source: &str) -> (String, String) {
    match &event.details {
        EventDetails::Triggered | EventDetails::Finished(_) => {
            (event.source.ids.build_slug.clone(), source.to_owned())
        }
        EventDetails::Created { sent: build, .. }
        | EventDetails::Moved { build, .. }
        | EventDetails::Labeled { build, .. } => artifact(build),
        EventDetails::Released(release) => match release.builds.as_slice() {
            [build] => artifact(build),
            _ => (release_id(&event.source, release), source.to_owned()),
        },
        // It is about no build.
        EventDetails::Ping => (event.id.to_string(), source.to_owned()),
    }
}

/// An artifact has the id and source with which it was created, whoever moves, labels or releases it.
fn artifact(build: &SentBuild) -> (String, String) {
    let object = Value::from(build.clone());
    let (repository_url, pipeline_url) =
        (&object["scm"]["scm_repo_url"], &object["ci_pipeline"]["ci_pipeline_url"]);
    (package_url::artifact(build), source(repository_url.as_str(), pipeline_url.as_str()))
}

/// The package URL of a release: of its first build's repository, else of the sender's.
fn release_id(sender: &EventSource, release: &ReleaseDetails) -> String {
    let first = release.builds.first().cloned().map(Value::from).unwrap_or_default();
    let repositories = [first["scm"]["scm_repo_name"].as_str(), sender.context.git.repository.as_deref()];
    let repository = repositories.into_iter().flatten().find(|name| !name.trim_matches('/').is_empty());
    package_url::release(repository.unwrap_or(&sender.ids.application_id), &release.version.full())
}

/// The event in its native format. A release's builds have no files there, so their package URLs are added.
fn custom_data(event: &Event, native: String) -> Result<String> {
    let EventDetails::Released(release) = &event.details else { return Ok(native) };
    let mut object: Value = serde_json::from_str(&native)?;
    object["artifacts"] = release.builds.iter().map(package_url::artifact).collect();
    Ok(object.to_string())
}

/// Percent-encodes a header's value as CloudEvents require: space, quote, percent and everything beyond ASCII.
fn header_value(text: &str) -> String {
    const HEADER: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'%');
    utf8_percent_encode(text, HEADER).to_string()
}
