//! `moved`: builds moved to another stream.

use anyhow::Result;

use crate::cli::SendFlags;
use crate::event::{Event, EventDetails};
use crate::exit_code::ExitCode;
use crate::format;
use crate::session::{Session, Step, kept_builds};
use crate::settings::ArtifactOptions;

pub(super) fn moved(builds: &[String], session: Session, flags: SendFlags) -> Result<ExitCode> {
    let mut sender = session.into_sender(Step::Promotes, flags)?;
    let stream = ArtifactOptions::stream(sender.session.settings.raw())?
        .ok_or_else(|| sender.session.settings.missing("stream"))?
        .0;
    let found = kept_builds::find(builds, &mut sender)?;
    found.require_builds(&sender)?;
    let time = sender.session.system.now();
    let event = |build| {
        let build = format::moved(build, &stream, &sender.ids, time)?;
        sender.event_at(EventDetails::Moved { build, stream: stream.clone() }, time)
    };
    let events: Vec<Event> = found.builds.iter().cloned().map(event).collect::<Result<_>>()?;
    sender.send_promotion(&events, found)
}
