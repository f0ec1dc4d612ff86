//! Reading a file in a SquashFS image by its path.
//!
//! <https://dr-emann.github.io/squashfs/squashfs.html>

use std::io::SeekFrom;

use crate::artifact::bytes::{Bytes, Endian};
use crate::artifact::decompress::{Compression, decompress};
use crate::artifact::magic::Magic;
use crate::artifact::{Damage, ReadSeek, read_at_most};

pub(crate) const MAGIC: Magic = Magic { name: "a SquashFS image", matches: |head| head.starts_with(b"hsqs") };

/// Bytes of a directory to read.
const MAX_DIRECTORY_BYTES: usize = 1 << 20;
/// Bytes of a data block, uncompressed. The format sets this limit and the next.
const MAX_BLOCK_BYTES: u64 = 1 << 20;
const MIN_BLOCK_BYTES: u64 = 4096;
/// Bytes of a file.
const MAX_FILE_BYTES: u64 = 1 << 20;
/// Bytes of a metadata block, uncompressed.
const METADATA_BYTES: u64 = 8192;
/// An open image.
pub(crate) struct Image<'a> {
    source: &'a mut dyn ReadSeek,
    superblock: Vec<u8>,
    compression: Compression,
}

/// The parts of an inode that are used.
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
        if !(MAGIC.matches)(&superblock) {
            return Err("not a SquashFS image".into());
        }
        let compression = match Bytes(&superblock).u16(20, Endian::Little) {
            Some(1) => Compression::Zlib,
            Some(4) => Compression::Xz,
            Some(6) => Compression::Zstd,
            Some(3) => return Err("LZO compression is not supported".into()),
            Some(5) => return Err("LZ4 compression is not supported".into()),
            _ => return Err("unknown compression".into()),
        };
        Ok(Self { source, superblock, compression })
    }

    /// The content of the file at `path`. `None` if it does not exist.
    pub(crate) fn read(&mut self, path: &str) -> Result<Option<Vec<u8>>, Damage> {
        let mut reference = self.u64(32)?;
        for name in path.split('/') {
            match self.entry(reference, name)? {
                Some(found) => reference = found,
                None => return Ok(None),
            }
        }
        self.content(reference)
    }

    /// The inode reference of a directory entry.
    fn entry(&mut self, directory: u64, name: &str) -> Result<Option<u64>, Damage> {
        let Inode::Directory { block, offset, size } = self.inode(directory)? else { return Ok(None) };
        let start = self.u64(72)?.saturating_add(u64::from(block));
        // The size includes three bytes for the entries `.` and `..`, which are not stored.
        let size = (size as usize).saturating_sub(3).min(MAX_DIRECTORY_BYTES);
        let list = self.metadata(start, usize::from(offset), size)?;
        let list = Bytes(&list);
        let mut at = 0;
        while let Some((count, block)) = list.u32(at, Endian::Little).zip(list.u32(at + 4, Endian::Little)) {
            at += 12;
            for _ in 0..=count {
                let Some(length) = list.u16(at + 6, Endian::Little) else { return Ok(None) };
                let length = usize::from(length) + 1;
                let found = list.slice(at + 8, length).ok_or("truncated directory")?;
                if found.0 == name.as_bytes() {
                    let offset = list.u16(at, Endian::Little).unwrap_or(0);
                    return Ok(Some(u64::from(block) << 16 | u64::from(offset)));
                }
                at += 8 + length;
            }
        }
        Ok(None)
    }

    fn content(&mut self, reference: u64) -> Result<Option<Vec<u8>>, Damage> {
        let Inode::File { mut start, size, fragment, blocks } = self.inode(reference)? else {
            return Ok(None);
        };
        // At most `MAX_FILE_BYTES`; every block could contain more than its part of them.
        let size = size as usize;
        let mut content = Vec::with_capacity(size);
        for block in blocks {
            let rest = size - content.len();
            content.extend(self.data(start, block)?.into_iter().take(rest));
            start = start.saturating_add(u64::from(block & !UNCOMPRESSED));
        }
        if let Some((index, offset)) = fragment {
            let rest = size - content.len();
            let (start, block) = self.fragment(index)?;
            let data = self.data(start, block)?;
            content.extend(data.iter().skip(offset as usize).take(rest));
        }
        Ok(Some(content))
    }

    fn inode(&mut self, reference: u64) -> Result<Inode, Damage> {
        let start = self.u64(64)?.saturating_add(reference >> 16);
        let max_size = 56 + (MAX_FILE_BYTES / MIN_BLOCK_BYTES * 4) as usize;
        let inode = self.metadata(start, (reference & 0xffff) as usize, max_size)?;
        let (block_size, inode) = (self.u32(12)?, Bytes(&inode));
        let truncated = "truncated inode";
        let word = |at| inode.u32(at, Endian::Little).ok_or(truncated);
        let half = |at| inode.u16(at, Endian::Little).ok_or(truncated);
        let long = |at| inode.u64(at, Endian::Little).ok_or(truncated);
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
        let block_size = u64::from(block_size).max(MIN_BLOCK_BYTES);
        if size > MAX_FILE_BYTES {
            return Err(format!("a file in the image has more than {MAX_FILE_BYTES} bytes").into());
        }
        let count = if fragment.is_some() { size / block_size } else { size.div_ceil(block_size) };
        let blocks = (0..count as usize).map(|index| word(list + index * 4)).collect::<Result<_, _>>()?;
        Ok(Inode::File { start, size, fragment, blocks })
    }

    /// Offset and size of a fragment, which contains the last bytes of several files.
    fn fragment(&mut self, index: u32) -> Result<(u64, u32), Damage> {
        let table = self.u64(80)?.saturating_add(u64::from(index / 512) * 8);
        self.source.seek(SeekFrom::Start(table))?;
        let start = Bytes(&read_at_most(&mut *self.source, 8)?).u64(0, Endian::Little);
        let entry = self.metadata(start.ok_or("truncated image")?, index as usize % 512 * 16, 16)?;
        let entry = Bytes(&entry);
        Ok(entry.u64(0, Endian::Little).zip(entry.u32(8, Endian::Little)).ok_or("truncated image")?)
    }

    /// A data block, decompressed.
    fn data(&mut self, start: u64, size: u32) -> Result<Vec<u8>, Damage> {
        self.source.seek(SeekFrom::Start(start))?;
        self.block(
            u64::from(size & !UNCOMPRESSED).min(MAX_BLOCK_BYTES),
            size & UNCOMPRESSED != 0,
            MAX_BLOCK_BYTES,
        )
    }

    /// Up to `size` bytes of metadata, decompressed, from `offset` after the start of the block at `start`.
    fn metadata(&mut self, start: u64, offset: usize, size: usize) -> Result<Vec<u8>, Damage> {
        self.source.seek(SeekFrom::Start(start))?;
        let mut bytes = Vec::new();
        while bytes.len() < offset + size {
            let header = read_at_most(&mut *self.source, 2)?;
            let Some(header) = Bytes(&header).u16(0, Endian::Little) else { break };
            match self.block(u64::from(header & 0x7fff), header & 0x8000 != 0, METADATA_BYTES) {
                Ok(block) if !block.is_empty() => bytes.extend(block),
                // Whatever follows the last block is not a block.
                _ if bytes.len() > offset => break,
                _ => return Err("invalid metadata block".into()),
            }
        }
        let end = bytes.len().min(offset + size);
        Ok(bytes.drain(offset.min(end)..end).collect())
    }

    fn block(&mut self, size: u64, is_uncompressed: bool, limit: u64) -> Result<Vec<u8>, Damage> {
        let budget = self.source.budget().clone();
        let bytes = read_at_most(&mut *self.source, size)?;
        let compression = if is_uncompressed { Compression::None } else { self.compression };
        Ok(read_at_most(decompress(compression, bytes.as_slice(), &budget)?, limit)?)
    }

    /// A number in the superblock.
    fn u64(&self, at: usize) -> Result<u64, Damage> {
        Ok(Bytes(&self.superblock).u64(at, Endian::Little).ok_or("truncated image")?)
    }

    fn u32(&self, at: usize) -> Result<u32, Damage> {
        Ok(Bytes(&self.superblock).u32(at, Endian::Little).ok_or("truncated image")?)
    }
}

/// The bit in a block's size that marks it as uncompressed.
const UNCOMPRESSED: u32 = 1 << 24;
