//! Builds that were sent before: kept in the state folder, saved to files, and found again.

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use serde_json::Value;

use super::dispatch::Dispatch;
use crate::event::Event;
use crate::format;
use crate::report::Console;
use crate::state::StateFolder;

/// The longest text in which builds are looked for.
const LIMIT: u64 = 64 << 20;

/// The builds of these events, kept in the state folder under their ids, unless nothing is to be written. One that
/// cannot be kept is a warning.
pub(crate) fn keep(events: &[Event], dispatch: &Dispatch, console: &mut Console) -> Result<Vec<Value>> {
    let mut builds = Vec::new();
    for event in events {
        builds.extend(format::build(event)?);
    }
    let state = &dispatch.state;
    for build in builds.iter().filter(|_| !dispatch.is_dry_run()) {
        let file = file_of(build["id"].as_str().unwrap_or_default());
        if let Err(error) = state.write(&file, build.to_string().as_bytes(), true) {
            console.warning(&format!("the build is not kept in {}: {error}", state.path().display()));
        }
    }
    Ok(builds)
}

/// Finds builds by what the user calls them: `-` for standard input, a file, or the id of one that was kept. Without
/// a word it is the one that was kept, in this run if it kept one.
pub(crate) fn find(names: &[String], dispatch: &Dispatch) -> Result<Vec<Value>> {
    let (state, system) = (&dispatch.state, dispatch.system);
    if names.is_empty() {
        return only_kept(dispatch).map(|build| vec![build]);
    }
    let mut builds = Vec::new();
    for name in names {
        let path = system.folder.join(name);
        let kept_file = state.path().join(file_of(name));
        let (text, origin) = if name == "-" {
            (read(std::io::stdin()), "standard input".to_owned())
        } else if path.is_file() {
            (std::fs::File::open(&path).and_then(read), name.clone())
        } else if kept_file.is_file() {
            (std::fs::File::open(&kept_file).and_then(read), name.clone())
        } else {
            let known = kept(state);
            let advice = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            bail!(
                "{name} is neither a file nor a build kept in {}; kept are: {advice}",
                state.path().display()
            );
        };
        let text = text.with_context(|| format!("cannot read a build from {origin}"))?;
        let found = builds_in(&text).with_context(|| format!("cannot read a build from {origin}"))?;
        if found.is_empty() {
            bail!("there is no build in {origin}; expected what `created --save` or `created --json` writes");
        }
        builds.extend(found);
    }
    Ok(builds)
}

/// The one build that this run kept, or else the one that any did: a state folder may outlive its run.
fn only_kept(dispatch: &Dispatch) -> Result<Value> {
    let (state, run) = (&dispatch.state, dispatch.context.run.id.as_deref());
    let read_kept = |id: &String| {
        let text = std::fs::File::open(state.path().join(file_of(id))).and_then(read).ok()?;
        builds_in(&text).ok()?.into_iter().next()
    };
    let all: Vec<Value> = kept(state).iter().filter_map(read_kept).collect();
    let is_of_this_run = |build: &&Value| run.is_some() && build["ci_pipeline"]["ci_run_id"].as_str() == run;
    let of_this_run: Vec<Value> = all.iter().filter(is_of_this_run).cloned().collect();
    let candidates = if of_this_run.is_empty() { all } else { of_this_run };
    match candidates.as_slice() {
        [only] => Ok(only.clone()),
        [] => bail!(
            "no build is kept in {}; name one with --build: an id, a file, or - for standard input",
            state.path().display()
        ),
        several => {
            let ids: Vec<&str> = several.iter().filter_map(|build| build["id"].as_str()).collect();
            bail!("several builds are kept: {}; choose with --build", ids.join(", "))
        }
    }
}

fn read(source: impl Read) -> std::io::Result<String> {
    let mut text = String::new();
    source.take(LIMIT).read_to_string(&mut text)?;
    Ok(text)
}

/// All builds in a text of JSON values: builds themselves, lists of them, payloads, and what `--json` prints.
fn builds_in(text: &str) -> Result<Vec<Value>> {
    let mut builds = Vec::new();
    for value in serde_json::Deserializer::from_str(text).into_iter() {
        add_builds(value.map_err(|error| anyhow!("it is not JSON: {error}"))?, &mut builds);
    }
    Ok(builds)
}

fn add_builds(value: Value, builds: &mut Vec<Value>) {
    match value {
        Value::Array(values) => values.into_iter().for_each(|value| add_builds(value, builds)),
        Value::Object(mut entries) => {
            let inner = entries.get_mut("data").and_then(|data| data.get_mut("build")).map(Value::take);
            if let Some(build) = inner.or_else(|| entries.get_mut("build").map(Value::take)) {
                add_builds(build, builds);
            } else if entries.get("id").is_some_and(Value::is_string)
                && entries.contains_key("build_structure")
            {
                builds.push(Value::Object(entries));
            }
        }
        _ => {}
    }
}

/// The ids of the builds that are kept, in order.
fn kept(state: &StateFolder) -> Vec<String> {
    let files = std::fs::read_dir(state.path().join("builds")).into_iter().flatten().flatten();
    let mut ids: Vec<String> = files
        .filter_map(|file| file.file_name().to_str()?.strip_suffix(".json").map(str::to_owned))
        .filter(|name| !name.starts_with('.'))
        .collect();
    ids.sort();
    ids
}

/// The file of a build. An id that the user chose may hold anything, so only its plain characters make the name.
fn file_of(id: &str) -> PathBuf {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
    Path::new("builds").join(format!("{}.json", id.chars().take(100).map(plain).collect::<String>()))
}
