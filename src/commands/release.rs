//! `release created` and `release updated`: builds are put together for the world.

use anyhow::{Context as _, Result};

use crate::artifact::Version;
use crate::ci::{self};
use crate::cli::{ReleaseStep, SendFlags};
use crate::event::{EventDetails, ReleaseDetails};
use crate::exit_code::ExitCode;
use crate::ids::Scope;
use crate::report::Console;
use crate::session::builds;
use crate::session::dispatch::Dispatch;
use crate::settings::{ArtifactOptions, Mistake, ReleaseOptions, Settings};
use crate::system::System;

/// Version, title and notes are those of the flags, else those of the CI's own release; the version is the tag's
/// where nobody says more.
pub(super) fn release(
    step: ReleaseStep,
    names: &[String],
    settings: Settings,
    send: SendFlags,
    system: &System,
    console: &mut Console,
) -> Result<ExitCode> {
    let dispatch = Dispatch::prepare(settings, Scope::Run, send, system, console)?;
    let raw = dispatch.settings.raw();
    let ReleaseOptions { title, notes_file } = ReleaseOptions::read(raw)?;
    let known = ci::Release::detect(&system.environment);
    let version = match ArtifactOptions::version(raw)? {
        Some(version) => version,
        None => {
            let tag = known.tag.as_deref().or(dispatch.context.git.tag.as_deref());
            tag.and_then(Version::parse).ok_or(Mistake::Missing { setting: "version" })?
        }
    };
    let notes = match notes_file {
        Some(path) => Some(
            std::fs::read_to_string(system.folder.join(&path))
                .with_context(|| format!("cannot read the notes in {}", path.display()))?,
        ),
        None => ArtifactOptions::notes(raw)?.or(known.notes),
    };
    let builds = if names.is_empty() { Vec::new() } else { builds::find(names, &dispatch)? };
    let release = ReleaseDetails {
        is_new: step == ReleaseStep::Created,
        version,
        title: title.or(known.title),
        notes,
        labels: ArtifactOptions::labels(raw)?,
        builds,
    };
    let event = dispatch.event(EventDetails::Released(Box::new(release)))?;
    dispatch.send(&[event], console)
}
