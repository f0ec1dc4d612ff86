//! What becomes of builds that were sent before: `build.moved`, `build.label.added` and the events of releases.
//!
//! A build keeps the form in which it was sent; only what the event changes is put in.

use anyhow::Result;
use serde::Serialize;
use serde_json::{Value, json};

use super::parts::{Label, Stream};
use super::{micros, value};
use crate::artifact::Version;
use crate::event::{Event, Release};
use crate::event_name::EventName;
use crate::ids::Ids;

/// Keys of a build that a release does not repeat.
const ONLY_IN_FULL: [&str; 6] =
    ["architectures", "primary_file", "expansion_files", "metadata_artifacts", "ios_info", "android_info"];

#[derive(Serialize)]
struct Envelope {
    id: String,
    event: &'static str,
    /// Unix seconds.
    created: i64,
    data: Value,
}

/// `build.moved`, or `build.moved.stream` with the stream beside the build.
pub(super) fn moved(event: &Event, name: EventName, build: &Value, stream: &str) -> Result<String> {
    let stream = value(&Stream::of(stream, &owner(build, &event.ids)))?;
    let mut build = changed(build, event);
    build["stream"] = stream.clone();
    let data = match !name.is_stream_form() {
        true => json!({ "build": build }),
        false => json!({ "build": build, "stream": stream }),
    };
    envelope(event, name, data)
}

/// `build.label.added`.
pub(super) fn labeled(event: &Event, name: EventName, build: &Value, label: &str) -> Result<String> {
    let object = value(&Label::of(label, &owner(build, &event.ids)))?;
    let mut build = changed(build, event);
    let mut labels = build["labels"].as_array().cloned().unwrap_or_default();
    labels.retain(|known| known["name"] != label);
    labels.push(object.clone());
    build["labels"] = Value::Array(labels);
    envelope(event, name, json!({ "build": build, "label": object }))
}

/// `release.created` and `release.updated`.
pub(super) fn released(event: &Event, name: EventName, release: &Release) -> Result<String> {
    let ids = release.builds.first().map_or(event.ids.clone(), |build| owner(build, &event.ids));
    let labels: Vec<Value> =
        release.labels.iter().map(|label| value(&Label::of(label, &ids))).collect::<Result<_, _>>()?;
    let builds: Vec<Value> = release.builds.iter().map(in_short).collect();
    let Release { version, title, notes, .. } = release;
    let [major, minor, patch] = version.numbers();
    let data = json!({ "release": {
        "id": ids.release_id(&version.full()),
        "version": version.full(),
        "version_short": version.short(),
        "version_semantic_major": major,
        "version_semantic_minor": minor,
        "version_semantic_patch": patch,
        "version_semantic_extra": Version::extra(version),
        "version_semantic_meta": Version::meta(version),
        "title": title,
        "labels": labels,
        "notes": notes,
        "builds": builds,
        "application_id": ids.application_id,
        "workspace_id": ids.workspace_id,
        "created_at": micros(event.time),
        "updated_at": micros(event.time),
    }});
    envelope(event, name, data)
}

fn envelope(event: &Event, name: EventName, data: Value) -> Result<String> {
    let envelope =
        Envelope { id: event.id.to_string(), event: name.as_str(), created: event.time.as_second(), data };
    Ok(serde_json::to_string(&envelope)?)
}

/// The ids of whom the build belongs to, which another pipeline may have sent.
fn owner(build: &Value, sender: &Ids) -> Ids {
    sender.belonging_to(build["application_id"].as_str(), build["workspace_id"].as_str())
}

fn changed(build: &Value, event: &Event) -> Value {
    let mut build = build.clone();
    build["updated_at"] = json!(micros(event.time));
    build
}

fn in_short(build: &Value) -> Value {
    let mut build = build.clone();
    if let Some(entries) = build.as_object_mut() {
        entries.retain(|key, _| !ONLY_IN_FULL.contains(&key.as_str()));
    }
    build
}
