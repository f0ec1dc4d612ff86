//! A file in a tar archive, read from the start.
//!
//! <https://www.gnu.org/software/tar/manual/html_node/Standard.html>. At most [`ENTRIES`] entries and [`BYTES`] bytes are passed over.

use std::io::{self, Read};

use crate::artifact::{Damage, read_at_most};

/// Entries that are looked at.
const ENTRIES: usize = 10_000;
/// Bytes that are read in all.
const BYTES: u64 = 64 << 20;

/// The first file whose name is wanted, if it has at most `limit` bytes.
pub(crate) fn find(
    archive: impl Read,
    limit: u64,
    is_wanted: impl Fn(&str) -> bool,
) -> Result<Option<Vec<u8>>, Damage> {
    let mut archive = archive.take(BYTES);
    for _ in 0..ENTRIES {
        let header = read_at_most(&mut archive, 512)?;
        if header.len() < 512 || header.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        let text = |range: std::ops::Range<usize>| {
            String::from_utf8_lossy(&header[range]).trim_matches(['\0', ' ']).to_owned()
        };
        let size = u64::from_str_radix(&text(124..136), 8).map_err(|_| "its archive is damaged")?;
        let name = text(0..100);
        if is_wanted(name.strip_prefix("./").unwrap_or(&name)) {
            if size > limit {
                return Err(format!("{name} has more than {limit} bytes").into());
            }
            return Ok(Some(read_at_most(&mut archive, size)?));
        }
        io::copy(&mut (&mut archive).take(size.next_multiple_of(512)), &mut io::sink())?;
    }
    Ok(None)
}
