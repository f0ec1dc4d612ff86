//! A file in a SquashFS image, by its path.
//!
//! <https://dr-emann.github.io/squashfs/squashfs.html>. Of a directory at most [`DIRECTORY`] bytes are read; a file may
//! have [`FILE`] bytes.

use std::io::SeekFrom;

use crate::artifact::bytes::{Bytes, Endian};
use crate::artifact::decompress::{Packing, unpacked_by};
use crate::artifact::{Damage, ReadSeek, read_at_most};

/// Bytes of a directory.
const DIRECTORY: usize = 1 << 20;
/// Bytes of a block of data, which the format limits.
const BLOCK: u64 = 1 << 20;
/// Bytes of a block of data at least, which the format limits too.
const SMALLEST_BLOCK: u64 = 4096;
/// Bytes of a file.
const FILE: u64 = 1 << 20;
/// Bytes of a block of metadata, unpacked.
const METADATA: u64 = 8192;
/// The first bytes of an image.
pub(crate) const MAGIC: &[u8] = b"hsqs";

/// An image.
pub(crate) struct Image<'a> {
    source: &'a mut dyn ReadSeek,
    superblock: Vec<u8>,
    packing: Packing,
}

/// What is used of an inode.
enum Inode {
    Directory { block: u32, offset: u16, size: u32 },
    File { start: u64, size: u64, fragment: Option<(u32, u32)>, blocks: Vec<u32> },
    Other,
}

impl<'a> Image<'a> {
    /// Reads the superblock.
    pub(crate) fn open(source: &'a mut dyn ReadSeek) -> Result<Self, Damage> {
        source.seek(SeekFrom::Start(0))?;
        let superblock = read_at_most(&mut *source, 96)?;
        if !superblock.starts_with(MAGIC) {
            return Err("it is no SquashFS image".into());
        }
        let packing = match Bytes(&superblock).u16(20, Endian::Little) {
            Some(1) => Packing::Zlib,
            Some(4) => Packing::Xz,
            Some(6) => Packing::Zstd,
            Some(3) => return Err("it is packed by LZO, which is not known here".into()),
            Some(5) => return Err("it is packed by LZ4, which is not known here".into()),
            _ => return Err("it is packed in an unknown way".into()),
        };
        Ok(Self { source, superblock, packing })
    }

    /// The content of the file at `path`, if there is one.
    pub(crate) fn read(&mut self, path: &str) -> Result<Option<Vec<u8>>, Damage> {
        let mut place = self.number(32)?;
        for name in path.split('/') {
            match self.entry(place, name)? {
                Some(found) => place = found,
                None => return Ok(None),
            }
        }
        self.content(place)
    }

    /// Where the inode of a directory's entry is.
    fn entry(&mut self, directory: u64, name: &str) -> Result<Option<u64>, Damage> {
        let Inode::Directory { block, offset, size } = self.inode(directory)? else { return Ok(None) };
        let start = self.number(72)?.saturating_add(u64::from(block));
        // Its size counts the entries for itself and its parent, three bytes that are not there.
        let size = (size as usize).saturating_sub(3).min(DIRECTORY);
        let list = self.metadata(start, usize::from(offset), size)?;
        let list = Bytes(&list);
        let mut at = 0;
        while let Some((count, block)) = list.u32(at, Endian::Little).zip(list.u32(at + 4, Endian::Little)) {
            at += 12;
            for _ in 0..=count {
                let Some(length) = list.u16(at + 6, Endian::Little) else { return Ok(None) };
                let length = usize::from(length) + 1;
                let found = list.slice(at + 8, length).ok_or("a directory is cut off")?;
                if found.0 == name.as_bytes() {
                    let offset = list.u16(at, Endian::Little).unwrap_or(0);
                    return Ok(Some(u64::from(block) << 16 | u64::from(offset)));
                }
                at += 8 + length;
            }
        }
        Ok(None)
    }

    fn content(&mut self, place: u64) -> Result<Option<Vec<u8>>, Damage> {
        let Inode::File { mut start, size, fragment, blocks } = self.inode(place)? else { return Ok(None) };
        let mut content = Vec::new();
        for block in blocks {
            content.extend(self.data(start, block)?);
            start = start.saturating_add(u64::from(block & !UNPACKED));
        }
        if let Some((index, offset)) = fragment {
            let rest = usize::try_from(size).unwrap_or(usize::MAX).saturating_sub(content.len());
            let (start, block) = self.fragment(index)?;
            let data = self.data(start, block)?;
            content.extend(data.iter().skip(offset as usize).take(rest));
        }
        Ok(Some(content))
    }

