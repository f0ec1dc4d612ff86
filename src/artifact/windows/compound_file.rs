//! Compound files: Microsoft's file system in a file, used by msi packages.
//!
//! <https://learn.microsoft.com/openspecs/windows_protocols/ms-cfb>. Only the parts of the sector allocation
//! table ("FAT") that a stream needs are read.

use std::io::SeekFrom;

use crate::artifact::bytes::{Bytes, Endian};
use crate::artifact::magic::Magic;
use crate::artifact::{Damage, ReadSeek, read_at_most};

pub(crate) const MAGIC: Magic = Magic {
    name: "a compound file, like msi packages and old Office documents",
    matches: |head| head.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
};

/// Bytes of the directory to read.
const MAX_DIRECTORY_BYTES: usize = 1 << 20;
/// FAT sectors: enough for 4 GB in sectors of 512 bytes.
const MAX_FAT_SECTORS: usize = 1 << 16;
/// Bytes of the mini stream, which contains the small streams.
const MAX_MINI_STREAM_BYTES: usize = 8 << 20;
/// Bytes of the mini stream's FAT: four for each sector.
const MAX_MINI_FAT_BYTES: usize = MAX_MINI_STREAM_BYTES / MINI_SECTOR_BYTES * 4;
/// Bytes of a sector in the mini stream.
const MINI_SECTOR_BYTES: usize = 64;
/// Sector numbers from here on are markers such as "end of chain" and "free".
const FIRST_MARKER: u32 = 0xffff_fffa;

/// An open compound file.
pub(crate) struct CompoundFile<'a> {
    source: &'a mut dyn ReadSeek,
    sector_size: usize,
    /// Numbers of the sectors that make up the FAT.
    fat: Vec<u32>,
    /// The last FAT sector that was read, and its number.
    last: (u32, Vec<u8>),
    /// Streams below this size are in the mini stream.
    mini_stream_cutoff: u64,
    /// First sector of the mini stream's FAT.
    mini_fat: u32,
    streams: Vec<Stream>,
    /// The mini stream.
    root: Stream,
}

/// A directory entry.
#[derive(Debug, Clone, Default)]
struct Stream {
    name: Vec<u16>,
    start: u32,
    size: u64,
}

impl<'a> CompoundFile<'a> {
    /// Reads the header and the directory.
    pub(crate) fn open(source: &'a mut dyn ReadSeek) -> Result<Self, Damage> {
        source.seek(SeekFrom::Start(0))?;
        let header = read_at_most(&mut *source, 512)?;
        if !(MAGIC.matches)(&header) {
            return Err("not a compound file".into());
        }
        let header = Bytes(&header);
        let word = |at| header.u32(at, Endian::Little).unwrap_or(FIRST_MARKER);
        let sector_size = match header.u16(30, Endian::Little) {
            Some(shift @ (9 | 12)) => 1 << shift,
            _ => return Err("unknown sector size".into()),
        };
        let mut file = Self {
            source,
            sector_size,
            fat: (0..109)
                .map(|index| word(76 + index * 4))
                .take_while(|sector| *sector < FIRST_MARKER)
                .collect(),
            last: (FIRST_MARKER, Vec::new()),
            mini_stream_cutoff: u64::from(word(56)),
            mini_fat: word(60),
            streams: Vec::new(),
            root: Stream::default(),
        };
        // A stream that needs the rest of a damaged table fails.
        let reports = file.source.reports().clone();
        reports.value(file.read_fat(word(68)));
        file.read_directory(word(48))?;
        Ok(file)
    }

