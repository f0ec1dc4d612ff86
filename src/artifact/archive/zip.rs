//! Zip archives, read entry by entry without unpacking them.
//!
//! [rawzip](https://docs.rs/rawzip) reads the format. It reads the central directory through one buffer, so
//! memory does not grow with the number of entries. Entries are decompressed up to the limit that the caller
//! sets, whatever size they claim.

use std::cell::RefCell;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::ops::ControlFlow;

use rawzip::{CompressionMethod, ErrorKind, ReaderAt, ZipArchive, ZipArchiveEntryWayfinder};

use crate::artifact::budget::{self, Budget, ENTRY};
use crate::artifact::bytes::{Bytes, Endian};
use crate::artifact::inflate::Inflate;
use crate::artifact::magic::Magic;
use crate::artifact::reports::Reports;
use crate::artifact::{Damage, ReadSeek, read_at_most, read_from, xml};

/// Empty archives, which begin with their end record, do not match.
pub(crate) const MAGIC: Magic =
    Magic { name: "a zip archive", matches: |head| head.starts_with(b"PK\x03\x04") };

/// Bytes at the end of the file that are searched for the end record: its own size and the longest comment.
const MAX_END_BYTES: u64 = 22 + 65_535;
/// Bytes of a name; entries with longer names are skipped.
const MAX_NAME_BYTES: usize = 4096;
/// Bytes of a text file.
const MAX_TEXT_BYTES: u64 = 1 << 20;

/// An open archive.
pub(crate) struct Archive<'a> {
    archive: ZipArchive<Source<'a>>,
    buffer: Vec<u8>,
    budget: Budget,
    reports: Reports,
    is_cut_off: bool,
}

/// A file in the archive.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) name: String,
    method: CompressionMethod,
    position: ZipArchiveEntryWayfinder,
}

/// Reads at an offset, as rawzip asks for it.
struct Source<'a> {
    inner: RefCell<&'a mut dyn ReadSeek>,
    /// Where the archive begins.
    start: u64,
}

impl ReaderAt for Source<'_> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut source = self.inner.borrow_mut();
        source.seek(SeekFrom::Start(self.start.saturating_add(offset)))?;
        source.read(buffer)
    }
}

/// A file that is stored in an archive without compression, such as another archive.
struct Stored<'s, 'a> {
    source: &'s Source<'a>,
    start: u64,
    end: u64,
    position: u64,
    budget: Budget,
    reports: Reports,
}

