//! A progress line for reading large files.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use super::terminal_line::TerminalLine;
use super::{Console, printable};
use crate::artifact::size_string;
use crate::system::System;

/// Shows on a terminal how much of some files has been read.
#[derive(Debug)]
pub struct Progress {
    label: String,
    total_bytes: u64,
    bytes_read: AtomicU64,
    line: TerminalLine,
}

impl Progress {
    /// Progress of reading these files from the start.
    pub fn new(files: &[PathBuf], system: &System, console: &Console) -> Self {
        let label = match files {
            [file] => file.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            _ => format!("{} files", files.len()),
        };
        Self {
            label,
            total_bytes: files
                .iter()
                .filter_map(|file| file.metadata().ok())
                .fold(0, |total, file| total.saturating_add(file.len())),
            bytes_read: AtomicU64::new(0),
            line: TerminalLine::new(system, console),
        }
    }

    /// Adds bytes that have been read.
    pub fn add(&self, bytes: u64) {
        let bytes_read = self.bytes_read.fetch_add(bytes, Ordering::Relaxed) + bytes;
        self.line.update(|| line(&self.label, bytes_read, self.total_bytes));
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
