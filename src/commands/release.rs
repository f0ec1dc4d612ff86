//! `release created` and `release updated`: builds are put together for the world.

use anyhow::{Context as _, Result};

use crate::artifact::Version;
use crate::ci::{self};
use crate::cli::{ReleaseStep, SendFlags};
use crate::event::{Kind, Release};
use crate::exit_code::ExitCode;
use crate::ids::Scope;
use crate::report::Console;
use crate::session::builds;
use crate::session::dispatch::Dispatch;
use crate::settings::{Mistake, Settings};
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
    let said = &dispatch.settings.other;
    let expected = "a semantic version such as 1.4.0 or 1.4.0-rc.1+7";
    let known = ci::release_of(&system.environment);
    let version = match said.read("version", expected, Version::parse)? {
        Some(version) => version,
        None => {
            let tag = known.tag.as_deref().or(dispatch.context.git.tag.as_deref());
            tag.and_then(Version::parse).ok_or(Mistake::Missing { setting: "version" })?
        }
    };
    let notes = match said.text("notes_file") {
        Some(name) => Some(
            std::fs::read_to_string(system.folder.join(name))
                .with_context(|| format!("cannot read the notes in {name}"))?,
        ),
        None => said.text("notes").map(str::to_owned).or(known.notes),
    };
    let builds = if names.is_empty() { Vec::new() } else { builds::find(names, &dispatch)? };
    let release = Release {
        is_new: step == ReleaseStep::Created,
        version,
        title: said.text("title").map(str::to_owned).or(known.title),
        notes,
        labels: said.list("labels"),
        builds,
    };
    let event = dispatch.event(Kind::Released(Box::new(release)))?;
    dispatch.send(&[event], console)
}
