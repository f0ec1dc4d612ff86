//! Builds that were sent: kept in the state folder, and found again for the events that follow.

use std::io::{self, Read};

use anyhow::{Context as _, Result, bail};

use super::Sender;
use super::kept::{self, Kind};
use crate::event::Event;
use crate::sent_build::SentBuild;
use crate::state::file_name;

/// Longest input that is searched for builds, in bytes.
const MAX_INPUT_BYTES: u64 = 64 << 20;

/// Keeps the builds of these events in the state folder, by id. One that cannot be kept is a warning.
pub(crate) fn keep(events: &[Event], sender: &mut Sender) {
    let Sender { session, state, .. } = sender;
    for build in events.iter().filter_map(Event::sent_build) {
        if let Err(error) = kept::keep(Kind::Build, build.id(), build, &session.settings, state) {
            session.console.warning(&format!("cannot keep the build in {}: {error}", state.display()));
        }
    }
}

/// Finds builds by what the user passed: `-` for standard input, a file, or the id of a kept build. Without
/// any, it is the only kept build of this run, else the only one of any run.
pub(crate) fn find(names: &[String], sender: &mut Sender) -> Result<Vec<SentBuild>> {
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
fn text_of(name: &str, sender: &mut Sender) -> Result<io::Result<String>> {
    if name == "-" {
        return Ok(read(io::stdin()));
    }
    let Sender { session, state, .. } = sender;
    let path = session.system.folder.join(name);
    // The name of a file in the checkout may be that of a kept build, which comes first: others can write the file.
    let is_id = file_name(name) == name;
    if path.is_file() && !is_id {
        return Ok(session.file_rules().open_content(&path).and_then(read));
    }
    if let Some(json) = kept::find(Kind::Build, name, &session.settings, state, session.console) {
        return Ok(Ok(json));
    }
    if path.is_file() {
        return Ok(session.file_rules().open_content(&path).and_then(read));
    }
    let all = kept::all(Kind::Build, &session.settings, state, session.console);
    let ids: Vec<&str> = all.iter().map(|(id, _)| id.as_str()).collect();
    let kept = if ids.is_empty() { "none".to_owned() } else { ids.join(", ") };
    bail!("{name} is neither a file nor a build kept in {}; kept builds: {kept}", state.display())
}

/// The only kept build of this run. A state folder may outlive its run, so without any of this run all count.
fn only_kept(sender: &mut Sender) -> Result<SentBuild> {
    let Sender { session, state, context, .. } = sender;
    let run_id = context.run.id.as_deref();
    let kept = kept::all(Kind::Build, &session.settings, state, session.console);
    let all: Vec<SentBuild> =
        kept.iter().filter_map(|(_, json)| SentBuild::parse_all(json).ok()?.into_iter().next()).collect();
    let of_this_run: Vec<SentBuild> =
        all.iter().filter(|build| run_id.is_some() && build.run_id() == run_id).cloned().collect();
    let mut candidates = if of_this_run.is_empty() { all } else { of_this_run };
    match (candidates.pop(), candidates.as_slice()) {
        (Some(only), []) => Ok(only),
        (None, _) => bail!(
            "no build is kept in {}; pass one with --build: an id, a file, or - for standard input",
            state.display()
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
