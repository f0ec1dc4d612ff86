//! Escapes text from outside for terminals and CI logs.

use std::borrow::Cow;

/// Escapes control characters, so that a branch name or message cannot break lines or move the cursor. Also escapes
/// characters that change the text direction, and `##[`, which starts a command anywhere in GitHub and Azure logs.
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) && !text.contains("##[") {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::new();
    for c in text.replace("##[", "##\\[").chars() {
        if is_unsafe(c) {
            escaped.extend(c.escape_default());
        } else {
            escaped.push(c);
        }
    }
    Cow::Owned(escaped)
}

/// [`printable`] for JSON: uses JSON escapes, so the document keeps its meaning. Line breaks remain.
pub fn printable_json(json: &str) -> Cow<'_, str> {
    let is_unsafe = |c: char| c != '\n' && is_unsafe(c);
    if !json.chars().any(is_unsafe) && !json.contains("##[") {
        return Cow::Borrowed(json);
    }
    let mut escaped = String::new();
    for c in json.replace("##[", "##\\u005b").chars() {
        if is_unsafe(c) {
            // All unsafe characters are in the Basic Multilingual Plane, so four digits are enough.
            escaped.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            escaped.push(c);
        }
    }
    Cow::Owned(escaped)
}

fn is_unsafe(c: char) -> bool {
    let is_separator = matches!(c, '\u{2028}' | '\u{2029}');
    let changes_direction =
        matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    c.is_control() || is_separator || changes_direction
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::{is_unsafe, printable, printable_json};

    #[test]
    fn unsafe_characters_are_escaped() {
        let cases = [
            ("feature/ünï-códe ✓", "feature/ünï-códe ✓"),
            ("one\ntwo\ttab", "one\\ntwo\\ttab"),
            ("\u{1b}[31mred", "\\u{1b}[31mred"),
            ("\u{202e}gnp.exe", "\\u{202e}gnp.exe"),
            ("fix ##[error]it", "fix ##\\[error]it"),
        ];
        let failed: Vec<_> = cases
            .iter()
            .map(|(text, expected)| (text, printable(text), expected))
            .filter(|(_, found, expected)| found != *expected)
            .collect();
        assert!(failed.is_empty(), "(text, found, expected): {failed:?}");
    }

    #[test]
    fn json_keeps_its_meaning() {
        let text = "a\u{202e}b\u{9b}c\u{7f} ##[error]ü\n";
        let json = serde_json::to_string_pretty(&[text]).unwrap();
        let escaped = printable_json(&json);
        assert!(!escaped.contains(['\u{202e}', '\u{9b}', '\u{7f}']) && !escaped.contains("##["), "{escaped}");
        assert_eq!(serde_json::from_str::<Vec<String>>(&escaped).unwrap(), [text]);
    }

    /// Text in which unsafe characters and `##[` are common.
    fn hostile() -> impl Strategy<Value = String> {
        let part = prop_oneof![
            any::<char>().prop_map(String::from),
            prop::sample::select(vec![
                "##[", "#", "[", "\u{1b}", "\r", "\n", "\u{202e}", "\u{2028}", "\\", "\""
            ])
            .prop_map(String::from),
        ];
        prop::collection::vec(part, 0..20).prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn escaped_text_is_safe_and_stays_as_it_is(text in hostile()) {
            let escaped = printable(&text).into_owned();
            prop_assert!(!escaped.chars().any(is_unsafe) && !escaped.contains("##["), "{}", escaped);
            prop_assert_eq!(printable(&escaped), escaped.as_str());
        }

        #[test]
        fn escaped_json_is_safe_and_equal(key in hostile(), text in hostile()) {
            let mut object = serde_json::Map::new();
            object.insert(key, Value::from(text));
            let value = Value::from(object);
            for json in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
                let escaped = printable_json(&json);
                prop_assert!(!escaped.chars().any(|c| c != '\n' && is_unsafe(c)) && !escaped.contains("##["));
                prop_assert_eq!(serde_json::from_str::<Value>(&escaped).unwrap(), value.clone());
            }
        }
    }
}
