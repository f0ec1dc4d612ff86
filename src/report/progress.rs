//! A progress line for reading large files.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::{Console, printable};
use crate::artifact::size_string;
use crate::settings::LogLevel;
use crate::system::System;

/// The line appears if reading takes longer than this.
const SHOW_AFTER: Duration = Duration::from_millis(500);
/// How often the line is updated.
const UPDATE_INTERVAL: Duration = Duration::from_millis(100);

/// Shows how much of some files has been read, if stderr is a terminal and not a CI log. Dropping it clears the line.
#[derive(Debug)]
pub struct Progress {
    label: String,
    total_bytes: u64,
    bytes_read: AtomicU64,
    /// When to update the line next; `None` if it is not shown.
    next_update: Option<Mutex<Instant>>,
}

impl Progress {
    /// Progress of reading these files from the start.
    pub fn new(files: &[PathBuf], system: &System, console: &Console) -> Self {
        let is_shown =
            system.stderr_is_terminal && !system.environment.is_set("CI") && console.level >= LogLevel::Info;
        let label = match files {
            [file] => file.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            _ => format!("{} files", files.len()),
        };
        Self {
            label,
            total_bytes: files.iter().filter_map(|file| file.metadata().ok()).map(|file| file.len()).sum(),
            bytes_read: AtomicU64::new(0),
            next_update: is_shown.then(|| Mutex::new(Instant::now() + SHOW_AFTER)),
        }
    }

    /// Adds bytes that have been read.
    pub fn add(&self, bytes: u64) {
        let bytes_read = self.bytes_read.fetch_add(bytes, Ordering::Relaxed) + bytes;
        // If another thread is updating the line, it is up to date.
        let Some(Ok(mut next_update)) = self.next_update.as_ref().map(Mutex::try_lock) else { return };
        if Instant::now() >= *next_update {
            *next_update = Instant::now() + UPDATE_INTERVAL;
            let line = line(&self.label, bytes_read, self.total_bytes);
            // Progress that cannot be shown must not stop the work.
            let _ = write!(io::stderr(), "\r\x1b[K{line}");
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.next_update.is_some() && self.bytes_read.load(Ordering::Relaxed) > 0 {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}

/// `reading app.ipa: 42 % of 1.20 GB`
fn line(label: &str, bytes_read: u64, total_bytes: u64) -> String {
    let percent = (u128::from(bytes_read) * 100).checked_div(u128::from(total_bytes)).unwrap_or(100).min(100);
    format!("reading {}: {percent} % of {}", printable(label), size_string(total_bytes))
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn the_line_shows_percentage_and_size() {
        assert_eq!(line("app.ipa", 1 << 29, 1 << 30), "reading app.ipa: 50 % of 1.00 GB");
        assert_eq!(line("app\r.ipa", 3, 2), "reading app\\r.ipa: 100 % of 2.00 B");
        assert_eq!(line("empty", 0, 0), "reading empty: 100 % of 0.00 B");
    }
}
