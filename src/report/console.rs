//! What a command tells on stdout and stderr.

use std::io::{self, Write};

use super::{human_duration, printable, printable_json};
use crate::delivery::{DeliveryStatus, Outcome};
use crate::settings::LogLevel;

/// Results go to `out`, all else to `err`, as far as the log level wants it.
///
/// A pipe that nobody reads any more is no reason to fail: an event goes out whether or not its line is read.
#[allow(missing_debug_implementations)]
pub struct Console {
    /// For results.
    pub out: Box<dyn Write>,
    /// For everything else.
    pub err: Box<dyn Write>,
    /// How much is told.
    pub level: LogLevel,
}

impl Console {
    /// A result, as it is.
    pub fn print(&mut self, text: &str) {
        let _ = self.out.write_all(format!("{text}\n").as_bytes());
    }

    /// A result in JSON.
    pub fn print_json(&mut self, json: &str) {
        self.print(&printable_json(json));
    }

    /// A result, written by `write`.
    pub fn print_with(&mut self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) {
        let _ = write(&mut self.out);
    }

    /// What ends the command.
    pub fn error(&mut self, text: &str) {
        self.tell(LogLevel::Error, "error: ", text);
    }

    /// What a user should know.
    pub fn warning(&mut self, text: &str) {
        self.tell(LogLevel::Warn, "warning: ", text);
    }

    /// Several warnings.
    pub fn warnings(&mut self, texts: &[String]) {
        texts.iter().for_each(|text| self.warning(text));
    }

    /// What was done, or why nothing was.
    pub fn notice(&mut self, text: &str) {
        self.tell(LogLevel::Info, "", text);
    }

    /// What only helps in a search for a fault.
    pub fn debug(&mut self, text: &str) {
        self.tell(LogLevel::Debug, "debug: ", text);
    }

    /// One line for each delivery: `✓ qa-dashboard  build/triggered  200 in 43 ms`.
    pub fn outcomes(&mut self, outcomes: &[Outcome]) {
        let width = |text: fn(&Outcome) -> &str| {
            outcomes.iter().map(|outcome| printable(text(outcome)).chars().count()).max().unwrap_or(0)
        };
        let (names, events) = (width(|outcome| &outcome.endpoint), width(|outcome| &outcome.event));
        for outcome in outcomes {
            let (level, mark) = match outcome.status {
                DeliveryStatus::Delivered => (LogLevel::Info, "✓"),
                DeliveryStatus::Pending | DeliveryStatus::Failed => (LogLevel::Warn, "✗"),
            };
            let endpoint = printable(&outcome.endpoint);
            let line =
                format!("{mark} {endpoint:<names$}  {:<events$}  {}", outcome.event, describe(outcome));
            self.tell(level, "", &line);
            for (number, attempt) in (1..).zip(&outcome.history) {
                let result = match (&attempt.error, attempt.response_code) {
                    (Some(error), _) => error.clone(),
                    (None, code) => code.unwrap_or_default().to_string(),
                };
                let millis = attempt.duration * 1000.0;
                self.debug(&format!(
                    "{endpoint} attempt {number} at {} took {millis:.0} ms: {result}",
                    attempt.at
                ));
            }
        }
    }

    /// Writes lines to stderr at once, so that those of another process cannot come between their parts.
    pub fn write(&mut self, lines: &str) {
        let _ = self.err.write_all(lines.as_bytes());
    }

    fn tell(&mut self, level: LogLevel, prefix: &str, text: &str) {
        if level <= self.level {
            self.write(&format!("{prefix}{}\n", printable(text)));
        }
    }
}

fn describe(outcome: &Outcome) -> String {
    let tries = match outcome.attempts {
        1 => String::new(),
        attempts => format!(", attempt {attempts}"),
    };
    match (&outcome.error, outcome.response_code) {
        (None, Some(code)) => {
            // Of a single attempt the time is known more exactly.
            let seconds = match outcome.history.as_slice() {
                [only] => only.duration,
                _ => outcome.duration_ms as f64 / 1000.0,
            };
            format!("{code} in {}{tries}", human_duration(seconds))
        }
        (error, _) => {
            let tries = match outcome.attempts {
                1 => String::new(),
                attempts => format!(" ({attempts} attempts in {:.1} s)", outcome.duration_ms as f64 / 1000.0),
            };
            format!("{}{tries}", error.as_deref().unwrap_or("not delivered"))
        }
    }
}
