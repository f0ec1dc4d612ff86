//! The checksums of files of any size, all from one read.

mod digest;
mod worker;

use std::io::{self, Read};
use std::sync::{Arc, mpsc};
use std::thread;

use fast_md5::Md5;
use sha2::Sha256;

use super::OnRead;
use digest::Hasher;
use worker::{Chunk, Worker, next_free};

/// Bytes per read.
const CHUNK_BYTES: usize = 256 << 10;
/// Chunks in memory: one is filled while the digests are at others.
const CHUNKS: usize = 4;

/// Size and checksums of a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Checksums {
    /// Size in bytes.
    pub(super) size: u64,
    /// MD5 in lower-case hex.
    pub(super) md5: String,
    /// SHA-256 in lower-case hex.
    pub(super) sha256: String,
}

/// Reads `source` to its end. From the second chunk on, a thread computes each digest, so that a large file takes as
/// long as the slower of the two, and `on_read` is called with the size of each chunk.
pub(super) fn checksums(mut source: impl Read, on_read: &OnRead<'_>) -> io::Result<Checksums> {
    let mut first = vec![0; CHUNK_BYTES];
    let length = fill(&mut source, &mut first)?;
    let (size, md5, sha256) = if length < CHUNK_BYTES {
        (length as u64, Md5::digest_of(&first[..length]), Sha256::digest_of(&first[..length]))
    } else {
        in_threads(source, first, on_read)?
    };
    Ok(Checksums { size, md5: hex::encode(md5), sha256: hex::encode(sha256) })
}

/// Reads the rest in this thread and returns the size of the whole, the MD5 and the SHA-256.
fn in_threads(
    mut source: impl Read,
    first: Vec<u8>,
    on_read: &OnRead<'_>,
) -> io::Result<(u64, Vec<u8>, Vec<u8>)> {
    thread::scope(|scope| {
        let (emptied, to_fill) = mpsc::channel();
        let mut md5 = Worker::<Md5>::start(scope, &emptied);
        let mut sha256 = Worker::<Sha256>::start(scope, &emptied);
        for _ in 1..CHUNKS {
            // Cannot fail: `to_fill` is still open.
            let _ = emptied.send(Arc::new(Chunk { bytes: vec![0; CHUNK_BYTES], length: 0 }));
        }
        drop(emptied);
        let (mut chunk, mut size) = (Chunk { length: first.len(), bytes: first }, 0);
        loop {
            size += chunk.length as u64;
            let shared = Arc::new(chunk);
            md5.add(Arc::clone(&shared));
            sha256.add(shared);
            chunk = next_free(&to_fill)?;
            chunk.length = fill(&mut source, &mut chunk.bytes)?;
            if chunk.length == 0 {
                break;
            }
            on_read(chunk.length as u64);
        }
        Ok((size, md5.finish()?, sha256.finish()?))
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
    use std::io::Write as _;
    use std::process::{Command, Stdio};
    use std::sync::atomic::{AtomicU64, Ordering};

    use sha2::Digest as _;

    use super::*;

    const LENGTHS: [usize; 20] = [
        1,
        55,
        56,
        63,
        64,
        65,
        119,
        120,
        127,
        128,
        129,
        CHUNK_BYTES - 1,
        CHUNK_BYTES,
        CHUNK_BYTES + 1,
        2 * CHUNK_BYTES - 1,
        2 * CHUNK_BYTES,
        3 * CHUNK_BYTES + 1,
        CHUNKS * CHUNK_BYTES,
        (CHUNKS + 1) * CHUNK_BYTES + 1,
        20 * CHUNK_BYTES + 123,
    ];

    fn bytes(length: usize) -> Vec<u8> {
        (0..length).map(|index| (index * 7 % 251) as u8).collect()
    }

    #[test]
    fn checksums_match_rfc_1321_and_fips_180() {
        for (text, md5, sha256) in [
            (
                "",
                "d41d8cd98f00b204e9800998ecf8427e",
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            ),
            (
                "abc",
                "900150983cd24fb0d6963f7d28e17f72",
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            ),
        ] {
            let expected =
                Checksums { size: text.len() as u64, md5: md5.to_owned(), sha256: sha256.to_owned() };
            assert_eq!(checksums(text.as_bytes(), &|_| ()).unwrap(), expected);
        }
    }

    /// Compares the hand-written assembly of `fast-md5` with an independent implementation, and both ways to hash.
    #[test]
    fn every_byte_is_hashed_whatever_the_length() {
        for length in LENGTHS {
            let (bytes, read) = (bytes(length), AtomicU64::new(0));
            let on_read = |count| {
                read.fetch_add(count, Ordering::Relaxed);
            };
            let expected = Checksums {
                size: length as u64,
                md5: hex::encode(md5::Md5::digest(&bytes)),
                sha256: hex::encode(Sha256::digest(&bytes)),
            };
            assert_eq!(checksums(bytes.as_slice(), &on_read).unwrap(), expected, "{length}");
            assert_eq!(read.into_inner(), length.saturating_sub(CHUNK_BYTES) as u64, "{length}");
        }
    }

    /// The output of a program that reads its standard input. `None` if it is not installed.
    fn filter(program: &str, input: &[u8]) -> Option<String> {
        let child = Command::new(program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = child.ok()?;
        child.stdin.take().unwrap().write_all(input).unwrap();
        Some(String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap())
    }

    #[test]
    fn checksums_are_those_of_md5sum_and_sha256sum() {
        for length in LENGTHS {
            let bytes = bytes(length);
            let found = checksums(bytes.as_slice(), &|_| ()).unwrap();
            for (program, checksum) in [("md5sum", &found.md5), ("sha256sum", &found.sha256)] {
                if let Some(output) = filter(program, &bytes) {
                    assert_eq!(output.split_whitespace().next(), Some(checksum.as_str()), "{length}");
                }
            }
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
            assert!(checksums(Failing(length), &|_| ()).is_err(), "{length}");
        }
    }
}