impl Read for Stored<'_, '_> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let rest = self.end.saturating_sub(self.start).saturating_sub(self.position);
        let count = bytes.len().min(usize::try_from(rest).unwrap_or(usize::MAX));
        let count = self.source.read_at(&mut bytes[..count], self.start + self.position)?;
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for Stored<'_, '_> {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        let position = match position {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
            SeekFrom::End(offset) => (self.end - self.start).checked_add_signed(offset),
        };
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

impl ReadSeek for Stored<'_, '_> {
    fn budget(&self) -> &Budget {
        &self.budget
    }

    fn reports(&self) -> &Reports {
        &self.reports
    }
}

impl From<rawzip::Error> for Damage {
    fn from(error: rawzip::Error) -> Self {
        match error.kind() {
            ErrorKind::MissingEndOfCentralDirectory => "not a valid zip file: no central directory".into(),
            ErrorKind::Eof => "not a valid zip file: unexpected end".into(),
            _ => format!("not a valid zip file: {error}").into(),
        }
    }
}

impl<'a> Archive<'a> {
    /// Finds the central directory.
    pub(crate) fn open(source: &'a mut dyn ReadSeek) -> Result<Self, Damage> {
        let (budget, reports) = (source.budget().clone(), source.reports().clone());
        let size = source.seek(SeekFrom::End(0))?;
        let start = start_of_zip64(source, size).unwrap_or(0);
        // The longest entry of a central directory fits.
        let mut buffer = vec![0; rawzip::MAX_CENTRAL_DIRECTORY_RECORD_SIZE];
        let archive = ZipArchive::with_max_search_space(MAX_END_BYTES)
            .locate_in_reader(Source { inner: RefCell::new(source), start }, &mut buffer, size - start)
            .map_err(|(_, error)| error)?;
        Ok(Self { archive, buffer, budget, reports, is_cut_off: false })
    }

    /// What reading is charged to.
    pub(crate) fn budget(&self) -> &Budget {
        &self.budget
    }

    /// Damage to parts of the file.
    pub(crate) fn reports(&self) -> &Reports {
        &self.reports
    }

    /// Whether an invalid entry hid those after it from [`Archive::each`].
    pub(crate) fn is_cut_off(&self) -> bool {
        self.is_cut_off
    }

    /// Offset of the central directory. An apk's signing block ends there.
    pub(crate) fn directory_offset(&self) -> u64 {
        self.archive.directory_offset()
    }

    /// Bytes of the file from `offset`.
    pub(crate) fn read_raw<const N: usize>(&self, offset: u64) -> Option<[u8; N]> {
        let mut bytes = [0; N];
        self.archive.get_ref().read_exact_at(&mut bytes, offset).ok()?;
        Some(bytes)
    }

    /// Visits the entries in the order of the directory, until `visit` breaks. An invalid entry is reported, and those after
    /// it are lost.
    pub(crate) fn each(&mut self, mut visit: impl FnMut(Entry) -> ControlFlow<()>) -> Result<(), Damage> {
        let mut entries = self.archive.entries(&mut self.buffer);
        let mut is_first = true;
        loop {
            let entry = match entries.next_entry() {
                Ok(Some(entry)) => entry,
                Err(error) if is_first => return Err(error.into()),
                Err(error) => {
                    self.reports.add(error);
                    self.is_cut_off = true;
                    break;
                }
                Ok(None) => break,
            };
            is_first = false;
            self.budget.spend(ENTRY)?;
            let name = entry.file_path();
            if name.as_ref().len() > MAX_NAME_BYTES {
                continue;
            }
            let entry = Entry {
                name: String::from_utf8_lossy(name.as_ref()).into_owned(),
                method: entry.compression_method(),
                position: entry.wayfinder(),
            };
            if visit(entry).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// The first entry whose name matches.
    pub(crate) fn find(&mut self, mut is_match: impl FnMut(&str) -> bool) -> Result<Option<Entry>, Damage> {
        let mut found = None;
        self.each(|entry| {
            if is_match(&entry.name) {
                found = Some(entry);
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        })?;
        Ok(found)
    }

    /// The first `limit` bytes of an entry.
    pub(crate) fn read(&mut self, entry: &Entry, limit: u64) -> Result<Vec<u8>, Damage> {
        let compressed = self.archive.get_entry(entry.position)?.reader();
        match entry.method {
            CompressionMethod::STORE => Ok(read_at_most(compressed, limit)?),
            CompressionMethod::DEFLATE => Ok(read_at_most(Inflate::new(compressed, &self.budget), limit)?),
            method => Err(format!(
                "{} uses compression method {}, which is not supported",
                entry.name,
                method.as_u16()
            )
            .into()),
        }
    }

    /// An entry as a file, which can be an archive. A compressed one is kept in memory, and fails if it has more than `limit` bytes.
    pub(crate) fn open_entry(&mut self, entry: &Entry, limit: u64) -> Result<Box<dyn ReadSeek + '_>, Damage> {
        if entry.method != CompressionMethod::STORE {
            let bytes = self.read_whole(entry, limit)?;
            let (budget, reports) = (self.budget.clone(), self.reports.clone());
            return Ok(Box::new(budget::Source::with_reports(Cursor::new(bytes), budget, reports)));
        }
        let (start, end) = self.archive.get_entry(entry.position)?.compressed_data_range();
        let (source, budget, reports) = (self.archive.get_ref(), self.budget.clone(), self.reports.clone());
        Ok(Box::new(Stored { source, start, end: end.max(start), position: 0, budget, reports }))
    }

    /// The first entry whose name matches, as text in UTF-8 or UTF-16. `None` if there is none.
    pub(crate) fn find_text(&mut self, is_match: impl FnMut(&str) -> bool) -> Result<Option<String>, Damage> {
        let Some(entry) = self.find(is_match)? else { return Ok(None) };
        let bytes = self.read_whole(&entry, MAX_TEXT_BYTES)?;
        Ok(Some(xml::decode(&bytes).into_owned()))
    }

    /// A whole entry. Fails if it has more than `limit` bytes.
    pub(crate) fn read_whole(&mut self, entry: &Entry, limit: u64) -> Result<Vec<u8>, Damage> {
        let bytes = self.read(entry, limit + 1)?;
        if bytes.len() as u64 > limit {
            return Err(format!("{} has more than {limit} bytes", entry.name).into());
        }
        Ok(bytes)
    }
}

/// Where a zip64 archive begins that something precedes, such as a script, if its offsets do not include that. rawzip finds
/// the beginning of other archives.
fn start_of_zip64(source: &mut dyn ReadSeek, size: u64) -> Option<u64> {
    // The end record of zip64, its locator with the offset of the record, and the end record.
    const RECORDS: usize = 56 + 20 + 22;
    let at = size.checked_sub(RECORDS as u64)?;
    let records = read_from(source, at, RECORDS as u64)?;
    let has_signature = |at: usize, signature: &[u8]| records.get(at..at + 4) == Some(signature);
    let is_zip64 = has_signature(0, b"PK\x06\x06")
        && has_signature(56, b"PK\x06\x07")
        && has_signature(76, b"PK\x05\x06");
    let offset = Bytes(&records).u64(56 + 8, Endian::Little).filter(|_| is_zip64)?;
    at.checked_sub(offset)
}
