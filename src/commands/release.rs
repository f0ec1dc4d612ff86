//! `release created` and `release updated`: a set of builds was published.

use std::io::Read;
use std::path::Path;

use anyhow::{Context as _, Result};
use jiff::Timestamp;

use crate::artifact::Version;
use crate::ci;
use crate::cli::{ReleaseStep, SendFlags};
use crate::event::{EventDetails, ReleaseDetails};
use crate::exit_code::ExitCode;
use crate::file_rules::FileRules;
use crate::session::{Sender, Session, Step, kept_builds, releases};
use crate::settings::{ArtifactOptions, ReleaseOptions};

/// How much of a file with notes is read, in bytes.
const MAX_NOTES_BYTES: u64 = 4 << 20;

pub(super) fn release(
    step: ReleaseStep,
    builds: &[String],
    session: Session,
    flags: SendFlags,
) -> Result<ExitCode> {
    let mut sender = session.into_sender(Step::Promotes, flags)?;
    let time = sender.session.system.now();
    let mut details = details(step, &sender, time)?;
    details.builds = kept_builds::find(builds, &mut sender)?.builds;
    let id = details.id(&sender.ids);
    if step == ReleaseStep::Updated {
        releases::complete(&id, &mut details, &mut sender);
    }
    if details.builds.is_empty() {
        let hint = sender.session.settings.build_hint();
        sender
            .session
            .console
            .warning(&format!("the release has no builds: none of this run is kept; {hint}: ids, or files"));
    }
    if !flags.dry_run {
        releases::keep(&id, &details, &mut sender);
    }
    let event = sender.event_at(EventDetails::Released(Box::new(details)), time)?;
    sender.send(&[event])
}

/// Options override the release that the CI reports; the version falls back to the tag.
fn details(step: ReleaseStep, sender: &Sender, time: Timestamp) -> Result<ReleaseDetails> {
    let (raw, system) = (sender.session.settings.raw(), sender.session.system);
    let ReleaseOptions { title, notes_file } = ReleaseOptions::read(raw)?;
    let reported = ci::Release::detect(&system.environment);
    let tag = reported.tag.as_deref().or(sender.context.git.tag.as_deref());
    let version = ArtifactOptions::version(raw)?.or_else(|| tag.and_then(Version::parse));
    let notes = match notes_file {
        Some(path) => Some(read_notes(&system.folder.join(path), &sender.session.file_rules())?),
        None => ArtifactOptions::notes(raw)?.or(reported.notes),
    };
    Ok(ReleaseDetails {
        is_new: step == ReleaseStep::Created,
        version: version.ok_or_else(|| sender.session.settings.missing("version"))?,
        title: title.or(reported.title),
        notes,
        labels: ArtifactOptions::labels(raw)?.0,
        builds: Vec::new(),
        // An update does not contain it; the CI may report it.
        created_at: reported.created_at.filter(|_| step == ReleaseStep::Updated).unwrap_or(time),
    })
}

fn read_notes(path: &Path, rules: &FileRules) -> Result<String> {
    let mut notes = String::new();
    let read =
        rules.open_content(path).and_then(|file| file.take(MAX_NOTES_BYTES).read_to_string(&mut notes));
    read.with_context(|| format!("cannot read the notes in {}", path.display()))?;
    Ok(notes)
}
