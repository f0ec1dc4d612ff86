//! The endpoints that a command waits for.

use std::time::Duration;

use super::terminal_line::TerminalLine;
use super::{Console, printable};
use crate::delivery::Waiting;
use crate::system::System;

/// When the log names them, once.
const LOG_AFTER: Duration = Duration::from_secs(5);
/// The most endpoints that are named.
const MAX_NAMES: usize = 3;

/// Names the endpoints that the command waits for: after half a second on a terminal, once after five seconds in a log.
#[derive(Debug)]
pub struct WaitingLine {
    line: TerminalLine,
}

impl WaitingLine {
    /// A line that appears when the command has waited for a while.
    pub fn new(system: &System, console: &Console) -> Self {
        Self { line: TerminalLine::new(system, console) }
    }

    /// Shows it, if it is time. `is_logged` is whether the log has it.
    pub fn show(&self, waiting: &Waiting, is_logged: &mut bool, console: &mut Console) {
        self.line.update(|| progress(waiting));
        if !self.line.is_used() && !*is_logged && waiting.waited >= LOG_AFTER {
            *is_logged = true;
            console.notice(&text(waiting));
        }
    }
}

/// `waiting for qa-dashboard, at most 25 s`
fn text(waiting: &Waiting) -> String {
    let seconds = waiting.remaining.as_secs_f64().ceil();
    format!("waiting for {}, at most {seconds:.0} s", names(&waiting.endpoints))
}

/// The same with the number of deliveries, if there are several.
fn progress(waiting: &Waiting) -> String {
    let count = match waiting.all {
        1 => String::new(),
        all => format!("{} of {all} deliveries done; ", waiting.ended),
    };
    count + &text(waiting)
}

fn names(endpoints: &[&str]) -> String {
    // One more name is as short as its number.
    let count = if endpoints.len() == MAX_NAMES + 1 { endpoints.len() } else { MAX_NAMES };
    let (named, others) = endpoints.split_at(endpoints.len().min(count));
    let mut names: Vec<String> = named.iter().map(|name| printable(name).into_owned()).collect();
    if !others.is_empty() {
        names.push(format!("{} others", others.len()));
    }
    let last = names.pop().unwrap_or_default();
    if names.is_empty() { last } else { format!("{} and {last}", names.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_names_the_endpoints_and_the_time() {
        let waiting = |endpoints: &[&'static str], all| Waiting {
            endpoints: endpoints.to_vec(),
            ended: 2,
            all,
            waited: Duration::from_secs(5),
            remaining: Duration::from_millis(24_950),
        };
        assert_eq!(progress(&waiting(&["lab"], 1)), "waiting for lab, at most 25 s");
        assert_eq!(text(&waiting(&["lab", "qa"], 4)), "waiting for lab and qa, at most 25 s");
        assert_eq!(text(&waiting(&["a", "b", "c", "d"], 4)), "waiting for a, b, c and d, at most 25 s");
        let five = waiting(&["a", "b", "c\n", "d", "e"], 7);
        let expected = "2 of 7 deliveries done; waiting for a, b, c\\n and 2 others, at most 25 s";
        assert_eq!(progress(&five), expected);
    }
}
