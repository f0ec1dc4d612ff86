//! `triggered`: a build started.

use anyhow::Result;

use crate::cli::SendFlags;
use crate::exit_code::ExitCode;
use crate::ids::Scope;
use crate::session::{Session, Step};

pub(super) fn triggered(session: Session, flags: SendFlags) -> Result<ExitCode> {
    let settings = &session.settings;
    if settings.general.scope == Scope::Run && settings.action_event.as_deref() == Some("auto") {
        session.console.warning(
            "each job with a step of `event: auto` starts and ends the whole run, because the scope is `run`; use the events \
             triggered and finished in the first and last job, or the scope `job`",
        );
    }
    let mut sender = session.into_sender(Step::Starts, flags)?;
    let event = sender.triggered(sender.session.system.now())?;
    sender.send(&[event])
}
