//! The MD5 checksum of files of any size.

use std::io::{self, Read};
use std::sync::mpsc;

use fast_md5::Md5;

use super::OnRead;

/// Bytes per read.
const CHUNK_BYTES: usize = 256 << 10;
/// Chunks to read ahead of hashing.
const CHUNKS: usize = 3;

/// Returns the size of `source` and its MD5 in lower-case hex. From the second chunk on, another thread reads
/// ahead and `on_read` is called with the size of each chunk.
pub(super) fn md5(mut source: impl Read + Send, on_read: &OnRead<'_>) -> io::Result<(u64, String)> {
    let mut first = vec![0; CHUNK_BYTES];
    let length = fill(&mut source, &mut first)?;
    let mut hasher = Md5::new();
    hasher.update(&first[..length]);
    let mut size = length as u64;
    if length == CHUNK_BYTES {
        size += hash_rest(source, &mut hasher, on_read)?;
    }
    Ok((size, hex::encode(hasher.finalize())))
}

fn hash_rest(mut source: impl Read + Send, hasher: &mut Md5, on_read: &OnRead<'_>) -> io::Result<u64> {
    std::thread::scope(|scope| {
        let (filled, to_hash) = mpsc::sync_channel::<(Vec<u8>, usize)>(CHUNKS);
        let (emptied, to_fill) = mpsc::channel::<Vec<u8>>();
        for _ in 0..CHUNKS {
            // Cannot fail: `to_fill` is still open.
            let _ = emptied.send(vec![0; CHUNK_BYTES]);
        }
        let reader = scope.spawn(move || -> io::Result<()> {
            while let Ok(mut chunk) = to_fill.recv() {
                let length = fill(&mut source, &mut chunk)?;
                if length == 0 || filled.send((chunk, length)).is_err() {
                    break;
                }
            }
            Ok(())
        });
        let mut size = 0;
        for (chunk, length) in to_hash {
            hasher.update(&chunk[..length]);
            size += length as u64;
            on_read(length as u64);
            // Fails once the reader has finished.
            let _ = emptied.send(chunk);
        }
        match reader.join() {
            Ok(result) => result.map(|()| size),
            Err(_) => Err(io::Error::other("reading the file failed")),
        }
    })
}

/// Reads until the chunk is full or the source ends.
fn fill(source: &mut impl Read, chunk: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    while length < chunk.len() {
        match source.read(&mut chunk[length..]) {
            Ok(0) => break,
            Ok(count) => length += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(length)
}

#[cfg(test)]
mod tests {
    use md5::Digest as _;

    use super::*;

    #[test]
    fn checksums_match_rfc_1321() {
        for (text, checksum) in [
            ("", "d41d8cd98f00b204e9800998ecf8427e"),
            ("abc", "900150983cd24fb0d6963f7d28e17f72"),
            ("message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
        ] {
            assert_eq!(md5(text.as_bytes(), &|_| ()).unwrap(), (text.len() as u64, checksum.to_owned()));
        }
    }

    /// Compares the hand-written assembly of `fast-md5` with an independent implementation.
    #[test]
    fn every_byte_is_hashed_whatever_the_length() {
        for length in [
            1,
            55,
            56,
            63,
            64,
            65,
            CHUNK_BYTES - 1,
            CHUNK_BYTES,
            CHUNK_BYTES + 1,
            2 * CHUNK_BYTES,
            7 * CHUNK_BYTES + 123,
        ] {
            let bytes: Vec<u8> = (0..length).map(|index| (index * 7 % 251) as u8).collect();
            let expected = hex::encode(md5::Md5::digest(&bytes));
            assert_eq!(md5(bytes.as_slice(), &|_| ()).unwrap(), (length as u64, expected), "{length}");
        }
    }

    #[test]
    fn read_errors_are_returned() {
        struct Failing(usize);
        impl Read for Failing {
            fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
                self.0 = self.0.checked_sub(bytes.len()).ok_or(io::ErrorKind::BrokenPipe)?;
                Ok(bytes.len())
            }
        }
        for length in [0, CHUNK_BYTES, 5 * CHUNK_BYTES] {
            assert!(md5(Failing(length), &|_| ()).is_err(), "{length}");
        }
    }
}
