//! `labeled`: labels were added to builds. Each label of each build has its own event.

use anyhow::Result;

use crate::cli::SendFlags;
use crate::event::EventDetails;
use crate::exit_code::ExitCode;
use crate::format;
use crate::session::{Session, Step, kept_builds};
use crate::settings::ArtifactOptions;

pub(super) fn labeled(builds: &[String], session: Session, flags: SendFlags) -> Result<ExitCode> {
    let mut sender = session.into_sender(Step::Promotes, flags)?;
    let labels = ArtifactOptions::labels(sender.session.settings.raw())?.0;
    if labels.is_empty() {
        return Err(sender.session.settings.missing("labels").into());
    }
    let found = kept_builds::find(builds, &mut sender)?;
    found.require_builds(&sender)?;
    let time = sender.session.system.now();
    let mut events = Vec::new();
    for mut build in found.builds.iter().cloned() {
        for label in &labels {
            build = format::labeled(build, label, &sender.ids, time)?;
            let details = EventDetails::Labeled { build: build.clone(), label: label.clone() };
            events.push(sender.event_at(details, time)?);
        }
    }
    sender.send_promotion(&events, found)
}
