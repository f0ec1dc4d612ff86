//! The records of deliveries in the state folder.
//!
//! Each is a file `deliveries/ID.jsonl`. Ids are UUIDv7, so sorting them by name sorts them by time. Any number of
//! processes may use the folder at once, and anyone may have put files there: only those that are named like ours are read
//! or removed, and only those with our seal are sent.

use std::io::{self, ErrorKind, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use jiff::Timestamp;
use uuid::{Uuid, Version};

use super::origin::Origin;
use super::record::{Attempt, DeliveryStatus, Head, Record};
use super::request;
use crate::crash_points;
use crate::settings::Endpoint;
use crate::state::{Lock, SealKey, Sealed, StateFolder};

/// The folder of records within the state folder.
const FOLDER: &str = "deliveries";
const EXTENSION: &str = ".jsonl";
/// Largest record that is read, in bytes.
const MAX_BYTES: u64 = 16 << 20;
/// Temporary files and unused locks older than this are removed.
const STALE_AFTER: Duration = Duration::from_secs(86_400);

/// The records of a state folder.
#[derive(Debug, Clone)]
pub struct Records {
    state: StateFolder,
    /// Held to add to a record: one open file at a time, however many connections there are.
    appending: Arc<Mutex<()>>,
}

/// How many delivered records to keep, and for how long.
#[derive(Debug, Clone, Copy)]
pub struct Retention {
    /// Maximum age in days.
    pub max_days: u32,
    /// Maximum number of records.
    pub max_count: usize,
}

/// A record as it was read, with its lines.
struct Content {
    head: Head,
    attempts: Vec<Attempt>,
    first_line: Vec<u8>,
}

impl Content {
    /// The seal of the first line, which [`Content`] is only read from if it has the form of one.
    fn sealed(&self) -> Option<Sealed<'_>> {
        Sealed::parse(&self.first_line)
    }

    fn origin(&self, endpoints: &[Endpoint]) -> Origin {
        self.sealed()
            .map_or(Origin::NotOurs, |sealed| Origin::detect(&sealed, &self.head.endpoint, endpoints))
    }

    fn status(&self) -> DeliveryStatus {
        self.attempts.last().map_or(DeliveryStatus::Pending, |attempt| attempt.status)
    }
}

impl Records {
    /// The records of a state folder, which need not exist.
    pub fn new(state: &StateFolder) -> Self {
        Self { state: state.clone(), appending: Arc::default() }
    }

    /// The folder of the records, for messages.
    pub fn display(&self) -> String {
        self.state.display_subfolder(FOLDER)
    }

    /// Whether there is a folder to keep records in.
    pub fn are_kept(&self) -> bool {
        self.state.path().is_some()
    }

    /// All readable records, newest first, each with its origin by these endpoints. Others are warnings.
    pub fn all(&self, endpoints: &[Endpoint], warnings: &mut Vec<String>) -> Vec<Record> {
        self.newest(usize::MAX, endpoints, warnings)
    }

    /// At most `limit` readable records, newest first.
    pub fn newest(&self, limit: usize, endpoints: &[Endpoint], warnings: &mut Vec<String>) -> Vec<Record> {
        let mut records = Vec::new();
        for id in self.ids().into_iter().rev() {
            if records.len() == limit {
                break;
            }
            match self.read(&id, endpoints) {
                Ok(record) => records.push(record),
                // Another process has removed it since.
                Err(error) if is_missing(&error) => {}
                Err(error) => warnings.push(format!("ignoring {}: {error:#}", self.file(&id))),
            }
        }
        records
    }

    /// The number of records, readable or not.
    pub fn count(&self) -> usize {
        self.ids().len()
    }

    /// The id that starts or ends with `part`. Fails unless there is exactly one.
    pub fn find(&self, part: &str) -> Result<String> {
        let ids = self.ids().into_iter();
        let mut matches: Vec<String> = ids.filter(|id| id.starts_with(part) || id.ends_with(part)).collect();
        match (matches.pop(), matches.len()) {
            (Some(id), 0) => Ok(id),
            (None, _) => {
                bail!("no delivery {part} in {}; list them with: buildhook deliveries", self.display())
            }
            (Some(_), others) => bail!("{part} matches {} deliveries; use more of the id", others + 1),
        }
    }

    /// Reads the record with this id.
    pub fn read(&self, id: &str, endpoints: &[Endpoint]) -> Result<Record> {
        let content = self.content(id).with_context(|| format!("cannot read {}", self.file(id)))?;
        let origin = content.origin(endpoints);
        Ok(request::record(content.head, content.attempts, origin))
    }

    /// Reads the head of a record that may be sent to `target`, and the status of the delivery. `None` if it may not.
    pub fn open(
        &self,
        id: &str,
        target: &Endpoint,
        endpoints: &[Endpoint],
    ) -> Result<Option<(Head, DeliveryStatus)>> {
        let content = self.content(id).with_context(|| format!("cannot read {}", self.file(id)))?;
        let is_for_target = content.head.endpoint == target.name;
        let is_allowed = if is_for_target {
            content.origin(endpoints) == Origin::Ours
        } else {
            content.sealed().is_some_and(|sealed| Origin::allows(&sealed, target, endpoints))
        };
        let status = content.status();
        Ok(is_allowed.then_some((content.head, status)))
    }

