//! Finding a file in a tar archive, reading from the start.
//!
//! <https://www.gnu.org/software/tar/manual/html_node/Standard.html>

use std::io::{self, Read};

use crate::artifact::{Damage, read_at_most};

/// Entries to look at.
const MAX_ENTRIES: usize = 10_000;
/// Bytes to read in all. An ordinary archive of any size stays within the budget.
const MAX_BYTES: u64 = 24 << 20;

/// The content of the first regular file whose name matches. Fails if it has more than `limit` bytes.
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
        let size = size(&header[124..136]).ok_or("invalid tar archive")?;
        let name = name(&header);
        // Others are links, folders, and attributes of the next entry.
        let is_file = matches!(header[156], 0 | b'0' | b'7');
        if is_file && is_match(name.strip_prefix("./").unwrap_or(&name)) {
            if size > limit {
                return Err(format!("{name} has more than {limit} bytes").into());
            }
            return Ok(Some(read_at_most(&mut archive, size)?));
        }
        io::copy(
            &mut (&mut archive).take(size.checked_next_multiple_of(512).unwrap_or(size)),
            &mut io::sink(),
        )?;
    }
    Ok(None)
}

/// The path of an entry. POSIX archives have a field for the beginning of long ones.
fn name(header: &[u8]) -> String {
    let field = |field: &[u8]| {
        let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
        String::from_utf8_lossy(&field[..end]).into_owned()
    };
    let (name, prefix) = (field(&header[..100]), field(&header[345..500]));
    if header[257..263] == *b"ustar\0" && !prefix.is_empty() { format!("{prefix}/{name}") } else { name }
}

/// The size of an entry: octal digits, or a big-endian number after a byte with the highest bit.
fn size(field: &[u8]) -> Option<u64> {
    if field.first() == Some(&0x80) {
        let (high, low) = field[1..].split_at(field.len() - 9);
        let number = low.iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
        return high.iter().all(|byte| *byte == 0).then_some(number);
    }
    let digits = str::from_utf8(field).ok()?.trim_matches(['\0', ' ']);
    u64::from_str_radix(digits, 8).ok()
}
