//! Zip archives, read entry by entry without unpacking them.
//!
//! [rawzip](https://docs.rs/rawzip) reads the format. It reads the central directory through one buffer, so
//! memory does not grow with the number of entries. Entries are decompressed up to the limit that the caller
//! sets, whatever size they claim.

use std::cell::RefCell;
use std::io::{self, SeekFrom};
use std::ops::ControlFlow;

use rawzip::{CompressionMethod, ErrorKind, ReaderAt, ZipArchive, ZipArchiveEntryWayfinder};

use crate::artifact::budget::{Budget, ENTRY};
use crate::artifact::inflate::Inflate;
use crate::artifact::magic::Magic;
use crate::artifact::{Damage, ReadSeek, read_at_most, xml};

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
}

/// A file in the archive.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) name: String,
    method: CompressionMethod,
    position: ZipArchiveEntryWayfinder,
}

/// Reads at an offset, as rawzip asks for it.
struct Source<'a>(RefCell<&'a mut dyn ReadSeek>);

impl ReaderAt for Source<'_> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut source = self.0.borrow_mut();
        source.seek(SeekFrom::Start(offset))?;
        source.read(buffer)
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
        let budget = source.budget().clone();
        let size = source.seek(SeekFrom::End(0))?;
        // The longest entry of a central directory fits.
        let mut buffer = vec![0; rawzip::MAX_CENTRAL_DIRECTORY_RECORD_SIZE];
        let archive = ZipArchive::with_max_search_space(MAX_END_BYTES)
            .locate_in_reader(Source(RefCell::new(source)), &mut buffer, size)
            .map_err(|(_, error)| error)?;
        Ok(Self { archive, buffer, budget })
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

    /// Visits the entries in the order of the directory, until `visit` breaks.
    pub(crate) fn each(&mut self, mut visit: impl FnMut(Entry) -> ControlFlow<()>) -> Result<(), Damage> {
        let mut entries = self.archive.entries(&mut self.buffer);
        while let Some(entry) = entries.next_entry()? {
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