    fn content(&self, id: &str) -> Result<Content> {
        let bytes = self.state.read(FOLDER, &format!("{id}{EXTENSION}"), MAX_BYTES)?;
        let mut lines = bytes.split(|byte| *byte == b'\n');
        let first_line = lines.next().unwrap_or_default().to_vec();
        let sealed = Sealed::parse(&first_line).context("its first line has no seal")?;
        let head: Head = serde_json::from_slice(sealed.unverified()).context("its first line is damaged")?;
        if head.id != id {
            bail!("it contains the record of another delivery");
        }
        let attempts = lines.filter_map(|line| serde_json::from_slice(line).ok()).collect();
        Ok(Content { head, attempts, first_line })
    }

    /// Writes the head of a new record. It is on disk when this returns.
    pub(super) fn begin(&self, head: &Head, key: &SealKey) -> io::Result<()> {
        let line = key.seal(&serde_json::to_string(head)?);
        self.state.write(FOLDER, &format!("{}{EXTENSION}", head.id), line.as_bytes(), true)
    }

    /// Adds an attempt to a record.
    pub(super) fn append(&self, id: &str, attempt: &Attempt) -> io::Result<()> {
        // The line break comes first: a line that an earlier process left incomplete then damages no other.
        let line = format!("\n{}", serde_json::to_string(attempt)?);
        let _turn = self.appending.lock().unwrap_or_else(PoisonError::into_inner);
        let mut file = self.state.append(FOLDER, &format!("{id}{EXTENSION}"))?;
        crash_points::reach();
        file.write_all(line.as_bytes())
    }

    /// Reserves the delivery with this id, or those of the command with this id, for this process. `None` while another
    /// process has reserved them.
    pub fn lock(&self, id: &str) -> io::Result<Option<Lock>> {
        self.state.lock(FOLDER, &lock_name(id))
    }

    /// Whether the command that recorded the delivery may still send it.
    pub fn is_being_sent(&self, head: &Head) -> bool {
        parse_id(&head.command_id).is_some_and(|id| self.state.is_locked(FOLDER, &lock_name(&id)))
    }

    /// Removes records that are too old or too many, and the leftovers of killed processes. Of our own records, only
    /// delivered ones are removed.
    pub fn prune(&self, retention: Retention, endpoints: &[Endpoint], now: Timestamp) {
        let names = self.state.names(FOLDER);
        for name in &names {
            self.remove_leftover(name);
        }
        let oldest = now.as_second() - i64::from(retention.max_days) * 86_400;
        let ids: Vec<(&str, i64)> = names.iter().filter_map(|name| id_of(name)).collect();
        let mut surplus = ids.len().saturating_sub(retention.max_count);
        for (id, time) in ids {
            let is_old = time < oldest;
            if surplus == 0 && !is_old {
                break;
            }
            let may_be_removed = match self.content(id) {
                Ok(content) => match content.origin(endpoints) {
                    Origin::Ours => content.status() == DeliveryStatus::Delivered,
                    Origin::BeforeSecret | Origin::NotOurs | Origin::Unchecked => is_old,
                },
                Err(_) => is_old,
            };
            // If the file cannot be removed now, the next command tries again.
            if may_be_removed && self.state.remove(FOLDER, &format!("{id}{EXTENSION}")).is_ok() {
                surplus = surplus.saturating_sub(1);
            }
        }
    }

    /// Removes a file if it is a stale temporary file or an unused lock. Newer locks are left alone: acquiring one for a
    /// moment would make another process believe that its delivery is being sent.
    fn remove_leftover(&self, name: &str) {
        let Some(hidden) = name.strip_prefix('.') else { return };
        let lock = hidden.strip_suffix(".lock").and_then(parse_id);
        if lock.is_none() && !is_temporary(hidden) {
            return;
        }
        let age = self.state.modified(FOLDER, name).ok().and_then(|time| time.elapsed().ok());
        if age.is_none_or(|age| age < STALE_AFTER) {
            return;
        }
        let _ = match lock {
            // Acquiring and dropping the lock removes its file.
            Some(id) => self.lock(&id).map(drop),
            None => self.state.remove(FOLDER, name),
        };
    }

    /// All ids, oldest first.
    fn ids(&self) -> Vec<String> {
        self.state.names(FOLDER).iter().filter_map(|name| Some(id_of(name)?.0.to_owned())).collect()
    }

    /// The file of a record, for messages.
    fn file(&self, id: &str) -> String {
        format!("{}{}{id}{EXTENSION}", self.display(), std::path::MAIN_SEPARATOR)
    }
}

/// Whether the file does not exist.
fn is_missing(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|error| error.kind() == ErrorKind::NotFound)
}

/// The id in the name of a record, and its time in Unix seconds. `None` for any other name.
fn id_of(name: &str) -> Option<(&str, i64)> {
    let id = name.strip_suffix(EXTENSION)?;
    parse_id(id)?;
    let (seconds, _) = Uuid::parse_str(id).ok()?.get_timestamp()?.to_unix();
    Some((id, i64::try_from(seconds).ok()?))
}

/// A UUIDv7 as this program writes it.
fn parse_id(text: &str) -> Option<String> {
    let id = Uuid::parse_str(text).ok().filter(|id| id.get_version() == Some(Version::SortRand))?;
    Some(id.to_string()).filter(|id| id == text)
}

/// The file whose lock reserves a delivery or the deliveries of a command.
fn lock_name(id: &str) -> String {
    format!(".{id}.lock")
}

/// Whether a name, without its dot, is one of temporary files: `123-4.tmp`.
fn is_temporary(name: &str) -> bool {
    let numbers = name.strip_suffix(".tmp").and_then(|stem| stem.split_once('-'));
    numbers.is_some_and(|(process, number)| process.parse::<u32>().is_ok() && number.parse::<usize>().is_ok())
}
