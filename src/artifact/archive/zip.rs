//! A zip archive, entry by entry, without unpacking it.
//!
//! <https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT>. Reads the central directory in pieces, so that memory does
//! not grow with the number of entries, of which at most [`ENTRIES`] are looked at. An entry is read up to the
//! limit that its reader sets, whatever size it claims.

use std::io::{BufReader, Read, SeekFrom};

use flate2::read::DeflateDecoder;

use crate::artifact::bytes::{Bytes, Endian};
use crate::artifact::{Damage, ReadSeek, read_at_most};

/// Entries that are looked at.
const ENTRIES: u64 = 500_000;
/// The end of the central directory is looked for in so many bytes from the end: its own size and the longest
/// comment.
const END: u64 = 22 + 65_535;
/// The longest name that counts.
const NAME: usize = 4096;

/// The first bytes of a zip archive that is not empty.
pub(crate) const MAGIC: &[u8] = b"PK\x03\x04";

/// An archive.
pub(crate) struct Archive<'a> {
    source: &'a mut dyn ReadSeek,
    directory: u64,
    count: u64,
}

/// A file in the archive.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) name: String,
    method: u16,
    compressed_size: u64,
    header: u64,
}

impl<'a> Archive<'a> {
    /// Finds the central directory.
    pub(crate) fn open(source: &'a mut dyn ReadSeek) -> Result<Self, Damage> {
        let size = source.seek(SeekFrom::End(0))?;
        let start = size.saturating_sub(END);
        source.seek(SeekFrom::Start(start))?;
        let tail = read_at_most(&mut *source, END)?;
        let end = (0..tail.len().saturating_sub(21)).rev().find(|at| tail[*at..].starts_with(b"PK\x05\x06"));
        let end = end.ok_or("it has no central directory")?;
        let record = Bytes(&tail).from(end).ok_or("its central directory is cut off")?;
        let mut count = record.u16(10, Endian::Little).map_or(0, u64::from);
        let mut directory = record.u32(16, Endian::Little).map_or(0, u64::from);
        if count == 0xffff || directory == 0xffff_ffff {
            (count, directory) = zip64(source, start + end as u64)?;
        }
        Ok(Self { source, directory, count })
    }

    /// Where the central directory begins. The signing block of an apk ends there.
    pub(crate) fn directory(&self) -> u64 {
        self.directory
    }

    /// What the archive is read from.
    pub(crate) fn source(&mut self) -> &mut dyn ReadSeek {
        self.source
    }

    /// Hands over each entry in the order of the directory, until `visit` has seen enough and says so.
    pub(crate) fn each(&mut self, mut visit: impl FnMut(Entry) -> Enough) -> Result<(), Damage> {
        self.source.seek(SeekFrom::Start(self.directory))?;
        let mut directory = BufReader::with_capacity(32 << 10, &mut *self.source);
        for _ in 0..self.count.min(ENTRIES) {
            let mut header = [0; 46];
            directory.read_exact(&mut header)?;
            let header = Bytes(&header);
            let half = |at| header.u16(at, Endian::Little).unwrap_or(0);
            let word = |at| u64::from(header.u32(at, Endian::Little).unwrap_or(0));
            if word(0) != 0x0201_4b50 {
                return Err("its central directory is damaged".into());
            }
            let mut name = vec![0; usize::from(half(28))];
            directory.read_exact(&mut name)?;
            let extra = read_at_most(&mut directory, u64::from(half(30)))?;
            std::io::copy(&mut (&mut directory).take(u64::from(half(32))), &mut std::io::sink())?;
            let (compressed_size, header) = zip64_sizes(Bytes(&extra), word(24), word(20), word(42));
            if name.len() <= NAME {
                let name = String::from_utf8_lossy(&name).into_owned();
                if visit(Entry { name, method: half(10), compressed_size, header }) == Enough::Yes {
                    break;
                }
            }
        }
        Ok(())
    }

    /// The first `limit` bytes of an entry.
    pub(crate) fn read(&mut self, entry: &Entry, limit: u64) -> Result<Vec<u8>, Damage> {
        self.source.seek(SeekFrom::Start(entry.header))?;
        let header = read_at_most(&mut *self.source, 30)?;
        let header = Bytes(&header);
        let lengths = header.u16(26, Endian::Little).zip(header.u16(28, Endian::Little));
        let (name, extra) = lengths.ok_or_else(|| format!("{} is cut off", entry.name))?;
        if header.u32(0, Endian::Little) != Some(0x0403_4b50) {
            return Err(format!("{} is not where the directory has it", entry.name).into());
        }
        self.source.seek(SeekFrom::Current(i64::from(name) + i64::from(extra)))?;
        let packed = (&mut *self.source).take(entry.compressed_size);
        match entry.method {
            0 => Ok(read_at_most(packed, limit)?),
            8 => Ok(read_at_most(DeflateDecoder::new(packed), limit)?),
            method => {
                Err(format!("{} is packed by method {method}, which is not known here", entry.name).into())
            }
        }
    }

    /// The first entry whose name is wanted.
    pub(crate) fn find(&mut self, mut is_wanted: impl FnMut(&str) -> bool) -> Result<Option<Entry>, Damage> {
        let mut found = None;
        self.each(|entry| {
            if is_wanted(&entry.name) {
                found = Some(entry);
                return Enough::Yes;
            }
            Enough::No
        })?;
        Ok(found)
    }

    /// The whole of an entry, which must not have more than `limit` bytes.
    pub(crate) fn read_whole(&mut self, entry: &Entry, limit: u64) -> Result<Vec<u8>, Damage> {
        let bytes = self.read(entry, limit + 1)?;
        if bytes.len() as u64 > limit {
            return Err(format!("{} has more than {limit} bytes", entry.name).into());
        }
        Ok(bytes)
    }
}

/// Whether more entries are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Enough {
    /// No more.
    Yes,
    /// Go on.
    No,
}

/// Count and place of a large archive's directory, from the record that stands before the usual one.
fn zip64(source: &mut dyn ReadSeek, end: u64) -> Result<(u64, u64), Damage> {
    let damaged = "its zip64 directory is damaged";
    source.seek(SeekFrom::Start(end.checked_sub(20).ok_or(damaged)?))?;
    let locator = read_at_most(&mut *source, 20)?;
    let place = Bytes(&locator).u64(8, Endian::Little).ok_or(damaged)?;
    source.seek(SeekFrom::Start(place))?;
    let record = read_at_most(&mut *source, 56)?;
    let record = Bytes(&record);
    if record.u32(0, Endian::Little) != Some(0x0606_4b50) {
        return Err(damaged.into());
    }
    Ok(record.u64(32, Endian::Little).zip(record.u64(48, Endian::Little)).ok_or(damaged)?)
}

/// Packed size and place of an entry; those too large for their field stand in the zip64 extra field, in the
/// order size, packed size, place.
fn zip64_sizes(extra: Bytes, size: u64, compressed: u64, header: u64) -> (u64, u64) {
    const TOO_LARGE: u64 = 0xffff_ffff;
    let mut at = 0;
    while let Some((id, length)) = extra.u16(at, Endian::Little).zip(extra.u16(at + 2, Endian::Little)) {
        if id == 1 {
            let mut field = at + 4;
            let mut next = |value: u64| {
                if value != TOO_LARGE {
                    return value;
                }
                let large = extra.u64(field, Endian::Little).unwrap_or(value);
                field += 8;
                large
            };
            next(size);
            return (next(compressed), next(header));
        }
        at += 4 + usize::from(length);
    }
    (compressed, header)
}
