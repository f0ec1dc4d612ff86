//! stdout and stderr of a command.

use std::io::{self, Write};

use super::ci_log::annotation;
use super::{printable, printable_json, printable_line};
use crate::settings::LogLevel;

/// Writes results to `out` and messages to `err`.
///
/// Write errors are ignored: an event is sent even if the other end of the pipe has been closed.
#[allow(missing_debug_implementations)]
pub struct Console {
    /// Where results go.
    pub out: Box<dyn Write>,
    /// Where messages go.
    pub err: Box<dyn Write>,
    /// The most verbose level of messages to write.
    pub level: LogLevel,
    /// Whether errors and warnings are annotations of GitHub.
    pub annotates: bool,
}

impl Console {
    /// Prints lines of the result. None of them can be a command of the CI's log.
    pub fn print(&mut self, text: &str) {
        let lines: String = text.split('\n').map(|line| format!("{}\n", printable_line(line))).collect();
        let _ = self.out.write_all(lines.as_bytes());
    }

    /// Prints a JSON result.
    pub fn print_json(&mut self, json: &str) {
        let _ = self.out.write_all(format!("{}\n", printable_json(json)).as_bytes());
    }

    /// Prints a result that writes itself. None of its lines can be a command of the CI's log.
    pub fn print_with(&mut self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) {
        let mut text = Vec::new();
        let _ = write(&mut text);
        let text = String::from_utf8_lossy(&text);
        self.print(text.strip_suffix('\n').unwrap_or(&text));
    }

    /// Prints what this program is made of, such as its manual, as it is.
    pub fn print_verbatim(&mut self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) {
        let _ = write(&mut self.out);
    }

    /// Logs the error that ends the command.
    pub fn error(&mut self, text: &str) {
        self.log_problem(LogLevel::Error, "error", text);
    }

    /// Logs a problem that does not end the command.
    pub fn warning(&mut self, text: &str) {
        self.log_problem(LogLevel::Warn, "warning", text);
    }

    /// Logs what to do about problems that annotations report already.
    pub fn advice(&mut self, text: &str) {
        self.log(LogLevel::Warn, "warning: ", text);
    }

    /// Logs why an endpoint gets nothing.
    pub fn skipped(&mut self, text: &str) {
        if self.annotates && self.level >= LogLevel::Info {
            self.write(&annotation("notice", text));
        } else {
            self.notice(text);
        }
    }

    /// Logs several warnings.
    pub fn warnings(&mut self, warnings: &[String]) {
        warnings.iter().for_each(|warning| self.warning(warning));
    }

    /// Logs what was done, or why nothing was.
    pub fn notice(&mut self, text: &str) {
        self.log(LogLevel::Info, "", text);
    }

    /// Logs a detail for troubleshooting.
    pub fn debug(&mut self, text: &str) {
        self.log(LogLevel::Debug, "debug: ", text);
    }

    /// Writes several lines to stderr as they are in one call, so that output of other processes does not end up between them.
    pub fn write(&mut self, lines: &str) {
        let _ = self.err.write_all(lines.as_bytes());
    }

    fn log_problem(&mut self, level: LogLevel, kind: &str, text: &str) {
        if !self.annotates {
            self.log(level, &format!("{kind}: "), text);
        } else if level <= self.level {
            self.write(&annotation(kind, text));
        }
    }

    pub(super) fn log(&mut self, level: LogLevel, prefix: &str, text: &str) {
        if level <= self.level {
            let line = format!("{prefix}{}", printable(text));
            self.write(&format!("{}\n", printable_line(&line)));
        }
    }
}
