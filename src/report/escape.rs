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

/// The same for JSON, whose meaning stays: what is unsafe can only stand in its texts, and is written by its number there.
pub fn printable_json(json: &str) -> Cow<'_, str> {
    let is_unsafe = |c: char| c != '\n' && is_unsafe(c);
    if !json.chars().any(is_unsafe) && !json.contains("##[") {
        return Cow::Borrowed(json);
    }
    let mut result = String::new();
    for c in json.replace("##[", "##\\u005b").chars() {
        if is_unsafe(c) {
            // None of them is beyond what four digits can write.
            result.push_str(&format!("\\u{:04x}", u32::from(c)));
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
    use super::{printable, printable_json};

    #[test]
    fn json_keeps_its_meaning() {
        let text = "a\u{202e}b\u{9b}c\u{7f} ##[error]ü\n";
        let json = serde_json::to_string_pretty(&[text]).unwrap();
        let printed = printable_json(&json);
        assert!(!printed.contains(['\u{202e}', '\u{9b}', '\u{7f}']) && !printed.contains("##["), "{printed}");
        assert_eq!(serde_json::from_str::<Vec<String>>(&printed).unwrap(), [text]);
    }

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
