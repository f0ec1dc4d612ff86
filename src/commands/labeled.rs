//! `labeled`: labels were added to builds. Each label of each build has its own event.

use anyhow::Result;

use crate::cli::SendFlags;
use crate::event::EventDetails;
use crate::exit_code::ExitCode;
use crate::ids::Scope;
use crate::session::{Session, kept_builds};
use crate::settings::{ArtifactOptions, Mistake};

pub(super) fn labeled(builds: &[String], session: Session, flags: SendFlags) -> Result<ExitCode> {
    let mut sender = session.into_sender(Scope::Run, flags)?;
    let labels = ArtifactOptions::labels(sender.session.settings.raw())?;
    if labels.is_empty() {
        return Err(Mistake::Missing { setting: "labels" }.into());
    }
    let mut events = Vec::new();
    for build in kept_builds::find(builds, &mut sender)? {
        for label in &labels {
            let details = EventDetails::Labeled { build: build.clone(), label: label.clone() };
            events.push(sender.event(details)?);
        }
    }
    sender.send(&events)
}
