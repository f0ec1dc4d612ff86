//! `labeled`: builds get labels, each in an event of its own.

use anyhow::Result;

use crate::cli::SendFlags;
use crate::event::EventDetails;
use crate::exit_code::ExitCode;
use crate::ids::Scope;
use crate::report::Console;
use crate::session::builds;
use crate::session::dispatch::Dispatch;
use crate::settings::{ArtifactOptions, Mistake, Settings};
use crate::system::System;

pub(super) fn labeled(
    names: &[String],
    settings: Settings,
    send: SendFlags,
    system: &System,
    console: &mut Console,
) -> Result<ExitCode> {
    let dispatch = Dispatch::prepare(settings, Scope::Run, send, system, console)?;
    let labels = ArtifactOptions::labels(dispatch.settings.raw())?;
    if labels.is_empty() {
        return Err(Mistake::Missing { setting: "labels" }.into());
    }
    let mut events = Vec::new();
    for build in builds::find(names, &dispatch)? {
        for label in &labels {
            events
                .push(dispatch.event(EventDetails::Labeled { build: build.clone(), label: label.clone() })?);
        }
    }
    dispatch.send(&events, console)
}