    /// The first `limit` bytes of the stream with this name. `None` if it does not exist.
    pub(crate) fn stream(&mut self, name: &[u16], limit: usize) -> Result<Option<Vec<u8>>, Damage> {
        let Some(stream) = self.streams.iter().find(|stream| stream.name == name).cloned() else {
            return Ok(None);
        };
        let size = usize::try_from(stream.size).unwrap_or(limit).min(limit);
        if stream.size >= self.mini_stream_cutoff {
            return self.chain(stream.start, size).map(Some);
        }
        let mini_fat = self.chain(self.mini_fat, MAX_MINI_FAT_BYTES)?;
        let sectors = self.chain(self.root.start, MAX_MINI_STREAM_BYTES)?;
        let size = size.min(sectors.len());
        let (mut bytes, mut next) = (Vec::with_capacity(size), stream.start);
        while bytes.len() < size && next < FIRST_MARKER {
            let at = (next as usize).checked_mul(MINI_SECTOR_BYTES).ok_or("invalid stream")?;
            bytes.extend(Bytes(&sectors).slice(at, MINI_SECTOR_BYTES).ok_or("truncated stream")?.0);
            next = Bytes(&mini_fat).u32(next as usize * 4, Endian::Little).ok_or("invalid stream")?;
        }
        bytes.truncate(size);
        Ok(Some(bytes))
    }

    /// Reads the numbers of the FAT sectors that do not fit in the header. The budget ends a chain that forms a
    /// loop.
    fn read_fat(&mut self, mut next: u32) -> Result<(), Damage> {
        while next < FIRST_MARKER && self.fat.len() < MAX_FAT_SECTORS {
            let sector = self.read_sector(next)?;
            let mut numbers = sector.chunks_exact(4).map(|bytes| Bytes(bytes).u32(0, Endian::Little));
            next = numbers.next_back().flatten().ok_or("truncated sector allocation table")?;
            self.fat.extend(numbers.flatten().take_while(|sector| *sector < FIRST_MARKER));
        }
        Ok(())
    }

    fn read_directory(&mut self, start: u32) -> Result<(), Damage> {
        let (directory, damage) = self.chain_until_damage(start, MAX_DIRECTORY_BYTES);
        match damage {
            Some(damage) if directory.is_empty() => return Err(damage),
            Some(damage) => self.source.reports().add(damage),
            None => {}
        }
        for entry in directory.chunks_exact(128) {
            let entry = Bytes(entry);
            let length = entry.u16(64, Endian::Little).map_or(0, |bytes| usize::from(bytes / 2).min(32));
            let name = (0..length.saturating_sub(1)).filter_map(|index| entry.u16(index * 2, Endian::Little));
            let stream = Stream {
                name: name.collect(),
                start: entry.u32(116, Endian::Little).unwrap_or(FIRST_MARKER),
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

    /// The content of a chain of sectors, at most `limit` bytes, which are allocated at once. The limit also ends
    /// a chain that forms a loop.
    fn chain(&mut self, start: u32, limit: usize) -> Result<Vec<u8>, Damage> {
        let (bytes, damage) = self.chain_until_damage(start, limit);
        damage.map_or(Ok(bytes), Err)
    }

    /// Like [`CompoundFile::chain`], with the content before the damage.
    fn chain_until_damage(&mut self, mut next: u32, limit: usize) -> (Vec<u8>, Option<Damage>) {
        let mut bytes = Vec::with_capacity(limit + self.sector_size);
        let mut damage = None;
        while damage.is_none() && next < FIRST_MARKER && bytes.len() < limit {
            let sector = self.read_sector(next);
            let read = sector.map(|sector| bytes.extend(sector)).and_then(|()| self.next_sector(next));
            match read {
                Ok(sector) => next = sector,
                Err(reason) => damage = Some(reason),
            }
        }
        bytes.truncate(limit);
        (bytes, damage)
    }

    /// The sector that follows another in its chain.
    fn next_sector(&mut self, sector: u32) -> Result<u32, Damage> {
        let numbers = self.sector_size / 4;
        let index = sector as usize / numbers;
        let fat_sector = *self.fat.get(index).ok_or("truncated sector allocation table")?;
        if self.last.0 != fat_sector {
            self.last = (fat_sector, self.read_sector(fat_sector)?);
        }
        let next = Bytes(&self.last.1).u32(sector as usize % numbers * 4, Endian::Little);
        Ok(next.ok_or("truncated sector allocation table")?)
    }

    fn read_sector(&mut self, number: u32) -> Result<Vec<u8>, Damage> {
        let size = self.sector_size as u64;
        self.source.seek(SeekFrom::Start((u64::from(number) + 1) * size))?;
        let bytes = read_at_most(&mut *self.source, size)?;
        if bytes.is_empty() { Err("truncated file".into()) } else { Ok(bytes) }
    }
}
