//! `finished`: a build has ended.

use anyhow::Result;

use crate::ci::{self, BuildStatus, Context};
use crate::cli::SendFlags;
use crate::event::EventDetails;
use crate::exit_code::ExitCode;
use crate::ids::Scope;
use crate::report::Console;
use crate::session::dispatch::Dispatch;
use crate::settings::{Mistake, Settings};
use crate::system::System;

pub(super) fn finished(
    settings: Settings,
    send: SendFlags,
    system: &System,
    console: &mut Console,
) -> Result<ExitCode> {
    let dispatch = Dispatch::prepare(settings, Scope::Run, send, system, console)?;
    let status = status(&dispatch.context)?;
    let event = dispatch.event(EventDetails::Finished(status))?;
    dispatch.send(&[event], console)
}

/// What the user or the CI says about the end; if neither does, how to say it on this CI.
fn status(context: &Context) -> Result<BuildStatus, Mistake> {
    if let Some(status) = context.status.as_deref().and_then(BuildStatus::parse) {
        return Ok(status);
    }
    let advice =
        ci::result_hint(context).unwrap_or("pass --status success, failed, aborted or aborted-with-success");
    Err(Mistake::NoStatus { advice: advice.to_owned() })
}
