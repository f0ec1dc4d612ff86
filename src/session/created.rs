//! The builds that artifacts make: found by pattern, read, kept for later events, and saved.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Error, Result};

use super::{Sender, artifacts, kept_builds, patterns};
use crate::event::Event;
use crate::exit_code::ExitCode;
use crate::file_rules::FileRules;
use crate::sent_build::SentBuild;
use crate::settings::{ArtifactOptions, SAVE};
use crate::system::System;

/// The artifacts that a command announces.
#[derive(Debug, Clone, Default)]
pub(crate) struct Artifacts {
    /// Names and patterns, in the user's order.
    pub(crate) patterns: Vec<PathBuf>,
    /// The file to save the builds in.
    pub(crate) save: Option<PathBuf>,
}

impl Artifacts {
    /// The builds are saved in the file of the flag, else in that of the variable.
    pub(crate) fn new(patterns: Vec<PathBuf>, save: Option<PathBuf>, system: &System) -> Self {
        let save = save.or_else(|| system.environment.get(SAVE).map(PathBuf::from));
        Self { patterns, save: save.map(|file| system.folder.join(file)) }
    }
}

/// The events of builds.
#[derive(Debug)]
pub(crate) struct Created {
    pub(crate) events: Vec<Event>,
    /// The first failure that is fatal to the command.
    pub(crate) exit_code: ExitCode,
}

impl Created {
    /// Reads the artifacts. Each that cannot be read, and each pattern without a match, is reported and costs no other: it
    /// is an error if `is_fatal`, else a warning. A dry run keeps and saves nothing.
    pub(crate) fn read(
        artifacts: &Artifacts,
        options: &ArtifactOptions,
        is_fatal: bool,
        sender: &mut Sender,
    ) -> Result<Self> {
        let (rules, mut warnings) = (sender.session.file_rules(), Vec::new());
        let folder = &sender.session.system.folder;
        let (files, errors) = patterns::find_each(&artifacts.patterns, folder, &rules, &mut warnings);
        sender.session.console.warnings(&warnings);
        let mut created = Self { events: Vec::new(), exit_code: ExitCode::Success };
        created.report(errors, is_fatal, sender);
        if files.is_empty() {
            return Ok(created);
        }
        let (builds, errors) = artifacts::builds(options, &files, sender)?;
        created.report(errors, is_fatal, sender);
        created.events = sender.created(builds)?;
        if !sender.is_dry_run() && !created.events.is_empty() {
            kept_builds::keep(&created.events, sender);
            if let Some(Err(error)) = artifacts.save.as_deref().map(|file| created.save(file, &rules)) {
                created.report(vec![error], is_fatal, sender);
            }
        }
        Ok(created)
    }

    /// The builds.
    pub(crate) fn builds(&self) -> Vec<&SentBuild> {
        self.events.iter().filter_map(Event::sent_build).collect()
    }

    fn report(&mut self, errors: Vec<Error>, is_fatal: bool, sender: &mut Sender) {
        for error in errors {
            let text = format!("{error:#}");
            if is_fatal {
                sender.session.console.error(&text);
                let is_missing = error.is::<patterns::NoMatch>();
                self.exit_code =
                    self.exit_code.or(if is_missing { ExitCode::Undelivered } else { ExitCode::Error });
            } else {
                sender.session.console.warning(&text);
            }
        }
    }

    /// Writes one build as an object, several as a list.
    fn save(&self, path: &Path, rules: &FileRules) -> Result<()> {
        let json = match self.builds().as_slice() {
            [only] => serde_json::to_string_pretty(only)?,
            several => serde_json::to_string_pretty(several)?,
        };
        let write = |mut file: File| file.write_all((json + "\n").as_bytes());
        let written = rules.create(path).and_then(write);
        written.with_context(|| format!("cannot save the build to {}", path.display()))
    }
}
