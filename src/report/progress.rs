//! A line on a terminal that tells how far the work on large files has come.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::{Console, printable};
use crate::artifact::size_string;
use crate::settings::LogLevel;
use crate::system::System;

/// Work that takes less than this needs no line.
const SHOW_AFTER: Duration = Duration::from_millis(500);
/// How often the line changes.
const UPDATE_INTERVAL: Duration = Duration::from_millis(100);

/// Counts what has been read of some files. Its line goes away when it is dropped. Where stderr is no terminal, and in
/// a CI's log, there is none.
#[derive(Debug)]
pub struct Progress {
    what: String,
    total: u64,
    done: AtomicU64,
    /// When the line changes next; none where there is no line.
    next: Option<Mutex<Instant>>,
}

impl Progress {
    /// Nothing of the files is read yet.
    pub fn new(files: &[PathBuf], system: &System, console: &Console) -> Self {
        let is_shown =
            system.stderr_is_terminal && !system.environment.is_set("CI") && console.level >= LogLevel::Info;
        let what = match files {
            [file] => file.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            _ => format!("{} files", files.len()),
        };
        Self {
            what,
            total: files.iter().filter_map(|file| file.metadata().ok()).map(|file| file.len()).sum(),
            done: AtomicU64::new(0),
            next: is_shown.then(|| Mutex::new(Instant::now() + SHOW_AFTER)),
        }
    }

    /// So many bytes more have been read.
    pub fn add(&self, bytes: u64) {
        let done = self.done.fetch_add(bytes, Ordering::Relaxed) + bytes;
        // Whoever finds the line taken leaves it to the one who has it.
        let Some(Ok(mut next)) = self.next.as_ref().map(Mutex::try_lock) else { return };
        if Instant::now() >= *next {
            *next = Instant::now() + UPDATE_INTERVAL;
            // A line that cannot be shown is no reason to stop.
            let _ = write!(io::stderr(), "\r\x1b[K{}", line(&self.what, done, self.total));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.next.is_some() && self.done.load(Ordering::Relaxed) > 0 {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}

/// `reading app.ipa: 42 % of 1.20 GB`
fn line(what: &str, done: u64, total: u64) -> String {
    let percent = (u128::from(done) * 100).checked_div(u128::from(total)).unwrap_or(100).min(100);
    format!("reading {}: {percent} % of {}", printable(what), size_string(total))
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn the_line_tells_how_far_it_is_and_of_how_much() {
        assert_eq!(line("app.ipa", 1 << 29, 1 << 30), "reading app.ipa: 50 % of 1.00 GB");
        assert_eq!(line("app\r.ipa", 3, 2), "reading app\\r.ipa: 100 % of 2.00 B");
        assert_eq!(line("empty", 0, 0), "reading empty: 100 % of 0.00 B");
    }
}
