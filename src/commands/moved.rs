//! `moved`: builds moved to another stream.

use anyhow::Result;

use crate::cli::SendFlags;
use crate::event::{Event, EventDetails};
use crate::exit_code::ExitCode;
use crate::ids::Scope;
use crate::session::{Session, kept_builds};
use crate::settings::{ArtifactOptions, Mistake};

pub(super) fn moved(builds: &[String], session: Session, flags: SendFlags) -> Result<ExitCode> {
    let mut sender = session.into_sender(Scope::Run, flags)?;
    let stream = ArtifactOptions::stream(sender.session.settings.raw())?
        .ok_or(Mistake::Missing { setting: "stream" })?;
    let events: Vec<Event> = kept_builds::find(builds, &mut sender)?
        .into_iter()
        .map(|build| sender.event(EventDetails::Moved { build, stream: stream.clone() }))
        .collect::<Result<_>>()?;
    sender.send(&events)
}
