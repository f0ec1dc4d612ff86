//! Wire formats: how an event becomes headers and a body. Each is a `FORMAT` in its own file, listed here.

mod added;
mod bitrise;
mod buildstash;
mod cdevents;
mod choice;
mod stored;

use std::fmt;

use anyhow::Result;

pub use buildstash::{changed, file_metadata, labeled, moved, render_build};
pub use choice::FormatChoice;

use crate::event::{Event, EventDetails};
use crate::event_name::EventName;

/// A wire format.
pub struct WireFormat {
    /// Its name in the configuration and in records, lower case.
    pub name: &'static str,
    /// The header that repeats the signature as `sha256=` and hex, for receivers of this format.
    pub signature_header: Option<&'static str>,
    /// Whether it can write every event, so that an endpoint may choose it for all of them.
    writes_every_event: bool,
    /// Writes an event under a name. It matches all of [`EventDetails`] and fails for events outside the format.
    write: fn(&Event, EventName, Strictness) -> Result<Written>,
}

/// All formats.
pub const FORMATS: [&WireFormat; 3] = [&bitrise::FORMAT, &buildstash::FORMAT, &cdevents::FORMAT];

/// Which keys a body may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strictness {
    /// Only the keys that the format's documentation lists.
    Strict,
    /// Those, and the ones we add.
    Extended,
}

impl Strictness {
    /// The one that the setting `strict` selects.
    pub fn new(is_strict: bool) -> Self {
        if is_strict { Self::Strict } else { Self::Extended }
    }
}

/// A format's own part of a payload.
struct Written {
    headers: Vec<(&'static str, String)>,
    json: String,
}

/// An event in one format, before it is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payload {
    /// The event's name.
    pub name: EventName,
    /// The format it is written in.
    pub format: &'static WireFormat,
    /// The format's own headers.
    pub headers: Vec<(&'static str, String)>,
    /// The body, JSON.
    pub json: String,
}

/// Writes an event under `name` in the format that an endpoint chose.
pub fn render(
    event: &Event,
    name: EventName,
    choice: FormatChoice,
    strictness: Strictness,
) -> Result<Payload> {
    let format = match choice {
        FormatChoice::Native => native(&event.details),
        FormatChoice::All(format) => format,
    };
    let Written { headers, json } = (format.write)(event, name, strictness)?;
    Ok(Payload { name, format, headers, json })
}

/// The format of the product that defines the event.
fn native(details: &EventDetails) -> &'static WireFormat {
    match details {
        EventDetails::Triggered | EventDetails::Finished(_) => &bitrise::FORMAT,
        EventDetails::Created { .. }
        | EventDetails::Moved { .. }
        | EventDetails::Labeled { .. }
        | EventDetails::Released(_)
        | EventDetails::Ping => &buildstash::FORMAT,
    }
}

/// Two formats are the same if they have the same name.
impl PartialEq for WireFormat {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for WireFormat {}

impl fmt::Debug for WireFormat {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)
    }
}
