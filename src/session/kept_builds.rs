//! Builds that were sent: kept in the state folder, and found again for the events that follow.

use std::io::{self, Read};
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::kept::{self, Kind};
use super::{Sender, locks};
use crate::event::Event;
use crate::format;
use crate::report::printable;
use crate::sent_build::{SentBuild, without_byte_order_mark};
use crate::settings::{BUILD, Settings};
use crate::state::{Lock, StateFolder, file_name};

/// Longest input that is searched for builds, in bytes.
const MAX_INPUT_BYTES: u64 = 16 << 20;
/// The most values in it, which take much more memory than their text.
const MAX_INPUT_VALUES: usize = 300_000;
/// The deepest nesting of a build, which other objects contain when it is sent.
const MAX_DEPTH: usize = 64;

/// A build with the run and the build in Bitrise's format that it belongs to.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct KeptBuild {
    run_slug: String,
    build_slug: String,
    build: SentBuild,
}

/// Builds, and the files that they were read from.
pub(crate) struct Found {
    /// The builds, each once.
    pub(crate) builds: Vec<SentBuild>,
    files: Vec<(PathBuf, String)>,
    /// Keeps other commands from changing builds until this one has.
    lock: Option<Lock>,
}

/// Keeps the builds of these events in the state folder, by id. If some cannot be kept, there is one warning.
pub(crate) fn keep(events: &[Event], sender: &mut Sender) {
    let Sender { session, state, ids, .. } = sender;
    let failures = events.iter().filter_map(Event::sent_build).cloned().filter_map(|build| {
        let kept = KeptBuild { run_slug: ids.run_slug.clone(), build_slug: ids.build_slug.clone(), build };
        kept::keep(Kind::Build, kept.build.id(), &kept, &session.settings, state).err()
    });
    let failures: Vec<_> = failures.collect();
    let (count, folder) = (failures.len(), state.display());
    match failures.first() {
        None => {}
        Some(error) if count == 1 => {
            session.console.warning(&format!("cannot keep the build in {folder}: {error}"));
        }
        Some(error) => session.console.warning(&format!("cannot keep {count} builds in {folder}: {error}")),
    }
}

/// Finds builds by what the user passed: `-` for standard input, a file, or the id of a kept build. Without any, these are
/// those of the variable, else the builds that are kept of this run. A build in a file is as it is there, even if it is kept too.
pub(crate) fn find(names: &[String], sender: &mut Sender) -> Result<Found> {
    let lock = if sender.is_dry_run() { None } else { locks::wait(Kind::Build, "promotion", &sender.state) };
    let mut found = Found { builds: Vec::new(), files: Vec::new(), lock };
    let system = sender.session.system;
    let text = if names.is_empty() { system.environment.get(BUILD).unwrap_or_default() } else { "" };
    let text = without_byte_order_mark(text).trim();
    if names.is_empty() && text.is_empty() {
        found.builds = kept_of_run(sender);
        return Ok(found);
    }
    let (json, lines) = split_json(text);
    if !json.is_empty() {
        found.add_all(&json.join("\n"), BUILD, "the output `build` of the action", sender)?;
    }
    let mut kept = Vec::new();
    for name in names.iter().map(String::as_str).chain(lines) {
        let (origin, is_file, text) = match source(name, sender)? {
            Source::Kept(build) => {
                kept.push(*build);
                continue;
            }
            Source::Input => ("standard input", false, read(io::stdin())),
            Source::File(path) => {
                let text = sender.session.file_rules().open_content(&path).and_then(read);
                found.files.extend(text.as_ref().ok().map(|text| (path, text.clone())));
                (name, true, text)
            }
        };
        let text = text.with_context(|| format!("cannot read {origin}"))?;
        let expected =
            if is_file { "the output of `created --save`" } else { "the output of `created --json`" };
        found.add_all(&text, origin, expected, sender)?;
    }
    kept.into_iter().for_each(|build| found.add(build));
    Ok(found)
}

impl Found {
    /// Adds all builds in JSON. Fails if there are none.
    fn add_all(&mut self, text: &str, origin: &str, expected: &str, sender: &mut Sender) -> Result<()> {
        let builds = SentBuild::parse_all(text).with_context(|| format!("{origin} is not JSON"))?;
        if let Some(build) = builds.iter().find(|build| !build.is_shallower_than(MAX_DEPTH)) {
            bail!("the build {} in {origin} is nested too deeply", printable(build.id()));
        }
        if builds.is_empty() {
            bail!("no build in {origin}; expected {expected}");
        }
        for build in builds {
            warn_if_older(&build, origin, sender);
            self.add(build);
        }
        Ok(())
    }

    fn add(&mut self, build: SentBuild) {
        if self.builds.iter().all(|known| known.id() != build.id()) {
            self.builds.push(build);
        }
    }

    /// Fails if there are no builds.
    pub(crate) fn require_builds(&self, sender: &Sender) -> Result<()> {
        if self.builds.is_empty() {
            bail!(
                "no build of this run is kept in {}; {}: an id, or a file",
                sender.state.display(),
                sender.session.settings.build_hint()
            );
        }
        Ok(())
    }

