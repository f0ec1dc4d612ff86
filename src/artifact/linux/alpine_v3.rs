//! Alpine Linux packages of format 3, which share their extension with Android's.
//!
//! <https://gitlab.alpinelinux.org/alpine/apk-tools/-/blob/master/doc/apk-v3.5.scd>: a possibly compressed sequence of
//! blocks. The first contains a tree of values, whose root is an object with the package's name, version and
//! architecture; the others contain signatures and files. An object is a list of slots; a slot is a number whose highest
//! four bits are the type of the value.

use std::io::{BufReader, Read, SeekFrom};

use super::alpine;
use crate::artifact::budget::Budget;
use crate::artifact::bytes::{Bytes, Endian};
use crate::artifact::decompress::{Compression, decompress};
use crate::artifact::inflate::Inflate;
use crate::artifact::magic::Magic;
use crate::artifact::{Damage, Details, ReadSeek, read_at_most};

pub(crate) const MAGIC: Magic = Magic {
    name: "an Alpine Linux package",
    matches: |head| matches!(head, [b'A', b'D', b'B', b'.' | b'd' | b'c', ..]),
};

/// Bytes of the tree, which lists the files too.
const MAX_TREE_BYTES: u64 = 8 << 20;
/// Bytes of a string.
const MAX_TEXT_BYTES: usize = 1024;

/// Reads version, release and architecture. A package that is damaged, or compressed in a way that is unknown here, has a
/// platform.
pub(crate) fn read(source: &mut dyn ReadSeek) -> Result<Details, Damage> {
    source.seek(SeekFrom::Start(0))?;
    let (budget, reports) = (source.budget().clone(), source.reports().clone());
    let tree = read_tree(BufReader::new(source), &budget);
    let tree = reports.value(tree).unwrap_or_default();
    let package = Package::read(Bytes(&tree));
    if package.is_none() && !tree.is_empty() {
        reports.add("invalid package metadata");
    }
    let text = |slot| package.as_ref().and_then(|package| package.text(slot));
    Ok(alpine::details(text(VERSION).as_deref().unwrap_or_default(), text(ARCHITECTURE).as_deref()))
}

/// The content of the first block.
fn read_tree(mut source: impl Read, budget: &Budget) -> Result<Vec<u8>, Damage> {
    let mut magic = [0; 4];
    source.read_exact(&mut magic)?;
    let mut source: Box<dyn Read + '_> = match magic[3] {
        b'.' => return first_block(source),
        b'd' => Box::new(Inflate::new(source, budget)),
        _ => {
            let mut algorithm_and_level = [0; 2];
            source.read_exact(&mut algorithm_and_level)?;
            match algorithm_and_level[0] {
                0 => Box::new(source),
                1 => Box::new(Inflate::new(source, budget)),
                2 => decompress(Compression::Zstd, source, budget)?,
                _ => return Err("unknown compression".into()),
            }
        }
    };
    source.read_exact(&mut magic)?;
    if magic == *b"ADB." { first_block(source) } else { Err("not a package of Alpine Linux".into()) }
}

/// Reads what follows the magic number: the type of the tree, and the first block. Its size includes its header.
fn first_block(mut source: impl Read) -> Result<Vec<u8>, Damage> {
    const TREE: u32 = 0;
    const EXTENDED: u32 = 3;
    let mut header = [0; 8];
    source.read_exact(&mut header)?;
    let word = Bytes(&header).u32(4, Endian::Little).unwrap_or_default();
    let (block_type, small) = (word >> 30, word & 0x3fff_ffff);
    let (block_type, size) = if block_type == EXTENDED {
        let mut rest = [0; 12];
        source.read_exact(&mut rest)?;
        let size = Bytes(&rest).u64(4, Endian::Little).unwrap_or_default();
        (small, size.saturating_sub(16))
    } else {
        (block_type, u64::from(small).saturating_sub(4))
    };
    if header[..4] != *b"pckg" || block_type != TREE {
        return Err("not a package of Alpine Linux".into());
    }
    if size > MAX_TREE_BYTES {
        return Err(format!("package metadata of more than {} MB", MAX_TREE_BYTES >> 20).into());
    }
    let tree = read_at_most(source.take(size), MAX_TREE_BYTES)?;
    if (tree.len() as u64) < size { Err("truncated package metadata".into()) } else { Ok(tree) }
}

// Slots of the root object and of the package's.
const PACKAGE: usize = 1;
const VERSION: usize = 2;
const ARCHITECTURE: usize = 5;

/// The object that describes the package.
struct Package<'a> {
    tree: Bytes<'a>,
    object: u32,
}

impl<'a> Package<'a> {
    fn read(tree: Bytes<'a>) -> Option<Self> {
        let root = tree.u32(4, Endian::Little)?;
        let object = slot(tree, root, PACKAGE)?;
        slot(tree, object, VERSION)?;
        Some(Self { tree, object })
    }

    /// The string in a slot.
    fn text(&self, number: usize) -> Option<String> {
        let value = slot(self.tree, self.object, number)?;
        let start = (value & 0x0fff_ffff) as usize;
        let (length, size) = match value >> 28 {
            8 => (self.tree.u8(start).map(usize::from), 1),
            9 => (self.tree.u16(start, Endian::Little).map(usize::from), 2),
            10 => (self.tree.usize(start, Endian::Little), 4),
            _ => return None,
        };
        let text = self.tree.slice(start + size, length.filter(|length| *length <= MAX_TEXT_BYTES)?)?;
        Some(String::from_utf8_lossy(text.0).into_owned())
    }
}

/// The value in a slot of an object, whose first slot is the number of them.
fn slot(tree: Bytes, object: u32, number: usize) -> Option<u32> {
    const OBJECT: u32 = 14;
    if object >> 28 != OBJECT {
        return None;
    }
    let start = (object & 0x0fff_ffff) as usize;
    let count = tree.usize(start, Endian::Little)?;
    if number < count { tree.u32(start + number * 4, Endian::Little) } else { None }
}
