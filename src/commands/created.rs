//! `created`: a build's artifacts are there. Each file becomes a build and an event of its own.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::cli::SendFlags;
use crate::exit_code::ExitCode;
use crate::ids::Scope;
use crate::report::Console;
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
    let builds = builds::keep(&events, &dispatch, console)?;
    if !dispatch.is_dry_run() && !dispatch.prints_json() {
        for build in &builds {
            console.print(build["id"].as_str().unwrap_or_default());
        }
    }
    // A build that cannot be saved is sent all the same.
    let saved = if dispatch.is_dry_run() { Ok(()) } else { write(&builds, save, system) };
    let exit = dispatch.send(&events, console)?;
    saved.map(|()| exit)
}

/// Writes the builds to the file that the user names.
fn write(builds: &[Value], file: Option<&Path>, system: &System) -> Result<()> {
    let Some(file) = file else { return Ok(()) };
    let text = match builds {
        [only] => serde_json::to_string_pretty(only)?,
        several => serde_json::to_string_pretty(several)?,
    };
    let path = system.folder.join(file);
    std::fs::write(&path, text + "\n").with_context(|| format!("cannot save the build to {}", path.display()))
}