    /// The changes that bring the kept builds and the files up to date with these events.
    pub(crate) fn changes(self, events: &[Event], sender: &mut Sender) -> Changes {
        let changed: Vec<SentBuild> = events.iter().rev().filter_map(Event::sent_build).cloned().collect();
        let mut kept = Vec::new();
        for build in &self.builds {
            // A file may have another build of this id: only the change of the event is made to the kept one.
            let Some(mut known) = kept_build(build.id(), sender) else { continue };
            let events =
                events.iter().filter(|event| event.sent_build().is_some_and(|sent| sent.id() == build.id()));
            for event in events {
                match format::changed(known.build.clone(), event) {
                    Ok(build) => known.build = build,
                    Err(error) => sender.session.console.debug(&format!("{error:#}")),
                }
            }
            kept.push(known);
        }
        // They were read before, so they are JSON.
        let replaced = |(path, text): (PathBuf, String)| {
            Some((path, SentBuild::replace_all(&text, &changed).ok().flatten()?))
        };
        Changes { kept, files: self.files.into_iter().filter_map(replaced).collect(), _lock: self.lock }
    }
}

/// Changes of kept builds and of files, to be made when the events are recorded.
pub(crate) struct Changes {
    kept: Vec<KeptBuild>,
    files: Vec<(PathBuf, String)>,
    _lock: Option<Lock>,
}

impl Changes {
    /// Makes the changes. Returns a warning for each that fails.
    pub(crate) fn make(self, settings: &Settings, state: &StateFolder) -> Vec<String> {
        let mut warnings = Vec::new();
        for build in &self.kept {
            if let Err(error) = kept::keep(Kind::Build, build.build.id(), build, settings, state) {
                warnings.push(format!("cannot keep the build in {}: {error}", state.display()));
            }
        }
        for (path, text) in &self.files {
            if let Err(error) = settings.file_rules.replace(path, text.as_bytes()) {
                warnings.push(format!(
                    "cannot bring the build in {} up to date: {error}; later events that use the file will lack this change",
                    path.display()
                ));
            }
        }
        warnings
    }
}

/// Splits the text of the variable into JSON values, each of which may have several lines, and other lines. What begins like
/// JSON and is none is taken for JSON, with all that follows.
fn split_json(text: &str) -> (Vec<&str>, Vec<&str>) {
    let (mut json, mut lines) = (Vec::new(), Vec::new());
    let mut rest = text.trim();
    while !rest.is_empty() {
        let end = if rest.starts_with(['{', '[']) {
            let mut values = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
            let is_json = values.next().is_some_and(|value| value.is_ok());
            let end = if is_json { values.byte_offset() } else { rest.len() };
            json.push(&rest[..end]);
            end
        } else {
            let end = rest.find('\n').unwrap_or(rest.len());
            lines.push(rest[..end].trim_end());
            end
        };
        rest = rest[end..].trim_start();
    }
    (json, lines)
}

/// The origin of builds that a name refers to.
enum Source {
    Input,
    File(PathBuf),
    Kept(Box<SentBuild>),
}

/// Fails if the name refers to nothing.
fn source(name: &str, sender: &mut Sender) -> Result<Source> {
    if name == "-" {
        return Ok(Source::Input);
    }
    let path = sender.session.system.folder.join(name);
    // The name of a file in the checkout may be that of a kept build, which comes first: others can write the file.
    let is_id = file_name(name) == name;
    if path.is_file() && !is_id {
        return Ok(Source::File(path));
    }
    if let Some(kept) = kept_build(name, sender) {
        return Ok(Source::Kept(Box::new(kept.build)));
    }
    if path.is_file() {
        return Ok(Source::File(path));
    }
    let all = all_kept(sender);
    let ids: Vec<&str> = all.iter().map(|kept| kept.build.id()).collect();
    let kept = if ids.is_empty() { "none".to_owned() } else { ids.join(", ") };
    bail!("{name} is neither a file nor a build kept in {}; kept builds: {kept}", sender.state.display())
}

/// Warns if the build of a file or of standard input lacks a change that the kept one has.
fn warn_if_older(build: &SentBuild, origin: &str, sender: &mut Sender) {
    let Some(kept) = kept_build(build.id(), sender) else { return };
    if kept.build.updated_at() > build.updated_at() {
        sender.session.console.warning(&format!(
            "{origin} has the build {} as it was before its last change; name it by its id to use the build kept in {}",
            printable(build.id()),
            sender.state.display()
        ));
    }
}

fn kept_build(id: &str, sender: &mut Sender) -> Option<KeptBuild> {
    let Sender { session, state, .. } = sender;
    let json = kept::find(Kind::Build, id, &session.settings, state, session.console)?;
    serde_json::from_str(&json).ok()
}

fn all_kept(sender: &mut Sender) -> Vec<KeptBuild> {
    let Sender { session, state, .. } = sender;
    let kept = kept::all(Kind::Build, &session.settings, state, session.console);
    kept.iter().filter_map(|(_, json)| serde_json::from_str(json).ok()).collect()
}

/// The kept builds of this run, oldest first. A state folder may outlive its run.
fn kept_of_run(sender: &mut Sender) -> Vec<SentBuild> {
    let mut kept = all_kept(sender);
    let ids = &sender.ids;
    kept.retain(|kept| kept.run_slug == ids.run_slug || kept.build_slug == ids.build_slug);
    let mut builds: Vec<SentBuild> = kept.into_iter().map(|kept| kept.build).collect();
    builds.sort_by(|a, b| (a.created_at(), a.id()).cmp(&(b.created_at(), b.id())));
    builds
}

/// Fails if the input is too large.
fn read(source: impl Read) -> io::Result<String> {
    let mut text = String::new();
    source.take(MAX_INPUT_BYTES + 1).read_to_string(&mut text)?;
    // Each value but the first follows one of these.
    let values = text.bytes().filter(|byte| b",[{:".contains(byte)).count();
    if text.len() as u64 > MAX_INPUT_BYTES || values > MAX_INPUT_VALUES {
        let reason = format!("it has more than {MAX_INPUT_BYTES} bytes or {MAX_INPUT_VALUES} values");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, reason));
    }
    Ok(text)
}
