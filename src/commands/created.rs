//! `created`: artifacts are available. Each becomes a separate build with its own event.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::cli::SendFlags;
use crate::event::Event;
use crate::exit_code::ExitCode;
use crate::file_rules::FileRules;
use crate::report::printable;
use crate::sent_build::SentBuild;
use crate::session::{Session, Step, artifacts, kept_builds, patterns};
use crate::settings::ArtifactOptions;

pub(super) fn created(
    files: &[PathBuf],
    save: Option<&Path>,
    session: Session,
    flags: SendFlags,
) -> Result<ExitCode> {
    let mut sender = session.into_sender(Step::Adds, flags)?;
    let options = ArtifactOptions::read_for_builds(sender.session.settings.raw())?;
    let rules = sender.session.file_rules();
    let mut warnings = Vec::new();
    let files = patterns::find(files, &sender.session.system.folder, &rules, &mut warnings)?;
    sender.session.console.warnings(&warnings);
    let (builds, errors) = artifacts::builds(&options, &files, &mut sender)?;
    errors.iter().for_each(|error| sender.session.console.error(&format!("{error:#}")));
    let worst = if errors.is_empty() { ExitCode::Success } else { ExitCode::Error };
    let or_worst = |code| if code == ExitCode::Success { worst } else { code };
    if builds.is_empty() {
        return Ok(worst);
    }
    let events = sender.created(builds)?;
    if flags.dry_run {
        return sender.send(&events).map(or_worst);
    }
    kept_builds::keep(&events, &mut sender);
    let builds: Vec<&SentBuild> = events.iter().filter_map(Event::sent_build).collect();
    if !flags.json {
        for build in &builds {
            sender.session.console.print(&printable(build.id()));
        }
    }
    // The builds are sent even if they cannot be saved.
    let rules = &sender.session.settings.file_rules;
    let saved = save.map_or(Ok(()), |file| write(&builds, &sender.session.system.folder.join(file), rules));
    let exit_code = sender.send(&events)?;
    saved.map(|()| or_worst(exit_code))
}

/// Writes one build as an object, several as a list.
fn write(builds: &[&SentBuild], path: &Path, rules: &FileRules) -> Result<()> {
    let json = match builds {
        [only] => serde_json::to_string_pretty(only)?,
        several => serde_json::to_string_pretty(several)?,
    };
    let write = |mut file: File| file.write_all((json + "\n").as_bytes());
    let written = rules.create(path).and_then(write);
    written.with_context(|| format!("cannot save the build to {}", path.display()))
}
