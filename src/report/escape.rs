//! Escapes text from outside for terminals and CI logs.
//!
//! CI logs contain commands, and text that looks like one would be run: of GitHub, Gitea and Forgejo
//! (<https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>), Azure
//! (<https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands>), TeamCity
//! (<https://www.jetbrains.com/help/teamcity/service-messages.html>), GitLab
//! (<https://docs.gitlab.com/ci/jobs/job_logs/#custom-collapsible-sections>), Buildkite
//! (<https://buildkite.com/docs/pipelines/configure/managing-log-output>) and Travis. All are escaped on every CI: which one
//! reads a log is not always known, and a backslash more does no harm.

use std::borrow::Cow;

/// Commands that are found anywhere in a line. Upper and lower case count as the same.
const COMMANDS: [&str; 7] =
    ["##[", "##vso[", "##teamcity[", "section_start:", "section_end:", "travis_fold:", "travis_time:"];
/// Commands at the start of a line, which may follow blanks.
const LINE_COMMANDS: [&str; 5] = ["::", "--- ", "+++ ", "~~~ ", "^^^ "];

/// Escapes control characters, so that a branch name or message cannot break lines or move the cursor, characters that
/// change the direction of text, and commands of CI logs.
pub fn printable(text: &str) -> Cow<'_, str> {
    let commands = commands(text);
    if commands.is_empty() && !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::new();
    for (at, c) in text.char_indices() {
        if commands.contains(&at) {
            escaped.push('\\');
        }
        if is_unsafe(c) {
            escaped.extend(c.escape_default());
        } else {
            escaped.push(c);
        }
    }
    Cow::Owned(escaped)
}

/// Escapes a line that begins with a command, which [`printable`] cannot know: it also escapes parts of lines.
pub fn printable_line(line: &str) -> Cow<'_, str> {
    let text = line.trim_start();
    if !LINE_COMMANDS.iter().any(|command| text.starts_with(command)) {
        return Cow::Borrowed(line);
    }
    let (blanks, text) = line.split_at(line.len() - text.len());
    Cow::Owned(format!("{blanks}\\{text}"))
}

/// [`printable`] for JSON: uses JSON escapes, so the document keeps its meaning. Line breaks remain. No line of a JSON
/// document begins with a command.
pub fn printable_json(json: &str) -> Cow<'_, str> {
    let commands = commands(json);
    let is_unsafe = |c: char| c != '\n' && is_unsafe(c);
    if commands.is_empty() && !json.chars().any(is_unsafe) {
        return Cow::Borrowed(json);
    }
    let mut escaped = String::new();
    for (at, c) in json.char_indices() {
        if is_unsafe(c) || commands.contains(&at) {
            // All of these are in the Basic Multilingual Plane, so four digits are enough.
            escaped.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            escaped.push(c);
        }
    }
    Cow::Owned(escaped)
}

/// The positions of the last characters of all commands in the text.
fn commands(text: &str) -> Vec<usize> {
    let lower = text.to_ascii_lowercase();
    let ends = |command: &'static str| {
        let starts: Vec<usize> = lower.match_indices(command).map(|(start, _)| start).collect();
        starts.into_iter().map(move |start| start + command.len() - 1)
    };
    COMMANDS.into_iter().flat_map(ends).collect()
}

pub(super) fn is_unsafe(c: char) -> bool {
    let is_separator = matches!(c, '\u{2028}' | '\u{2029}');
    let changes_direction = matches!(
        c,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    );
    c.is_control() || is_separator || changes_direction
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::{COMMANDS, LINE_COMMANDS, is_unsafe, printable, printable_json, printable_line};

    #[test]
    fn unsafe_characters_are_escaped() {
        let cases = [
            ("feature/ünï-códe ✓", "feature/ünï-códe ✓"),
            ("one\ntwo\ttab", "one\\ntwo\\ttab"),
            ("\u{1b}[31mred", "\\u{1b}[31mred"),
            ("\u{202e}gnp.exe", "\\u{202e}gnp.exe"),
            ("fix ##[error]it", "fix ##\\[error]it"),
            ("##vso[task.setvariable]x", "##vso\\[task.setvariable]x"),
            ("a ##TeamCity[x", "a ##TeamCity\\[x"),
            ("section_start:1:a section_end:1:a", "section_start\\:1:a section_end\\:1:a"),
            ("travis_fold:start:x", "travis_fold\\:start:x"),
            ("\u{61c}a", "\\u{61c}a"),
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
                "##[",
                "##vso[",
                "##TEAMCITY[",
                "section_end:",
                "travis_",
                "fold:",
                "#",
                "[",
                "\u{1b}",
                "\r",
                "\n",
                "\u{202e}",
                "\u{2028}",
                "\\",
                "\""
            ])
            .prop_map(String::from),
        ];
        prop::collection::vec(part, 0..20).prop_map(|parts| parts.concat())
    }

    fn has_command(text: &str) -> bool {
        COMMANDS.iter().any(|command| text.to_ascii_lowercase().contains(command))
    }

    #[test]
    fn a_line_cannot_begin_with_a_command() {
        for blanks in ["", "  ", "\t", "\u{a0}"] {
            for command in LINE_COMMANDS {
                let line = format!("{blanks}{command}error::x");
                let escaped = printable_line(&line).into_owned();
                assert_eq!(escaped, format!("{blanks}\\{command}error::x"));
                assert_eq!(printable_line(&escaped), escaped);
            }
        }
        assert_eq!(printable_line("a ::error::x"), "a ::error::x");
    }

    proptest! {
        #[test]
        fn escaped_text_is_safe_and_stays_as_it_is(text in hostile()) {
            let escaped = printable(&text).into_owned();
            prop_assert!(!escaped.chars().any(is_unsafe) && !has_command(&escaped), "{}", escaped);
            prop_assert_eq!(printable(&escaped), escaped.as_str());
        }

        #[test]
        fn escaped_json_is_safe_and_equal(key in hostile(), text in hostile()) {
            let mut object = serde_json::Map::new();
            object.insert(key, Value::from(text));
            let value = Value::from(object);
            for json in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
                let escaped = printable_json(&json);
                prop_assert!(!escaped.chars().any(|c| c != '\n' && is_unsafe(c)) && !has_command(&escaped));
                prop_assert_eq!(serde_json::from_str::<Value>(&escaped).unwrap(), value.clone());
            }
        }
    }
}
