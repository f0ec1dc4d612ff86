//! The records of deliveries in the state folder.
//!
//! Each is a file `deliveries/ID.json`. Ids are UUIDv7, so sorting them by name sorts them by time. Any number of
//! processes may use the folder at once.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use jiff::Timestamp;
use uuid::Uuid;

use super::record::{DeliveryStatus, Record};
use crate::state::{Lock, StateFolder};

/// The folder of records within the state folder.
const FOLDER: &str = "deliveries";
/// Largest record that is read, in bytes.
const MAX_BYTES: u64 = 64 << 20;
/// Temporary files older than this are removed.
const STALE_AFTER: Duration = Duration::from_secs(86_400);

/// The records of a state folder.
#[derive(Debug, Clone)]
pub struct Records {
    state: StateFolder,
    folder: PathBuf,
}

/// How many delivered records to keep, and for how long.
#[derive(Debug, Clone, Copy)]
pub struct Retention {
    /// Maximum age in days.
    pub max_days: u32,
    /// Maximum number of records.
    pub max_count: usize,
}

impl Records {
    /// The records of a state folder, which need not exist yet.
    pub fn new(state: &StateFolder) -> Self {
        Self { state: state.clone(), folder: state.path().join(FOLDER) }
    }

    /// The folder of the records.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// All records, newest first. A damaged record is renamed and skipped with a warning.
    pub fn all(&self, warnings: &mut Vec<String>) -> Vec<Record> {
        let mut records = Vec::new();
        for id in self.ids().into_iter().rev() {
            match self.read(&id) {
                Ok(record) => records.push(record),
                // Another process has removed it since.
                Err(_) if !self.file(&id).exists() => {}
                Err(error) if is_damaged(&error) => warnings.push(self.set_aside(&id, &error)),
                // The record may be fine: it may belong to another user, or the disk may have failed.
                Err(error) => warnings.push(format!("cannot read {}: {error}", self.file(&id).display())),
            }
        }
        records
    }

    /// The record whose id starts or ends with `part`. Fails unless there is exactly one.
    pub fn find(&self, part: &str) -> Result<Record> {
        let ids = self.ids().into_iter();
        let matches: Vec<String> = ids.filter(|id| id.starts_with(part) || id.ends_with(part)).collect();
        match matches.as_slice() {
            [id] => self.read(id).with_context(|| format!("cannot read {}", self.file(id).display())),
            [] => {
                bail!("no delivery {part} in {}; list them with: buildhook deliveries", self.folder.display())
            }
            several => bail!("{part} matches {} deliveries; use more of the id", several.len()),
        }
    }

    /// Reads the record with this id.
    pub fn read(&self, id: &str) -> Result<Record> {
        let mut json = String::new();
        File::open(self.file(id))?.take(MAX_BYTES).read_to_string(&mut json)?;
        let record: Record = serde_json::from_str(&json)?;
        if record.id != id {
            bail!("it contains the record of another delivery");
        }
        Ok(record)
    }

    /// Writes a record, replacing any earlier version.
    pub(super) fn save(&self, record: &Record) -> io::Result<()> {
        let path = Path::new(FOLDER).join(format!("{}.json", record.id));
        self.state.write(&path, &serde_json::to_vec(record)?, true)
    }

    /// Reserves a delivery for this process. `None` while another process has reserved it.
    pub fn lock(&self, id: &str) -> io::Result<Option<Lock>> {
        self.state.lock(&Path::new(FOLDER).join(format!(".{id}.lock")))
    }

    /// Removes delivered records that are too old or too many, and the leftovers of killed processes. Undelivered
    /// records are kept.
    pub fn prune(&self, retention: Retention, now: Timestamp) {
        for name in self.state.file_names(FOLDER) {
            self.remove_leftover(&name);
        }
        let oldest = now.as_second() - i64::from(retention.max_days) * 86_400;
        let ids = self.ids();
        let mut surplus = ids.len().saturating_sub(retention.max_count);
        for id in &ids {
            if surplus == 0 && unix_time(id).is_none_or(|time| time >= oldest) {
                break;
            }
            let is_delivered = self.read(id).is_ok_and(|record| record.status == DeliveryStatus::Delivered);
            // If the file cannot be removed now, the next command tries again.
            if is_delivered && fs::remove_file(self.file(id)).is_ok() {
                surplus = surplus.saturating_sub(1);
            }
        }
    }

    /// Removes a file if it is an unused lock or a stale temporary file.
    fn remove_leftover(&self, name: &str) {
        let Some(hidden) = name.strip_prefix('.') else { return };
        if let Some(id) = hidden.strip_suffix(".lock") {
            // Acquiring and dropping the lock deletes its file.
            let _ = self.lock(id);
        } else if hidden.ends_with(".tmp") {
            let path = self.folder.join(name);
            let modified = path.metadata().and_then(|metadata| metadata.modified());
            let age = modified.ok().and_then(|time| time.elapsed().ok());
            if age.is_some_and(|age| age > STALE_AFTER) {
                let _ = fs::remove_file(path);
            }
        }
    }

    /// All ids, oldest first.
    fn ids(&self) -> Vec<String> {
        self.state.ids(FOLDER)
    }

    fn file(&self, id: &str) -> PathBuf {
        self.folder.join(format!("{id}.json"))
    }

    /// Renames a damaged record and returns a warning about it.
    fn set_aside(&self, id: &str, error: &anyhow::Error) -> String {
        let (file, aside) = (self.file(id), self.folder.join(format!("{id}.json.damaged")));
        match fs::rename(&file, &aside) {
            Ok(()) => format!("{} is damaged ({error}); renamed to {}", file.display(), aside.display()),
            Err(reason) => format!("{} is damaged ({error}) and cannot be renamed: {reason}", file.display()),
        }
    }
}

/// Whether the record's content is wrong, as opposed to reading it having failed.
fn is_damaged(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_none_or(|error| error.kind() == io::ErrorKind::InvalidData)
}

/// The time within a UUIDv7, in Unix seconds.
fn unix_time(id: &str) -> Option<i64> {
    let (seconds, _) = Uuid::parse_str(id).ok()?.get_timestamp()?.to_unix();
    i64::try_from(seconds).ok()
}
