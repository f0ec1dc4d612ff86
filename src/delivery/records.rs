//! The records of deliveries in the state folder.
//!
//! Each is a file `deliveries/ID.jsonl`. Ids are UUIDv7, so sorting them by name sorts them by time. Any number of
//! processes may use the folder at once, and anyone may have put files there: only those that are named like ours are read
//! or removed, and only those with our seal are sent.

use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result, bail};
use uuid::{Uuid, Version};

use super::origin::Origin;
use super::record::{Attempt, DeliveryStatus, Head, Record};
use super::request;
use crate::crash_points;
use crate::settings::Endpoint;
use crate::state::{ForeignFiles, Lock, SealKey, Sealed, StateFolder};

/// The folder of records within the state folder.
pub(super) const FOLDER: &str = "deliveries";
pub(super) const EXTENSION: &str = ".jsonl";
/// The page of deliveries.
pub(super) const PAGE: &str = "page.html";
/// Largest record that is read, in bytes.
const MAX_BYTES: u64 = 16 << 20;
/// The most files that are reported one by one as unreadable.
const MAX_WARNINGS: usize = 10;

/// The records of a state folder.
#[derive(Debug, Clone)]
pub struct Records {
    pub(super) state: StateFolder,
    /// Held to add to a record: one open file at a time, however many connections there are.
    appending: Arc<Mutex<()>>,
}

/// A record as it was read, with its lines.
pub(super) struct Content {
    pub(super) head: Head,
    pub(super) attempts: Vec<Attempt>,
    first_line: Vec<u8>,
}

impl Content {
    fn parse(id: &str, bytes: &[u8]) -> Result<Self> {
        let mut lines = bytes.split(|byte| *byte == b'\n');
        let first_line = lines.next().unwrap_or_default().to_vec();
        let sealed = Sealed::parse(&first_line).context("its first line has no seal")?;
        let head: Head = serde_json::from_slice(sealed.unverified()).context("its first line is damaged")?;
        if head.id != id {
            bail!("it contains the record of another delivery");
        }
        let attempts = lines.filter_map(|line| serde_json::from_slice(line).ok()).collect();
        Ok(Self { head, attempts, first_line })
    }

