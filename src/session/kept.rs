//! Values that are kept in the state folder between commands. They are sealed: what others put there is ignored.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use crate::report::Console;
use crate::settings::Settings;
use crate::state::{ForeignFiles, Sealed, StateFolder, file_name};

/// Largest kept file, in bytes.
const MAX_BYTES: u64 = 16 << 20;
const EXTENSION: &str = ".json";

/// Kinds of kept values. Each has a subfolder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    /// A build that was sent.
    Build,
    /// The time at which a build started.
    Start,
    /// The last build of an app outside of a CI.
    Last,
    /// A release that was sent.
    Release,
    /// The time since which the deliveries of a job are left to one table.
    Table,
}

impl Kind {
    pub(super) fn subfolder(self) -> &'static str {
        match self {
            Self::Build => "builds",
            Self::Start => "started",
            Self::Last => "last",
            Self::Release => "releases",
            Self::Table => "tables",
        }
    }
}

/// The sealed content: a value with its kind and id, so that no file can pass for another.
#[derive(Serialize, Deserialize)]
struct Kept<'a> {
    kind: Kind,
    id: String,
    #[serde(borrow)]
    value: &'a RawValue,
}

/// Keeps a value. Without an endpoint there is no key, and nothing is kept.
pub(super) fn keep(
    kind: Kind,
    id: &str,
    value: &impl Serialize,
    settings: &Settings,
    state: &StateFolder,
) -> anyhow::Result<()> {
    let Some(key) = settings.seal_key() else { return Ok(()) };
    if state.path().is_none() {
        return Ok(());
    }
    let value = serde_json::value::to_raw_value(value)?;
    let json = serde_json::to_string(&Kept { kind, id: id.to_owned(), value: &value })?;
    if json.len() as u64 > MAX_BYTES / 2 {
        anyhow::bail!("it has {} bytes, more than can be kept", json.len());
    }
    state.write(kind.subfolder(), &file_of(id), key.seal(&json).as_bytes())?;
    Ok(())
}

/// The JSON of a kept value. `None` if there is none, or if it is not ours, which is a warning.
pub(super) fn find(
    kind: Kind,
    id: &str,
    settings: &Settings,
    state: &StateFolder,
    console: &mut Console,
) -> Option<String> {
    let value = read_any(kind, id, settings, state)?;
    if value.is_none() {
        warn(kind, &[file_of(id)], state, console);
    }
    value
}

/// The JSON of a kept value. `None` if there is none, or if it is not ours.
pub(super) fn read(kind: Kind, id: &str, settings: &Settings, state: &StateFolder) -> Option<String> {
    read_any(kind, id, settings, state)?
}

/// The JSON in the file of a kept value, if there is such a file; nothing in it if it is not ours.
fn read_any(kind: Kind, id: &str, settings: &Settings, state: &StateFolder) -> Option<Option<String>> {
    let content = state.read(kind.subfolder(), &file_of(id), MAX_BYTES).ok()?;
    let kept = open(kind, &content, settings).filter(|(kept_id, _)| kept_id == id);
    Some(kept.map(|(_, value)| value))
}

/// Removes a kept value. If that fails, it stays.
pub(super) fn remove(kind: Kind, id: &str, state: &StateFolder) {
    let _ = state.remove(kind.subfolder(), &file_of(id));
}

/// The JSON of all kept values of a kind. Files of others are a warning.
pub(super) fn all(
    kind: Kind,
    settings: &Settings,
    state: &StateFolder,
    console: &mut Console,
) -> Vec<(String, String)> {
    let (mut values, mut foreign, mut read) = (Vec::new(), Vec::new(), ForeignFiles::default());
    for name in state.names(kind.subfolder()).into_iter().filter(|name| is_ours(name)) {
        if read.are_too_many() {
            let folder = state.display_subfolder(kind.subfolder());
            console.warning(&format!("not all files in {folder} were read: too many are from others"));
            break;
        }
        // Another process may have removed it.
        let Ok(content) = state.read(kind.subfolder(), &name, MAX_BYTES) else { continue };
        match open(kind, &content, settings) {
            Some((id, value)) if file_of(&id) == name => values.push((id, value)),
            _ => {
                read.add(content.len());
                foreign.push(name);
            }
        }
    }
    warn(kind, &foreign, state, console);
    values
}

/// The id and the value, if one of today's keys sealed them as this kind.
fn open(kind: Kind, content: &[u8], settings: &Settings) -> Option<(String, String)> {
    let record = Sealed::parse(content)?.open(&settings.opening_keys())?;
    let kept: Kept = serde_json::from_slice(record).ok()?;
    (kept.kind == kind).then(|| (kept.id, kept.value.get().to_owned()))
}

fn warn(kind: Kind, foreign: &[String], state: &StateFolder, console: &mut Console) {
    let Some(first) = foreign.first() else { return };
    let folder = state.display_subfolder(kind.subfolder());
    let others = match foreign.len() {
        1 => String::new(),
        count => format!(" and {} others", count - 1),
    };
    console.warning(&format!(
        "ignoring {first}{others} in {folder}: not sealed with a secret of these endpoints"
    ));
}

/// Ids that differ only in characters that no file name has get different names.
fn file_of(id: &str) -> String {
    let name = file_name(id);
    if name == id {
        return format!("{name}{EXTENSION}");
    }
    format!("{name}-{}{EXTENSION}", hex::encode(&Sha256::digest(id)[..4]))
}

/// Whether the name can be one of [`file_of`].
fn is_ours(name: &str) -> bool {
    name.strip_suffix(EXTENSION).is_some_and(|stem| !stem.is_empty() && file_name(stem) == stem)
}
