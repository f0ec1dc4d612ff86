//! Finding a file in a tar archive, reading from the start.
//!
//! <https://www.gnu.org/software/tar/manual/html_node/Standard.html>

use std::io::{self, Read};

use crate::artifact::{Damage, read_at_most};

/// Entries to look at.
const MAX_ENTRIES: usize = 10_000;
/// Bytes to read in all. An ordinary archive of any size stays within the budget.
const MAX_BYTES: u64 = 24 << 20;

/// The content of the first file whose name matches. Fails if it has more than `limit` bytes.
pub(crate) fn find(
    archive: impl Read,
    limit: u64,
    is_match: impl Fn(&str) -> bool,
) -> Result<Option<Vec<u8>>, Damage> {
    let mut archive = archive.take(MAX_BYTES);
    for _ in 0..MAX_ENTRIES {
        let header = read_at_most(&mut archive, 512)?;
        if header.len() < 512 || header.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        let field = |range: std::ops::Range<usize>| {
            String::from_utf8_lossy(&header[range]).trim_matches(['\0', ' ']).to_owned()
        };
        let size = u64::from_str_radix(&field(124..136), 8).map_err(|_| "invalid tar archive")?;
        let name = field(0..100);
        if is_match(name.strip_prefix("./").unwrap_or(&name)) {
            if size > limit {
                return Err(format!("{name} has more than {limit} bytes").into());
            }
            return Ok(Some(read_at_most(&mut archive, size)?));
        }
        io::copy(&mut (&mut archive).take(size.next_multiple_of(512)), &mut io::sink())?;
    }
    Ok(None)
}
