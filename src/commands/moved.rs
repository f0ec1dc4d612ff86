//! `moved`: builds go to another stream.

use anyhow::Result;

use crate::cli::SendFlags;
use crate::event::{Event, EventDetails};
use crate::exit_code::ExitCode;
use crate::ids::Scope;
use crate::report::Console;
use crate::session::builds;
use crate::session::dispatch::Dispatch;
use crate::settings::{ArtifactOptions, Mistake, Settings};
use crate::system::System;

pub(super) fn moved(
    names: &[String],
    settings: Settings,
    send: SendFlags,
    system: &System,
    console: &mut Console,
) -> Result<ExitCode> {
    let dispatch = Dispatch::prepare(settings, Scope::Run, send, system, console)?;
    let stream =
        ArtifactOptions::stream(dispatch.settings.raw())?.ok_or(Mistake::Missing { setting: "stream" })?;
    let events: Vec<Event> = builds::find(names, &dispatch)?
        .into_iter()
        .map(|build| dispatch.event(EventDetails::Moved { build, stream: stream.clone() }))
        .collect::<Result<_>>()?;
    dispatch.send(&events, console)
}
