//! Builds that were sent: kept in the state folder, and found again for the events that follow.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use super::Sender;
use crate::event::Event;
use crate::sent_build::SentBuild;
use crate::state::file_name;

/// The folder of builds within the state folder.
const FOLDER: &str = "builds";
/// Longest input that is searched for builds, in bytes.
const MAX_INPUT_BYTES: u64 = 64 << 20;

/// Keeps the builds of these events in the state folder, by id. One that cannot be kept is a warning.
pub(crate) fn keep(events: &[Event], sender: &mut Sender) -> Result<()> {
    let (state, console) = (&sender.state, &mut sender.session.console);
    for build in events.iter().filter_map(Event::sent_build) {
        let json = serde_json::to_vec(build)?;
        if let Err(error) = state.write(&file_of(build.id()), &json, true) {
            console.warning(&format!("cannot keep the build in {}: {error}", state.path().display()));
        }
    }
    Ok(())
}

/// Finds builds by what the user passed: `-` for standard input, a file, or the id of a kept build. Without
/// any, it is the only kept build of this run, else the only one of any run.
pub(crate) fn find(names: &[String], sender: &Sender) -> Result<Vec<SentBuild>> {
    if names.is_empty() {
        return only_kept(sender).map(|build| vec![build]);
    }
    let mut builds = Vec::new();
    for name in names {
        let origin = if name == "-" { "standard input" } else { name };
        let text = text_of(name, sender)?.with_context(|| format!("cannot read {origin}"))?;
        let found = SentBuild::parse_all(&text).with_context(|| format!("{origin} is not JSON"))?;
        if found.is_empty() {
            bail!("no build in {origin}; expected the output of `created --save` or `created --json`");
        }
        builds.extend(found);
    }
    Ok(builds)
}

/// The content that a name refers to, or why it cannot be read. Fails if the name refers to nothing.
fn text_of(name: &str, sender: &Sender) -> Result<io::Result<String>> {
    if name == "-" {
        return Ok(read(io::stdin()));
    }
    let state = &sender.state;
    let candidates = [sender.session.system.folder.join(name), state.path().join(file_of(name))];
    if let Some(path) = candidates.iter().find(|path| path.is_file()) {
        return Ok(File::open(path).and_then(read));
    }
    let ids = state.ids(FOLDER);
    let kept = if ids.is_empty() { "none".to_owned() } else { ids.join(", ") };
    bail!("{name} is neither a file nor a build kept in {}; kept builds: {kept}", state.path().display())
}

/// The only kept build of this run. A state folder may outlive its run, so without any of this run all count.
fn only_kept(sender: &Sender) -> Result<SentBuild> {
    let (state, run_id) = (&sender.state, sender.context.run.id.as_deref());
    let all: Vec<SentBuild> = state
        .ids(FOLDER)
        .iter()
        .filter_map(|id| File::open(state.path().join(file_of(id))).and_then(read).ok())
        .filter_map(|text| SentBuild::parse_all(&text).ok()?.into_iter().next())
        .collect();
    let of_this_run: Vec<SentBuild> =
        all.iter().filter(|build| run_id.is_some() && build.run_id() == run_id).cloned().collect();
    let mut candidates = if of_this_run.is_empty() { all } else { of_this_run };
    match (candidates.pop(), candidates.as_slice()) {
        (Some(only), []) => Ok(only),
        (None, _) => bail!(
            "no build is kept in {}; pass one with --build: an id, a file, or - for standard input",
            state.path().display()
        ),
        (Some(last), others) => {
            let ids: Vec<&str> = others.iter().chain([&last]).map(SentBuild::id).collect();
            bail!("several builds are kept: {}; choose with --build", ids.join(", "))
        }
    }
}

fn read(source: impl Read) -> io::Result<String> {
    let mut text = String::new();
    source.take(MAX_INPUT_BYTES).read_to_string(&mut text)?;
    Ok(text)
}

/// The file of a build.
fn file_of(id: &str) -> PathBuf {
    Path::new(FOLDER).join(format!("{}.json", file_name(id)))
}
