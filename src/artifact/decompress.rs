//! Streaming decompression of gzip, zlib, xz and Zstandard within a budget.
//!
//! <https://www.rfc-editor.org/rfc/rfc1952>, <https://www.rfc-editor.org/rfc/rfc1950>,
//! <https://tukaani.org/xz/xz-file-format.txt>, <https://www.rfc-editor.org/rfc/rfc8878>

use std::io::{self, BufReader, Cursor, Read};

use lzma_rust2::XzReader;
use ruzstd::decoding::StreamingDecoder;

use super::Damage;
use super::budget::Budget;
use super::inflate::Inflate;

/// Window size in bytes. The highest levels of `xz` and `zstd` need this much for small files; only `zstd
/// --ultra` needs more.
const MAX_WINDOW_BYTES: u64 = 16 << 20;
/// Steps for a decompressor, which allocates and clears its tables.
const DECOMPRESSOR: u64 = 2500;

/// Steps for each byte that a decompressor reads and produces. Reading costs more, because a few bytes can make a
/// decompressor reset its state or build new tables.
#[derive(Debug, Clone, Copy)]
struct Cost {
    read: u64,
    produced: u64,
}

const XZ: Cost = Cost { read: 100, produced: 5 };
const ZSTD: Cost = Cost { read: 40, produced: 2 };

/// A compression format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compression {
    /// Not compressed.
    None,
    /// gzip.
    Gzip,
    /// zlib. Cannot be detected.
    Zlib,
    /// xz.
    Xz,
    /// Zstandard.
    Zstd,
}

/// Decompresses `source`, detecting the format by its first bytes.
pub(super) fn detect_and_decompress<'a>(
    mut source: impl Read + 'a,
    budget: &Budget,
) -> Result<Box<dyn Read + 'a>, Damage> {
    let mut head = Vec::new();
    source.by_ref().take(6).read_to_end(&mut head)?;
    let compression = match head.as_slice() {
        [0x1f, 0x8b, ..] => Compression::Gzip,
        [0xfd, b'7', b'z', b'X', b'Z', 0] => Compression::Xz,
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Compression::Zstd,
        _ => Compression::None,
    };
    decompress(compression, Cursor::new(head).chain(source), budget)
}

/// Decompresses `source`. Streams that need a larger window than [`MAX_WINDOW_BYTES`] fail.
pub(super) fn decompress<'a>(
    compression: Compression,
    source: impl Read + 'a,
    budget: &Budget,
) -> Result<Box<dyn Read + 'a>, Damage> {
    budget.spend(DECOMPRESSOR)?;
    let source: Box<dyn Read + 'a> = Box::new(BufReader::new(source));
    Ok(match compression {
        Compression::None => source,
        Compression::Gzip => Box::new(Inflate::gzip(source, budget)?),
        Compression::Zlib => Box::new(Inflate::zlib(source, budget)),
        Compression::Xz => {
            let limit = (MAX_WINDOW_BYTES >> 10) as u32;
            let source = Charged::new(source, XZ.read, budget);
            Box::new(Charged::new(XzReader::new_mem_limit(source, false, limit), XZ.produced, budget))
        }
        Compression::Zstd => {
            let source = Charged::new(source, ZSTD.read, budget);
            let decoder = StreamingDecoder::new_with_max_window_size(source, MAX_WINDOW_BYTES);
            let megabytes = MAX_WINDOW_BYTES >> 20;
            let reason = format!("invalid Zstandard data, or a window of more than {megabytes} MB");
            let decoder = decoder.map_err(|_| Damage(reason))?;
            Box::new(Charged::new(decoder, ZSTD.produced, budget))
        }
    })
}

/// Charges steps for each byte.
struct Charged<R> {
    inner: R,
    steps: u64,
    budget: Budget,
}

impl<R> Charged<R> {
    fn new(inner: R, steps: u64, budget: &Budget) -> Self {
        Self { inner, steps, budget: budget.clone() }
    }
}

impl<R: Read> Read for Charged<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(bytes)?;
        self.budget.spend_io(count as u64 * self.steps)?;
        Ok(count)
    }
}
