//! Events of builds and releases as Buildstash sends them, <https://docs.buildstash.com>: every key of its examples, in
//! their order, `null` where unknown.

mod build;
mod device_info;
mod file;
mod metadata;
mod named;
mod pipeline;
mod promotion;
mod release;
mod time;

use anyhow::{Result, bail};
use serde::Serialize;
use serde_json::{Value, json};

pub use build::render_build;
pub use metadata::file_metadata;
pub use promotion::{changed, labeled, moved};

use super::added::Added;
use super::{Strictness, WireFormat, Written};
use crate::event::{Event, EventDetails, PING_MESSAGE};
use crate::event_name::EventName;
use crate::sent_build::SentBuild;
use promotion::find_label;
use time::micros;

pub(super) const FORMAT: WireFormat =
    WireFormat { name: "buildstash", signature_header: None, writes_every_event: false, write };

#[derive(Serialize)]
struct Envelope<'a> {
    id: String,
    event: &'static str,
    /// Unix seconds.
    created: i64,
    data: Value,
    #[serde(flatten)]
    added: Option<Added<'a>>,
}

fn write(event: &Event, name: EventName, strictness: Strictness) -> Result<Written> {
    let sendable = |build: &SentBuild| match strictness {
        Strictness::Strict => build.clone().without_added_keys(),
        Strictness::Extended => build.clone(),
    };
    let data = match &event.details {
        EventDetails::Created { sent: build, .. } | EventDetails::Moved { build, .. } => {
            with_stream(name, sendable(build))
        }
        EventDetails::Labeled { build, label } => {
            let label = find_label(&build.labels(), label).cloned();
            json!({ "build": Value::from(sendable(build)), "label": label })
        }
        EventDetails::Released(details) => release::data(event, details, sendable)?,
        EventDetails::Ping => json!({ "message": PING_MESSAGE }),
        EventDetails::Triggered | EventDetails::Finished(_) => bail!("Buildstash has no event {name}"),
    };
    let (id, created) = (event.id_as(name).to_string(), event.time.as_second());
    let added = Added::new(event, name, strictness);
    let json = serde_json::to_string(&Envelope { id, event: name.as_str(), created, data, added })?;
    Ok(Written { headers: Vec::new(), json })
}

/// The `.stream` variant has the stream next to the build.
fn with_stream(name: EventName, build: SentBuild) -> Value {
    let stream = build.stream();
    let build = Value::from(build);
    if name.is_stream_form() {
        json!({ "build": build, "stream": stream })
    } else {
        json!({ "build": build })
    }
}

/// Converts by way of text: a second serializer for every struct would add 40 KB to the program.
fn to_value(object: &impl Serialize) -> Result<Value> {
    Ok(serde_json::from_str(&serde_json::to_string(object)?)?)
}
