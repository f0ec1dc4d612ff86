//! `finished`: a build finished.

use anyhow::Result;

use crate::ci::{self, BuildStatus, Context};
use crate::cli::SendFlags;
use crate::event::EventDetails;
use crate::exit_code::ExitCode;
use crate::ids::Scope;
use crate::session::Session;
use crate::settings::Mistake;

pub(super) fn finished(session: Session, flags: SendFlags) -> Result<ExitCode> {
    let mut sender = session.into_sender(Scope::Run, flags)?;
    let status = status(&sender.context)?;
    let event = sender.event(EventDetails::Finished(status))?;
    sender.send(&[event])
}

/// The result that the user passed or the CI reports. Fails with advice for this CI if there is none.
fn status(context: &Context) -> Result<BuildStatus, Mistake> {
    context.status.as_deref().and_then(BuildStatus::parse).ok_or_else(|| {
        let advice = ci::result_hint(context)
            .unwrap_or("pass --status success, failed, aborted or aborted-with-success");
        Mistake::NoStatus { advice: advice.to_owned() }
    })
}
