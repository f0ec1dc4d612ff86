//! A line on the terminal that changes while the command works.

use std::io::{self, Write};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::terminal_width::terminal_width;
use super::{Console, shortened};
use crate::settings::LogLevel;
use crate::system::System;

/// The line appears if the work takes longer than this.
const SHOW_AFTER: Duration = Duration::from_millis(500);
/// How often the line is updated.
const UPDATE_INTERVAL: Duration = Duration::from_millis(100);

/// The width of a terminal that does not report it, in characters.
const DEFAULT_WIDTH: usize = 80;

/// A line on stderr, if that is a terminal and not a CI's log. Dropping it clears the line.
#[derive(Debug)]
pub(super) struct TerminalLine(Option<Mutex<State>>);

#[derive(Debug)]
struct State {
    next_update: Instant,
    is_shown: bool,
}

impl TerminalLine {
    pub(super) fn new(system: &System, console: &Console) -> Self {
        let is_shown =
            system.stderr_is_terminal && !system.environment.is_set("CI") && console.level >= LogLevel::Info;
        let state = || State { next_update: Instant::now() + SHOW_AFTER, is_shown: false };
        Self(is_shown.then(|| Mutex::new(state())))
    }

    /// Whether there is a terminal to show it on.
    pub(super) fn is_used(&self) -> bool {
        self.0.is_some()
    }

    /// Shows what `text` returns, unless it is too early for a change.
    pub(super) fn update(&self, text: impl FnOnce() -> String) {
        // If another thread is updating the line, it is up to date.
        let Some(Ok(mut state)) = self.0.as_ref().map(Mutex::try_lock) else { return };
        let now = Instant::now();
        if now >= state.next_update {
            *state = State { next_update: now + UPDATE_INTERVAL, is_shown: true };
            let text = text();
            // A line that wraps could not be cleared.
            let width = terminal_width(io::stderr()).unwrap_or(DEFAULT_WIDTH);
            let text = shortened(&text, width.saturating_sub(1));
            // A line that cannot be shown must not stop the work.
            let _ = write!(io::stderr(), "\r\x1b[K{text}");
        }
    }
}

impl Drop for TerminalLine {
    fn drop(&mut self) {
        if self.0.as_mut().and_then(|state| state.get_mut().ok()).is_some_and(|state| state.is_shown) {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}
