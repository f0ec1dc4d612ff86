//! `created`: a build's artifacts are there. Each file becomes a build and an event of its own.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::cli::SendFlags;
use crate::event::Event;
use crate::exit_code::ExitCode;
use crate::ids::Scope;
use crate::report::Console;
use crate::sent_build::SentBuild;
use crate::session::builds;
use crate::session::dispatch::Dispatch;
use crate::settings::{ArtifactOptions, Settings};
use crate::system::System;

pub(super) fn created(
    files: &[PathBuf],
    save: Option<&Path>,
    settings: Settings,
    send: SendFlags,
    system: &System,
    console: &mut Console,
) -> Result<ExitCode> {
    let dispatch = Dispatch::prepare(settings, Scope::Run, send, system, console)?;
    let options = ArtifactOptions::read(dispatch.settings.raw())?;
    let events = options.events(files, &dispatch, console)?;
    if dispatch.is_dry_run() {
        return dispatch.send(&events, console);
    }
    builds::keep(&events, &dispatch, console)?;
    let builds: Vec<&SentBuild> = events.iter().filter_map(Event::sent_build).collect();
    if !dispatch.prints_json() {
        for build in &builds {
            console.print(build.id());
        }
    }
    // The build is sent even if it cannot be saved.
    let saved = save.map_or(Ok(()), |file| write(&builds, &system.folder.join(file)));
    let exit_code = dispatch.send(&events, console)?;
    saved.map(|()| exit_code)
}

/// Writes one build as an object, several as a list.
fn write(builds: &[&SentBuild], path: &Path) -> Result<()> {
    let json = match builds {
        [only] => serde_json::to_string_pretty(only)?,
        several => serde_json::to_string_pretty(several)?,
    };
    std::fs::write(path, json + "\n").with_context(|| format!("cannot save the build to {}", path.display()))
}