    fn inode(&mut self, place: u64) -> Result<Inode, Damage> {
        let start = self.number(64)?.saturating_add(place >> 16);
        let inode =
            self.metadata(start, (place & 0xffff) as usize, 56 + (FILE / SMALLEST_BLOCK * 4) as usize)?;
        let (size_of_block, inode) = (self.number_of_four(12)?, Bytes(&inode));
        let cut = "a file's description is cut off";
        let word = |at| inode.u32(at, Endian::Little).ok_or(cut);
        let half = |at| inode.u16(at, Endian::Little).ok_or(cut);
        let long = |at| inode.u64(at, Endian::Little).ok_or(cut);
        let (start, size, fragment, list) = match half(0)? {
            1 => {
                let size = u32::from(half(24)?);
                return Ok(Inode::Directory { block: word(16)?, offset: half(26)?, size });
            }
            8 => return Ok(Inode::Directory { block: word(24)?, offset: half(34)?, size: word(20)? }),
            2 => (u64::from(word(16)?), u64::from(word(28)?), (word(20)?, word(24)?), 32),
            9 => (long(16)?, long(24)?, (word(44)?, word(48)?), 56),
            _ => return Ok(Inode::Other),
        };
        let fragment = (fragment.0 != u32::MAX).then_some(fragment);
        let size_of_block = u64::from(size_of_block).max(SMALLEST_BLOCK);
        if size > FILE {
            return Err(format!("the file in it has more than {FILE} bytes").into());
        }
        let count = if fragment.is_some() { size / size_of_block } else { size.div_ceil(size_of_block) };
        let blocks = (0..count as usize).map(|index| word(list + index * 4)).collect::<Result<_, _>>()?;
        Ok(Inode::File { start, size, fragment, blocks })
    }

    /// Place and size of a fragment, which holds the ends of several files.
    fn fragment(&mut self, index: u32) -> Result<(u64, u32), Damage> {
        let table = self.number(80)?.saturating_add(u64::from(index / 512) * 8);
        self.source.seek(SeekFrom::Start(table))?;
        let place = Bytes(&read_at_most(&mut *self.source, 8)?).u64(0, Endian::Little);
        let entry = self.metadata(place.ok_or("it is cut off")?, index as usize % 512 * 16, 16)?;
        let entry = Bytes(&entry);
        Ok(entry.u64(0, Endian::Little).zip(entry.u32(8, Endian::Little)).ok_or("it is cut off")?)
    }

    /// A block of data, unpacked.
    fn data(&mut self, start: u64, size: u32) -> Result<Vec<u8>, Damage> {
        self.source.seek(SeekFrom::Start(start))?;
        self.block(u64::from(size & !UNPACKED).min(BLOCK), size & UNPACKED != 0, BLOCK)
    }

    /// `size` bytes of metadata from `offset` behind the block at `start`, or as many as there are.
    fn metadata(&mut self, start: u64, offset: usize, size: usize) -> Result<Vec<u8>, Damage> {
        self.source.seek(SeekFrom::Start(start))?;
        let mut bytes = Vec::new();
        while bytes.len() < offset + size {
            let header = read_at_most(&mut *self.source, 2)?;
            let Some(header) = Bytes(&header).u16(0, Endian::Little) else { break };
            match self.block(u64::from(header & 0x7fff), header & 0x8000 != 0, METADATA) {
                Ok(block) if !block.is_empty() => bytes.extend(block),
                // Behind the last block there is something else.
                _ if bytes.len() > offset => break,
                _ => return Err("it is damaged".into()),
            }
        }
        let end = bytes.len().min(offset + size);
        Ok(bytes.drain(offset.min(end)..end).collect())
    }

    fn block(&mut self, size: u64, is_plain: bool, limit: u64) -> Result<Vec<u8>, Damage> {
        let packed = read_at_most(&mut *self.source, size)?;
        let packing = if is_plain { Packing::Plain } else { self.packing };
        Ok(read_at_most(unpacked_by(packing, packed.as_slice())?, limit)?)
    }

    /// A number of the superblock.
    fn number(&self, at: usize) -> Result<u64, Damage> {
        Ok(Bytes(&self.superblock).u64(at, Endian::Little).ok_or("it is cut off")?)
    }

    fn number_of_four(&self, at: usize) -> Result<u32, Damage> {
        Ok(Bytes(&self.superblock).u32(at, Endian::Little).ok_or("it is cut off")?)
    }
}

/// The bit of a block's size that says that it is not packed.
const UNPACKED: u32 = 1 << 24;
