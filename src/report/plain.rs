//! Text from outside, made fit for a terminal and a log.

use std::borrow::Cow;

/// The text with control characters written out, so that a branch name or a message can neither break a line nor
/// move the cursor. Marks that turn the direction of writing are written out too, and `##[`, which begins a command in
/// the logs of GitHub and Azure wherever it stands.
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) && !text.contains("##[") {
        return Cow::Borrowed(text);
    }
    let mut result = String::new();
    for c in text.replace("##[", "##\\[").chars() {
        if is_unsafe(c) {
            result.extend(c.escape_default());
        } else {
            result.push(c);
        }
    }
    Cow::Owned(result)
}

fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2028}' | '\u{2029}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn control_characters_are_written_out() {
        for (text, expected) in [
            ("feature/ünï-códe ✓", "feature/ünï-códe ✓"),
            ("one\ntwo\ttab", "one\\ntwo\\ttab"),
            ("\u{1b}[31mred", "\\u{1b}[31mred"),
            ("\u{202e}gnp.exe", "\\u{202e}gnp.exe"),
            ("fix ##[error]it", "fix ##\\[error]it"),
        ] {
            assert_eq!(printable(text), expected);
        }
    }
}
