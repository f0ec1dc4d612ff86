//! The checksum of a file of any size.

use std::io::{self, Read};

use md5::{Digest, Md5};

/// Bytes that are read at once.
const CHUNK: usize = 256 << 10;

/// The number of bytes to the end and their MD5 in lower-case hex.
pub(super) fn md5(mut source: impl Read) -> io::Result<(u64, String)> {
    let mut hasher = Md5::new();
    let mut chunk = vec![0; CHUNK];
    let mut size = 0;
    loop {
        match source.read(&mut chunk) {
            Ok(0) => return Ok((size, hex::encode(hasher.finalize()))),
            Ok(count) => {
                hasher.update(&chunk[..count]);
                size += count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::md5;

    #[test]
    fn checksums_are_those_of_rfc_1321() {
        for (text, checksum) in [
            ("", "d41d8cd98f00b204e9800998ecf8427e"),
            ("abc", "900150983cd24fb0d6963f7d28e17f72"),
            ("message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
        ] {
            assert_eq!(md5(text.as_bytes()).unwrap(), (text.len() as u64, checksum.to_owned()));
        }
    }
}
