//! Events of builds and releases as Buildstash sends them, <https://docs.buildstash.com>: every key of its examples, in
//! their order, `null` where unknown.

mod build;
mod device_info;
mod file;
mod metadata;
mod named;
mod pipeline;
mod release;
mod time;

use anyhow::{Result, bail};
use serde::Serialize;
use serde_json::{Value, json};

pub use build::render_build;
pub use metadata::file_metadata;

use super::{Strictness, WireFormat, Written};
use crate::event::{Event, EventDetails};
use crate::event_name::EventName;
use crate::ids::Ids;
use crate::sent_build::SentBuild;
use named::{Label, Stream};
use time::micros;

pub(super) const FORMAT: WireFormat =
    WireFormat { name: "buildstash", signature_header: None, writes_every_event: false, write };

#[derive(Serialize)]
struct Envelope {
    id: String,
    event: &'static str,
    /// Unix seconds.
    created: i64,
    data: Value,
}

fn write(event: &Event, name: EventName, _: Strictness) -> Result<Written> {
    let data = match &event.details {
        EventDetails::Created { sent, .. } => with_stream(name, sent.clone(), sent.stream()),
        EventDetails::Moved { build, stream } => moved(event, name, build, stream)?,
        EventDetails::Labeled { build, label } => labeled(event, build, label)?,
        EventDetails::Released(details) => release::data(event, details)?,
        EventDetails::Triggered | EventDetails::Finished(_) => bail!("Buildstash has no event {name}"),
    };
    let (id, event, created) = (event.id_as(name).to_string(), name.as_str(), event.time.as_second());
    let json = serde_json::to_string(&Envelope { id, event, created, data })?;
    Ok(Written { headers: Vec::new(), json })
}

fn moved(event: &Event, name: EventName, build: &SentBuild, stream: &str) -> Result<Value> {
    let stream = to_value(&Stream::new(stream, &owner(build, &event.source.ids)))?;
    Ok(with_stream(name, updated(event, build).with("stream", stream.clone()), stream))
}

fn labeled(event: &Event, build: &SentBuild, label: &str) -> Result<Value> {
    let added = to_value(&Label::new(label, &owner(build, &event.source.ids)))?;
    let mut labels: Vec<Value> =
        build.labels().iter().filter(|known| known["name"] != label).cloned().collect();
    labels.push(added.clone());
    let build = Value::from(updated(event, build).with("labels", labels));
    Ok(json!({ "build": build, "label": added }))
}

/// The `.stream` variant has the stream next to the build.
fn with_stream(name: EventName, build: SentBuild, stream: Value) -> Value {
    let build = Value::from(build);
    if name.is_stream_form() {
        json!({ "build": build, "stream": stream })
    } else {
        json!({ "build": build })
    }
}

fn updated(event: &Event, build: &SentBuild) -> SentBuild {
    build.clone().with("updated_at", micros(event.time))
}

/// The ids of the application and workspace that own the build, which another pipeline may have sent.
fn owner(build: &SentBuild, sender: &Ids) -> Ids {
    sender.belonging_to(build.application_id(), build.workspace_id())
}

/// Converts by way of text: a second serializer for every struct would add 40 KB to the program.
fn to_value(object: &impl Serialize) -> Result<Value> {
    Ok(serde_json::from_str(&serde_json::to_string(object)?)?)
}
