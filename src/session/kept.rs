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
        warn(kind, &[file_of(id)], settings, state, console);
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
    warn(kind, &foreign, settings, state, console);
    values
}

/// The id and the value, if a configured key sealed them as this kind.
fn open(kind: Kind, content: &[u8], settings: &Settings) -> Option<(String, String)> {
    let record = Sealed::parse(content)?.open(&settings.opening_keys())?;
    let kept: Kept = serde_json::from_slice(record).ok()?;
    (kept.kind == kind).then(|| (kept.id, kept.value.get().to_owned()))
}

/// Warns about the effect of files that are not used, once for each kind.
fn warn(kind: Kind, foreign: &[String], settings: &Settings, state: &StateFolder, console: &mut Console) {
    let is_active = settings.endpoints.iter().any(|endpoint| endpoint.active);
    if foreign.is_empty() || !is_active || !state.is_first_report(kind.subfolder()) {
        return;
    }
    let folder = state.display_subfolder(kind.subfolder());
    let shown = foreign[..foreign.len().min(10)].join(", ");
    console.debug(&format!("not sealed with a configured secret: {shown} in {folder}"));
    let effect = match (kind, foreign.len()) {
        (Kind::Last, _) => "build numbers start at 1 again: the last build was",
        (Kind::Start, _) => "the start time is not used: it was",
        (Kind::Build, 1) => "1 build is not used: it was",
        (Kind::Build, count) => &format!("{count} builds are not used: they were"),
        (Kind::Release, _) => "the release is not used: it was",
        (Kind::Table, _) => return,
    };
    let has_secret = settings.endpoints.iter().any(|endpoint| endpoint.secret.is_some());
    console.warning(&match has_secret {
        true => format!(
            "{effect} kept with another secret; set the old one as BUILDHOOK_PREVIOUS_SECRET to continue"
        ),
        false => format!("{effect} kept with another URL or a secret"),
    });
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
