//! How an event is written: name, headers, body. One file per form; none knows another.

mod bitrise;
mod buildstash;
mod cdevents;

use anyhow::Result;
use serde::{Deserialize, Serialize};

use crate::artifact::Artifact;
use crate::event::{Event, Kind};
use crate::event_name::EventName;
use crate::settings::FormatChoice;

/// The wire form of a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// <https://devcenter.bitrise.io/en/apps/webhooks/adding-outgoing-webhooks.html>
    Bitrise,
    /// <https://docs.buildstash.com>
    Buildstash,
    /// <https://cdevents.dev>, in CloudEvents' HTTP binary mode.
    CdEvents,
}

/// An event as it goes over the wire, before it is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payload {
    /// The event's name.
    pub name: EventName,
    /// The form it is written in.
    pub form: Form,
    /// Headers that belong to the form.
    pub headers: Vec<(&'static str, String)>,
    /// The body, JSON.
    pub json: String,
}

/// What is known about a file, in Buildstash's shapes: `filename, size_bytes, size_string, checksum_md5, filetype,
/// platform, architectures, version, build_number, ios_info, android_info`.
pub fn metadata(artifact: &Artifact) -> Result<serde_json::Value> {
    buildstash::metadata(artifact)
}

/// A build in Buildstash's form, to be kept for events to come. `None` for events that bring no new build.
pub fn build(event: &Event) -> Result<Option<serde_json::Value>> {
    buildstash::build(event)
}

/// Writes an event under `name` in the form that an endpoint wants. `strict` leaves out of the Bitrise form what
/// Bitrise's page does not list.
pub fn render(event: &Event, name: EventName, choice: FormatChoice, strict: bool) -> Result<Payload> {
    let (native_form, native_json) = match &event.kind {
        Kind::Triggered | Kind::Finished(_) => (Form::Bitrise, bitrise::json(event, strict)?),
        _ => (Form::Buildstash, buildstash::json(event, name)?),
    };
    match choice {
        FormatChoice::Native => {
            let headers = match native_form {
                Form::Bitrise => vec![("bitrise-event-type", name.as_str().to_owned())],
                Form::Buildstash | Form::CdEvents => Vec::new(),
            };
            Ok(Payload { name, form: native_form, headers, json: native_json })
        }
        FormatChoice::CdEvents => cdevents::payload(event, name, &native_json),
    }
}
