//! Streaming decompression of gzip, zlib, xz and Zstandard.
//!
//! <https://www.rfc-editor.org/rfc/rfc1952>, <https://www.rfc-editor.org/rfc/rfc1950>,
//! <https://tukaani.org/xz/xz-file-format.txt>, <https://www.rfc-editor.org/rfc/rfc8878>

use std::io::{BufReader, Cursor, Read};

use flate2::read::{GzDecoder, ZlibDecoder};
use lzma_rust2::XzReader;
use ruzstd::decoding::StreamingDecoder;

use super::Damage;

/// Window size in bytes. The highest levels of `xz` and `zstd` need this much for small files; only `zstd
/// --ultra` needs more.
const MAX_WINDOW_BYTES: u64 = 16 << 20;

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
pub(super) fn detect_and_decompress<'a>(mut source: impl Read + 'a) -> Result<Box<dyn Read + 'a>, Damage> {
    let mut head = Vec::new();
    source.by_ref().take(6).read_to_end(&mut head)?;
    let compression = match head.as_slice() {
        [0x1f, 0x8b, ..] => Compression::Gzip,
        [0xfd, b'7', b'z', b'X', b'Z', 0] => Compression::Xz,
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Compression::Zstd,
        _ => Compression::None,
    };
    decompress(compression, Cursor::new(head).chain(source))
}

/// Decompresses `source`. Streams that need a larger window than [`MAX_WINDOW_BYTES`] fail.
pub(super) fn decompress<'a>(
    compression: Compression,
    source: impl Read + 'a,
) -> Result<Box<dyn Read + 'a>, Damage> {
    let source: Box<dyn Read + 'a> = Box::new(BufReader::new(source));
    Ok(match compression {
        Compression::None => source,
        Compression::Gzip => Box::new(GzDecoder::new(source)),
        Compression::Zlib => Box::new(ZlibDecoder::new(source)),
        Compression::Xz => Box::new(XzReader::new_mem_limit(source, false, (MAX_WINDOW_BYTES >> 10) as u32)),
        Compression::Zstd => {
            let decoder = StreamingDecoder::new_with_max_window_size(source, MAX_WINDOW_BYTES);
            Box::new(decoder.map_err(|error| Damage(error.to_string()))?)
        }
    })
}
