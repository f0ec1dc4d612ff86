//! What is packed by gzip, xz or Zstandard, unpacked as it is read.
//!
//! <https://www.rfc-editor.org/rfc/rfc1952>, <https://tukaani.org/xz/xz-file-format.txt>,
//! <https://www.rfc-editor.org/rfc/rfc8878>. A stream that needs more than [`WINDOW`] bytes to look back into is refused.

use std::io::{BufReader, Cursor, Read};

use flate2::read::{GzDecoder, ZlibDecoder};
use lzma_rust2::XzReader;
use ruzstd::decoding::StreamingDecoder;

use super::Damage;

/// Bytes that a stream may look back: what the highest levels of `xz` and `zstd`, short of `--ultra`, need for small files.
const WINDOW: u64 = 16 << 20;

/// How something is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    /// Not at all.
    Plain,
    /// gzip.
    Gzip,
    /// zlib, which has no magic number of its own.
    Zlib,
    /// xz.
    Xz,
    /// Zstandard.
    Zstd,
}

/// What `source` holds, unpacked; how it is packed is told by its first bytes.
pub(super) fn unpacked<'a>(mut source: impl Read + 'a) -> Result<Box<dyn Read + 'a>, Damage> {
    let mut head = Vec::new();
    source.by_ref().take(6).read_to_end(&mut head)?;
    let packing = match head.as_slice() {
        [0x1f, 0x8b, ..] => Packing::Gzip,
        [0xfd, b'7', b'z', b'X', b'Z', 0] => Packing::Xz,
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Packing::Zstd,
        _ => Packing::Plain,
    };
    unpacked_by(packing, Cursor::new(head).chain(source))
}

/// What `source` holds, packed like this.
pub(super) fn unpacked_by<'a>(
    packing: Packing,
    source: impl Read + 'a,
) -> Result<Box<dyn Read + 'a>, Damage> {
    let source: Box<dyn Read + 'a> = Box::new(BufReader::new(source));
    Ok(match packing {
        Packing::Plain => source,
        Packing::Gzip => Box::new(GzDecoder::new(source)),
        Packing::Zlib => Box::new(ZlibDecoder::new(source)),
        Packing::Xz => Box::new(XzReader::new_mem_limit(source, false, (WINDOW >> 10) as u32)),
        Packing::Zstd => {
            let decoder = StreamingDecoder::new_with_max_window_size(source, WINDOW);
            Box::new(decoder.map_err(|error| Damage(error.to_string()))?)
        }
    })
}
