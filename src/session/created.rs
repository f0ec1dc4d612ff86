//! The builds that artifacts make: found by pattern, read, kept for later events, and saved.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, Error, Result};

use super::artifacts::{self, Read};
use super::patterns::{Finder, NoMatch};
use super::{Sender, kept_builds};
use crate::event::Event;
use crate::exit_code::ExitCode;
use crate::file_rules::FileRules;
use crate::report::Console;
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
    /// The flags that were passed without a value.
    empty: Vec<&'static str>,
}

impl Artifacts {
    /// The builds are saved in the file of the flag, else in that of the variable. Empty names count as not given.
    pub(crate) fn new(mut patterns: Vec<PathBuf>, save: Option<PathBuf>, system: &System) -> Self {
        let is_empty = |path: &PathBuf| path.as_os_str().is_empty();
        let empty = [("--artifact", patterns.iter().any(is_empty)), ("--save", save.iter().any(is_empty))];
        let empty = empty.into_iter().filter(|(_, is_empty)| *is_empty).map(|(flag, _)| flag).collect();
        patterns.retain(|pattern| !is_empty(pattern));
        let of_variable = || system.environment.get(SAVE).map(PathBuf::from);
        let save = save.filter(|file| !is_empty(file)).or_else(of_variable);
        Self { patterns, save: save.map(|file| system.folder.join(file)), empty }
    }

    /// Logs which flags were passed without a value.
    pub(crate) fn report_empty(&self, console: &mut Console) {
        self.empty.iter().for_each(|flag| console.notice(&format!("{flag} is empty and is ignored")));
    }
}

/// The most warnings, and the most errors, about patterns and about files that are logged one by one.
const MAX_REPORTED: usize = 10;

/// Gets the events of builds that can be sent.
pub(crate) type OnCreated<'a> = dyn FnMut(Vec<Event>, &mut Sender) -> Result<()> + 'a;

/// Reads artifacts and makes their events. Outsiders write what matches a pattern, so they can make it report anything.
pub(crate) struct Created {
    /// Whether a file that cannot be announced is an error, not a warning.
    is_fatal: bool,
    /// The first failure that is fatal to the command.
    exit_code: ExitCode,
    /// How many warnings and errors about files there were.
    warnings: usize,
    errors: usize,
    /// How many of them were not logged.
    left_out: usize,
    /// The builds so far, if they are saved.
    builds: Vec<SentBuild>,
}

impl Created {
    /// Reads the artifacts. Each that cannot be read, and each pattern without a match, is reported and costs no other: it
    /// is an error if `is_fatal`, else a warning. `on_created` gets the events: usually all, but none waits for a file that takes long
    /// to read. A dry run keeps and saves nothing. Returns the first failure that is fatal to the command.
    pub(crate) fn read(
        artifacts: &Artifacts,
        options: &ArtifactOptions,
        is_fatal: bool,
        sender: &mut Sender,
        on_created: &mut OnCreated,
    ) -> Result<ExitCode> {
        let rules = sender.session.file_rules();
        let until = Instant::now() + sender.session.settings.general.deadline;
        let finder = Finder { folder: &sender.session.system.folder, rules: &rules, until };
        let mut warnings = Vec::new();
        let (files, errors) = finder.find_each(&artifacts.patterns, &mut warnings);
        let mut created = Self {
            is_fatal,
            exit_code: ExitCode::Success,
            warnings: 0,
            errors: 0,
            left_out: 0,
            builds: Vec::new(),
        };
        created.report(warnings, errors, sender);
        // Problems with patterns do not hide those with files.
        (created.warnings, created.errors) = (0, 0);
        if !files.is_empty() {
            artifacts::read(options, &files, sender, &mut |Read { builds, errors, warnings }, sender| {
                created.report(warnings, errors, sender);
                let events = sender.created(builds)?;
                if events.is_empty() {
                    return Ok(());
                }
                if !sender.is_dry_run() {
                    kept_builds::keep(&events, sender);
                    created.save(&events, artifacts, &rules, sender);
                }
                on_created(events, sender)
            })?;
        }
        if created.left_out > 0 {
            let count = created.left_out;
            sender.session.console.warning(&format!("and {count} more problems with files"));
        }
        Ok(created.exit_code)
    }

    /// Logs problems with files, but not all of very many.
    fn report(&mut self, warnings: Vec<String>, errors: Vec<Error>, sender: &mut Sender) {
        for warning in warnings {
            self.warnings += 1;
            match self.warnings {
                0..=MAX_REPORTED => sender.session.console.warning(&warning),
                _ => self.left_out += 1,
            }
        }
        for error in errors {
            self.errors += 1;
            if self.errors > MAX_REPORTED {
                self.left_out += 1;
                self.fail(&error);
            } else {
                self.report_error(&error, sender);
            }
        }
    }

    fn report_error(&mut self, error: &Error, sender: &mut Sender) {
        self.fail(error);
        let (console, text) = (&mut *sender.session.console, format!("{error:#}"));
        if self.is_fatal { console.error(&text) } else { console.warning(&text) }
    }

    fn fail(&mut self, error: &Error) {
        if self.is_fatal {
            let code = if error.is::<NoMatch>() { ExitCode::Undelivered } else { ExitCode::Error };
            self.exit_code = self.exit_code.or(code);
        }
    }

    /// Saves the builds of all events so far. If that fails, it costs no event.
    fn save(&mut self, events: &[Event], artifacts: &Artifacts, rules: &FileRules, sender: &mut Sender) {
        let Some(path) = &artifacts.save else { return };
        self.builds.extend(events.iter().filter_map(Event::sent_build).cloned());
        if let Err(error) = write(&self.builds, path, rules) {
            self.report_error(&error, sender);
        }
    }
}

/// Writes one build as an object, several as a list.
fn write(builds: &[SentBuild], path: &Path, rules: &FileRules) -> Result<()> {
    let json = match builds {
        [only] => serde_json::to_string_pretty(only)?,
        several => serde_json::to_string_pretty(several)?,
    };
    let write = |mut file: File| file.write_all((json + "\n").as_bytes());
    let written = rules.create(path).and_then(write);
    written.with_context(|| format!("cannot save the build to {}", path.display()))
}
