//! The records of deliveries in the state folder: found again, locked, tidied up.
//!
//! Each is a file `deliveries/ID.json`; ids are UUIDv7, so that the order of their names is that of time. Any number of
//! processes may use the folder at once.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use jiff::Timestamp;
use uuid::Uuid;

use super::record::{DeliveryStatus, Record};
use crate::crash_points;
use crate::state::StateFolder;

/// Their folder in the state folder.
const FOLDER: &str = "deliveries";
/// The longest record that is read, in bytes.
const MAX_BYTES: u64 = 64 << 20;

/// The age at which a file that was not written to its end is nobody's any more.
const STALE_AFTER: Duration = Duration::from_secs(86_400);

/// The records of a state folder.
#[derive(Debug, Clone)]
pub struct Records {
    state: StateFolder,
    folder: PathBuf,
}

/// How many records are kept, and for how long.
#[derive(Debug, Clone, Copy)]
pub struct Retention {
    /// Days after which they go.
    pub days: u32,
    /// The number beyond which the oldest go.
    pub count: usize,
}

impl Records {
    /// Those of a state folder, which need not be there yet.
    pub fn new(state: &StateFolder) -> Self {
        Self { state: state.clone(), folder: state.path().join(FOLDER) }
    }

    /// Where they are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// All records, the newest first. One that is damaged is set aside, and told in a warning; it never stands in the
    /// way of the others.
    pub fn all(&self, warnings: &mut Vec<String>) -> Vec<Record> {
        let mut records = Vec::new();
        for id in self.ids().into_iter().rev() {
            match self.read(&id) {
                Ok(record) => records.push(record),
                // Another process may have tidied it up since.
                Err(_) if !self.file(&id).exists() => {}
                Err(error) if is_damage(&error) => warnings.push(self.set_aside(&id, &error)),
                // It may be another user's, or the disk's trouble of the moment: it stays what it is.
                Err(error) => warnings.push(format!("{} cannot be read: {error}", self.file(&id).display())),
            }
        }
        records
    }

    /// The record that an id, or its end or beginning, belongs to.
    pub fn find(&self, name: &str) -> Result<Record> {
        let found: Vec<String> =
            self.ids().into_iter().filter(|id| id.starts_with(name) || id.ends_with(name)).collect();
        match found.as_slice() {
            [id] => self.read(id).with_context(|| format!("cannot read {}", self.file(id).display())),
            [] => bail!(
                "there is no delivery {name} in {}; `buildhook deliveries` lists them",
                self.folder.display()
            ),
            several => bail!("{name} may be any of {} deliveries; give more of its id", several.len()),
        }
    }

    /// Reads a record by its whole id.
    pub fn read(&self, id: &str) -> Result<Record> {
        let mut text = String::new();
        File::open(self.file(id))?.take(MAX_BYTES).read_to_string(&mut text)?;
        let record: Record = serde_json::from_str(&text)?;
        if record.id != id {
            bail!("it is that of another delivery");
        }
        Ok(record)
    }

    /// Takes a delivery for this process alone; `None` while another one has it.
    pub fn lock(&self, id: &str) -> io::Result<Option<Lock>> {
        self.state.make(&self.folder)?;
        let path = self.folder.join(format!(".{id}.lock"));
        loop {
            let mut options = File::options();
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let file = options.create(true).truncate(false).write(true).open(&path)?;
            crash_points::reach();
            match file.try_lock() {
                Ok(()) if is_still_at(&file, &path) => return Ok(Some(Lock { path, _file: file })),
                // Whoever had it took the file away in the meantime, and a new one may be there.
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
    }

    /// Removes what is too old or too many, and what processes left behind that were killed. What was not delivered
    /// stays, whatever its age.
    pub fn prune(&self, keep: Retention, now: Timestamp) {
        let limit = now.as_second() - i64::from(keep.days) * 86_400;
        let is_old = |id: &str| {
            let made = Uuid::parse_str(id).ok().and_then(|id| id.get_timestamp());
            made.and_then(|time| i64::try_from(time.to_unix().0).ok()).is_some_and(|time| time < limit)
        };
        // One look tells most times that there is nothing to do.
        let (mut count, mut oldest) = (0usize, None);
        for file in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let name = file.file_name();
            let Some(name) = name.to_str() else { continue };
            if let Some(hidden) = name.strip_prefix('.') {
                self.remove_leftovers(&file, hidden);
            } else if let Some(id) = name.strip_suffix(".json") {
                count += 1;
                if oldest.as_deref().is_none_or(|oldest: &str| id < oldest) {
                    oldest = Some(id.to_owned());
                }
            }
        }
        let mut surplus = count.saturating_sub(keep.count);
        if surplus == 0 && !oldest.is_some_and(|id| is_old(&id)) {
            return;
        }
        for id in &self.ids() {
            if surplus == 0 && !is_old(id) {
                break;
            }
            let is_delivered = self.read(id).is_ok_and(|record| record.status == DeliveryStatus::Delivered);
            // What cannot be removed now goes another time.
            if is_delivered && fs::remove_file(self.file(id)).is_ok() {
                surplus = surplus.saturating_sub(1);
            }
        }
    }

    /// Removes a lock that nobody holds, and a file that was not written to its end a day ago.
    fn remove_leftovers(&self, file: &fs::DirEntry, hidden: &str) {
        if let Some(id) = hidden.strip_suffix(".lock") {
            // To have it and to let it go removes it.
            let _ = self.lock(id);
        } else if hidden.ends_with(".tmp") {
            let written = file.metadata().and_then(|metadata| metadata.modified());
            let age = written.ok().and_then(|time| time.elapsed().ok());
            if age.is_some_and(|age| age > STALE_AFTER) {
                let _ = fs::remove_file(file.path());
            }
        }
    }

    /// The ids in order.
    fn ids(&self) -> Vec<String> {
        let files = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let mut ids: Vec<String> = files
            .filter_map(|file| file.file_name().to_str()?.strip_suffix(".json").map(str::to_owned))
            .filter(|id| !id.starts_with('.'))
            .collect();
        ids.sort_unstable();
        ids
    }

    fn file(&self, id: &str) -> PathBuf {
        self.folder.join(format!("{id}.json"))
    }

    fn set_aside(&self, id: &str, error: &anyhow::Error) -> String {
        let (file, aside) = (self.file(id), self.folder.join(format!("{id}.json.damaged")));
        match fs::rename(&file, &aside) {
            Ok(()) => {
                format!("{} is damaged ({error}); it is set aside as {}", file.display(), aside.display())
            }
            Err(reason) => format!("{} is damaged ({error}) and stays: {reason}", file.display()),
        }
    }
}

/// Whether it is the content of a record that is wrong, and not the way to it.
fn is_damage(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_none_or(|error| error.kind() == io::ErrorKind::InvalidData)
}

/// A delivery that belongs to this process, until this is dropped or the process ends.
#[derive(Debug)]
pub struct Lock {
    path: PathBuf,
    _file: File,
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Only on Unix can it go while it is open; elsewhere an empty file stays, which does no harm.
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(unix)]
fn is_still_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let place = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
    match (file.metadata(), fs::metadata(path)) {
        (Ok(ours), Ok(theirs)) => place(ours) == place(theirs),
        _ => false,
    }
}

#[cfg(not(unix))]
fn is_still_at(_file: &File, _path: &Path) -> bool {
    true
}
