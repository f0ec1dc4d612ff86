//! A compound file: Microsoft's small file system in a file, which msi packages are.
//!
//! <https://learn.microsoft.com/openspecs/windows_protocols/ms-cfb>. Reads at most [`DIRECTORY`] bytes of the directory, and of
//! the table of sectors what is needed to follow a stream. A stream is read up to the limit that its reader sets.

use std::io::SeekFrom;

use crate::artifact::bytes::{Bytes, Endian};
use crate::artifact::{Damage, ReadSeek, read_at_most};

/// Bytes of the directory.
const DIRECTORY: usize = 1 << 20;
/// Sectors of the table of sectors: enough for 4 GB in sectors of 512 bytes.
const TABLE: usize = 1 << 16;
/// Bytes of the stream that holds the small streams, and of its table.
const SMALL: usize = 8 << 20;
/// Bytes of a sector of a small stream.
const SMALL_SECTOR: usize = 64;
/// The numbers from here on are no sectors but mean the end, or nothing.
const NO_SECTOR: u32 = 0xffff_fffa;
/// The first bytes of a compound file.
pub(crate) const MAGIC: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

/// A compound file and its directory.
pub(crate) struct CompoundFile<'a> {
    source: &'a mut dyn ReadSeek,
    sector: usize,
    /// The sectors in which the table of sectors lies.
    table: Vec<u32>,
    /// The sector of the table that was read last.
    last: (u32, Vec<u8>),
    /// Streams below this size lie in the stream of the root.
    small_below: u64,
    small_table: u32,
    streams: Vec<Stream>,
    root: Stream,
}

/// A stream by its name.
#[derive(Debug, Clone, Default)]
struct Stream {
    name: Vec<u16>,
    start: u32,
    size: u64,
}

impl<'a> CompoundFile<'a> {
    /// Reads header and directory.
    pub(crate) fn open(source: &'a mut dyn ReadSeek) -> Result<Self, Damage> {
        source.seek(SeekFrom::Start(0))?;
        let header = read_at_most(&mut *source, 512)?;
        if !header.starts_with(MAGIC) {
            return Err("it is no compound file".into());
        }
        let header = Bytes(&header);
        let word = |at| header.u32(at, Endian::Little).unwrap_or(NO_SECTOR);
        let sector = match header.u16(30, Endian::Little) {
            Some(shift @ (9 | 12)) => 1 << shift,
            _ => return Err("its sectors have an unknown size".into()),
        };
        let mut file = Self {
            source,
            sector,
            table: (0..109)
                .map(|index| word(76 + index * 4))
                .take_while(|sector| *sector < NO_SECTOR)
                .collect(),
            last: (NO_SECTOR, Vec::new()),
            small_below: u64::from(word(56)),
            small_table: word(60),
            streams: Vec::new(),
            root: Stream::default(),
        };
        file.read_table(word(68))?;
        file.read_directory(word(48))?;
        Ok(file)
    }

    /// The first `limit` bytes of a stream, if there is one of that name.
    pub(crate) fn stream(&mut self, name: &[u16], limit: usize) -> Result<Option<Vec<u8>>, Damage> {
        let Some(stream) = self.streams.iter().find(|stream| stream.name == name).cloned() else {
            return Ok(None);
        };
        let size = usize::try_from(stream.size).unwrap_or(limit).min(limit);
        if stream.size >= self.small_below {
            return self.chain(stream.start, size).map(Some);
        }
        let table = self.chain(self.small_table, SMALL)?;
        let sectors = self.chain(self.root.start, SMALL)?;
        let (mut bytes, mut next) = (Vec::new(), stream.start);
        while bytes.len() < size && next < NO_SECTOR {
            let at = (next as usize).checked_mul(SMALL_SECTOR).ok_or("a stream is damaged")?;
            bytes.extend(Bytes(&sectors).slice(at, SMALL_SECTOR).ok_or("a stream is cut off")?.0);
            next = Bytes(&table).u32(next as usize * 4, Endian::Little).ok_or("a stream is damaged")?;
        }
        bytes.truncate(size);
        Ok(Some(bytes))
    }

    /// The sectors of the table that the header has no room for.
    fn read_table(&mut self, mut next: u32) -> Result<(), Damage> {
        while next < NO_SECTOR && self.table.len() < TABLE {
            let sector = self.read_sector(next)?;
            let mut numbers = sector.chunks_exact(4).map(|bytes| Bytes(bytes).u32(0, Endian::Little));
            next = numbers.next_back().flatten().ok_or("its table of sectors is cut off")?;
            self.table.extend(numbers.flatten().take_while(|sector| *sector < NO_SECTOR));
        }
        Ok(())
    }

    fn read_directory(&mut self, start: u32) -> Result<(), Damage> {
        for entry in self.chain(start, DIRECTORY)?.chunks_exact(128) {
            let entry = Bytes(entry);
            let length = entry.u16(64, Endian::Little).map_or(0, |bytes| usize::from(bytes / 2).min(32));
            let name = (0..length.saturating_sub(1)).filter_map(|index| entry.u16(index * 2, Endian::Little));
            let stream = Stream {
                name: name.collect(),
                start: entry.u32(116, Endian::Little).unwrap_or(NO_SECTOR),
                size: entry.u64(120, Endian::Little).unwrap_or(0),
            };
            match entry.u8(66) {
                Some(2) => self.streams.push(stream),
                Some(5) => self.root = stream,
                _ => {}
            }
        }
        Ok(())
    }

    /// What a chain of sectors holds, `limit` bytes at most. A chain that bites its tail ends there too.
    fn chain(&mut self, mut next: u32, limit: usize) -> Result<Vec<u8>, Damage> {
        let mut bytes = Vec::new();
        while next < NO_SECTOR && bytes.len() < limit {
            bytes.extend(self.read_sector(next)?);
            next = self.after(next)?;
        }
        bytes.truncate(limit);
        Ok(bytes)
    }

    /// The sector that follows one, by the table.
    fn after(&mut self, sector: u32) -> Result<u32, Damage> {
        let numbers = self.sector / 4;
        let place = sector as usize / numbers;
        let table = *self.table.get(place).ok_or("its table of sectors is cut off")?;
        if self.last.0 != table {
            self.last = (table, self.read_sector(table)?);
        }
        let next = Bytes(&self.last.1).u32(sector as usize % numbers * 4, Endian::Little);
        Ok(next.ok_or("its table of sectors is cut off")?)
    }

    fn read_sector(&mut self, number: u32) -> Result<Vec<u8>, Damage> {
        let size = self.sector as u64;
        self.source.seek(SeekFrom::Start((u64::from(number) + 1) * size))?;
        let bytes = read_at_most(&mut *self.source, size)?;
        if bytes.is_empty() { Err("it is cut off".into()) } else { Ok(bytes) }
    }
}
