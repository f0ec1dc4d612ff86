//! The child process: reads files whose paths come from standard input, and answers on standard output.
//!
//! It starts no process, has an empty environment, and ends with its input.

use std::io::{self, BufRead as _, BufReader, Read, Write};
use std::path::PathBuf;

use super::{limits, read};

/// The argument that makes the program this process. It is not part of the command line that users see.
pub const COMMAND: &str = "read-details";

/// The first line of output.
pub(super) const GREETING: &str = "buildhook details 1\n";
/// Bytes of a path.
const MAX_PATH_BYTES: u64 = 64 << 10;

/// Answers each path, which ends with a NUL, by one line of JSON. Ends with `input`.
pub fn read_details(input: impl Read, mut output: impl Write) -> io::Result<()> {
    limits::apply();
    output.write_all(GREETING.as_bytes())?;
    output.flush()?;
    let mut input = BufReader::new(input);
    loop {
        let mut path = Vec::new();
        input.by_ref().take(MAX_PATH_BYTES).read_until(0, &mut path)?;
        if path.pop() != Some(0) {
            return Ok(());
        }
        limits::start_file();
        let Some(path) = from_bytes(path) else { return Ok(()) };
        output.write_all(read(&path).to_line().as_bytes())?;
        output.flush()?;
    }
}

#[cfg(unix)]
fn from_bytes(bytes: Vec<u8>) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStringExt as _;
    Some(std::ffi::OsString::from_vec(bytes).into())
}

#[cfg(not(unix))]
fn from_bytes(bytes: Vec<u8>) -> Option<PathBuf> {
    String::from_utf8(bytes).ok().map(PathBuf::from)
}
