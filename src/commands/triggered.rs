//! `triggered`: a build started.

use anyhow::Result;

use crate::cli::SendFlags;
use crate::event::EventDetails;
use crate::exit_code::ExitCode;
use crate::ids::Scope;
use crate::session::Session;

pub(super) fn triggered(session: Session, flags: SendFlags) -> Result<ExitCode> {
    let mut sender = session.into_sender(Scope::Run, flags)?;
    let event = sender.event(EventDetails::Triggered)?;
    sender.save_start(&event);
    sender.send(&[event])
}
