//! Text that fits the width of a terminal.

use std::io;

use super::terminal_width::terminal_width;

/// The width where there is no terminal, such as in a CI's log, in characters.
const DEFAULT_WIDTH: usize = 100;
/// In a narrower terminal, lines are wrapped by the terminal.
const MIN_WIDTH: usize = 60;
/// Wider help is hard to read.
const MAX_HELP_WIDTH: usize = 100;

/// The width of what a command prints.
pub(super) fn output_width() -> usize {
    terminal_width(io::stdout()).unwrap_or(DEFAULT_WIDTH).max(MIN_WIDTH)
}

/// The parts of a message, each of which fits the terminal of stderr.
pub fn wrapped_message(line: &str) -> Vec<&str> {
    wrapped(line, terminal_width(io::stderr()).unwrap_or(DEFAULT_WIDTH).max(MIN_WIDTH))
}

/// The help that clap makes, wrapped to the terminal of stdout. Descriptions continue in their column.
pub fn wrapped_help(help: &str) -> String {
    let width = terminal_width(io::stdout()).unwrap_or(MAX_HELP_WIDTH);
    indented(help, width.clamp(MIN_WIDTH, MAX_HELP_WIDTH))
}

fn indented(help: &str, width: usize) -> String {
    let mut text = String::new();
    for line in help.lines() {
        let (mut start, description) = line.split_at(description_start(line));
        let column = start.chars().count();
        for part in wrapped(description, width.saturating_sub(column)) {
            let indentation = if start.is_empty() { column } else { 0 };
            text.extend([start, &" ".repeat(indentation), part, "\n"]);
            start = "";
        }
    }
    text
}

/// Where the description in a line of help starts: after the first gap, or after the indentation.
fn description_start(line: &str) -> usize {
    let after_blanks = |start: usize| line.len() - line[start..].trim_start_matches(' ').len();
    let indentation = after_blanks(0);
    line[indentation..].find("  ").map_or(indentation, |gap| after_blanks(indentation + gap))
}

/// The parts of a line, broken at blanks so that each has up to `width` characters. Longer words stay whole.
pub(super) fn wrapped(line: &str, width: usize) -> Vec<&str> {
    let (mut parts, mut start, mut end) = (Vec::new(), 0, 0);
    let blanks = line.match_indices(' ').map(|(blank, _)| blank);
    for word_end in blanks.chain([line.len()]) {
        if end > start && line[start..word_end].chars().count() > width {
            parts.push(&line[start..end]);
            start = end + 1;
        }
        end = word_end;
    }
    parts.push(&line[start..]);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_at_blanks() {
        for (line, expected) in [
            ("", vec![""]),
            ("one two", vec!["one two"]),
            ("one two three four", vec!["one two", "three four"]),
            ("ünïcödé-word x", vec!["ünïcödé-word", "x"]),
            ("x ünïcödé-word-and-more x", vec!["x", "ünïcödé-word-and-more", "x"]),
        ] {
            assert_eq!(wrapped(line, 10), expected);
        }
    }

    #[test]
    fn descriptions_continue_in_their_column() {
        let help =
            "About\n\nOptions:\n  -h, --help  Print the help and exit\n  one two three four five six seven\n";
        let expected = "About\n\nOptions:\n  -h, --help  Print the\n              help and\n              exit\n\
                        \x20 one two three four five\n  six seven\n";
        assert_eq!(indented(help, 26), expected);
    }
}
