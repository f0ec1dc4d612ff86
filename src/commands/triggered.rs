//! `triggered`: a build starts.

use anyhow::Result;

use crate::cli::SendFlags;
use crate::event::EventDetails;
use crate::exit_code::ExitCode;
use crate::ids::Scope;
use crate::report::Console;
use crate::session::dispatch::Dispatch;
use crate::settings::Settings;
use crate::system::System;

pub(super) fn triggered(
    settings: Settings,
    send: SendFlags,
    system: &System,
    console: &mut Console,
) -> Result<ExitCode> {
    let dispatch = Dispatch::prepare(settings, Scope::Run, send, system, console)?;
    let event = dispatch.event(EventDetails::Triggered)?;
    dispatch.save_start(&event, console);
    dispatch.send(&[event], console)
}