    /// The seal of the first line, which [`Content`] is only read from if it has the form of one.
    fn sealed(&self) -> Option<Sealed<'_>> {
        Sealed::parse(&self.first_line)
    }

    fn origin(&self, endpoints: &[Endpoint]) -> Origin {
        self.sealed()
            .map_or(Origin::OtherSecret, |sealed| Origin::detect(&sealed, &self.head.endpoint, endpoints))
    }

    pub(super) fn status(&self) -> DeliveryStatus {
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

    /// The state folder, if a command in an interactive shell must name it to find these records.
    pub fn state_dir(&self) -> Option<&Path> {
        self.state.path().filter(|_| !self.state.is_default())
    }

    /// Where the page of deliveries is written, if there is a folder for it.
    pub fn page_path(&self) -> Option<PathBuf> {
        Some(self.state.path()?.join(FOLDER).join(PAGE))
    }

    /// Writes the page of deliveries, readable by its owner only.
    pub fn write_page(&self, write: &mut dyn FnMut(&mut File) -> io::Result<()>) -> io::Result<()> {
        self.state.write_with(FOLDER, PAGE, write)
    }

    /// Whether there is a folder to keep records in.
    pub fn are_kept(&self) -> bool {
        self.state.path().is_some()
    }

    /// All readable records, newest first, each with its origin by these endpoints. Others are warnings.
    pub fn all(&self, endpoints: &[Endpoint], warnings: &mut Vec<String>) -> Vec<Record> {
        self.newest(usize::MAX, &|_| true, endpoints, warnings).0
    }

    /// At most `limit` (1 or more) readable records that are `wanted`, newest first, and the number of older ones,
    /// readable or not. No more are read.
    pub fn newest(
        &self,
        limit: usize,
        wanted: &dyn Fn(&Record) -> bool,
        endpoints: &[Endpoint],
        warnings: &mut Vec<String>,
    ) -> (Vec<Record>, usize) {
        let mut records = Vec::new();
        let older = self.visit(endpoints, warnings, &mut |record| {
            records.extend(Some(record).filter(wanted));
            if records.len() < limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        (records, older)
    }

    /// Passes each readable record to `visitor`, newest first, until it breaks: only one of them is in memory at a time. Returns the
    /// number of older ones, readable or not.
    pub fn visit(
        &self,
        endpoints: &[Endpoint],
        warnings: &mut Vec<String>,
        visitor: &mut dyn FnMut(Record) -> ControlFlow<()>,
    ) -> usize {
        let (mut unreadable, mut foreign) = (Vec::new(), ForeignFiles::default());
        let names = self.state.names(FOLDER);
        let mut older = names.iter().filter_map(|name| Some(id_of(name)?.0)).rev();
        for id in older.by_ref() {
            if foreign.are_too_many() {
                let folder = self.display();
                warnings.push(format!(
                    "ignoring what is older than delivery {id}: {folder} has too many files of others"
                ));
                break;
            }
            match self.examine(id, endpoints, &mut foreign) {
                Ok((content, origin)) => {
                    if visitor(request::record(content.head, content.attempts, origin)).is_break() {
                        break;
                    }
                }
                // Another process has removed it since.
                Err(error) if is_missing(&error) => {}
                Err(error) => unreadable.push(format!("ignoring {}: {error:#}", self.file(id))),
            }
        }
        let others = unreadable.len().saturating_sub(MAX_WARNINGS);
        warnings.extend(unreadable.into_iter().take(MAX_WARNINGS));
        if others > 0 {
            warnings.push(format!("ignoring {others} other files in {}", self.display()));
        }
        older.count()
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
        let name = &content.head.endpoint;
        let is_allowed =
            content.sealed().is_some_and(|sealed| Origin::admits(&sealed, name, target, endpoints));
        let status = content.status();
        Ok(is_allowed.then_some((content.head, status)))
    }

    /// Reads a record and finds out who wrote it. Files of others are counted.
    pub(super) fn examine(
        &self,
        id: &str,
        endpoints: &[Endpoint],
        foreign: &mut ForeignFiles,
    ) -> Result<(Content, Origin)> {
        let bytes = self.bytes(id).inspect_err(|_| foreign.add(0))?;
        let content = Content::parse(id, &bytes);
        let origin = content.as_ref().map_or(Origin::OtherSecret, |content| content.origin(endpoints));
        if origin != Origin::Ours {
            foreign.add(bytes.len());
        }
        Ok((content?, origin))
    }

    /// The first line of a record, byte for byte.
    pub fn first_line(&self, id: &str) -> Result<Vec<u8>> {
        self.content(id).map(|content| content.first_line)
    }

    /// Stores a record that is only known by its first line, unless there is one of this id, and returns the id. `None` unless
    /// `target` may get it, by default the endpoint of its name.
    pub fn adopt(
        &self,
        first_line: &[u8],
        target: Option<&Endpoint>,
        endpoints: &[Endpoint],
    ) -> Result<Option<String>> {
        let sealed = Sealed::parse(first_line).context("it has no seal")?;
        let head: Head = serde_json::from_slice(sealed.unverified()).context("it is damaged")?;
        let target = target.or_else(|| endpoints.iter().find(|endpoint| endpoint.name == head.endpoint));
        let is_admitted =
            target.is_some_and(|target| Origin::admits(&sealed, &head.endpoint, target, endpoints));
        if parse_id(&head.id).is_none() || !is_admitted {
            return Ok(None);
        }
        if self.bytes(&head.id).is_err() {
            self.state.write(FOLDER, &format!("{}{EXTENSION}", head.id), first_line)?;
        }
        Ok(Some(head.id))
    }

    fn content(&self, id: &str) -> Result<Content> {
        Content::parse(id, &self.bytes(id)?)
    }

    fn bytes(&self, id: &str) -> io::Result<Vec<u8>> {
        self.state.read(FOLDER, &format!("{id}{EXTENSION}"), MAX_BYTES)
    }

    /// Writes the head of a new record.
    pub(super) fn begin(&self, head: &Head, key: &SealKey) -> io::Result<()> {
        let line = key.seal(&serde_json::to_string(head)?);
        self.state.write(FOLDER, &format!("{}{EXTENSION}", head.id), line.as_bytes())
    }

    /// Makes a record survive a power failure.
    pub(super) fn sync(&self, id: &str) -> io::Result<()> {
        self.state.sync(FOLDER, &format!("{id}{EXTENSION}"))
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
        let id = &head.command_id;
        parse_id(id).is_some() && self.state.is_locked(FOLDER, &lock_name(id))
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
pub(super) fn id_of(name: &str) -> Option<(&str, i64)> {
    let id = name.strip_suffix(EXTENSION)?;
    let (seconds, _) = parse_id(id)?.get_timestamp()?.to_unix();
    Some((id, i64::try_from(seconds).ok()?))
}

/// A UUIDv7 as this program writes it.
pub(super) fn parse_id(text: &str) -> Option<Uuid> {
    let id = Uuid::parse_str(text).ok().filter(|id| id.get_version() == Some(Version::SortRand))?;
    let is_canonical = id.hyphenated().encode_lower(&mut Uuid::encode_buffer()) == text;
    is_canonical.then_some(id)
}

/// The file whose lock reserves a delivery or the deliveries of a command.
fn lock_name(id: &str) -> String {
    format!(".{id}.lock")
}
