//! Markdown for CI pages.

use super::printable;
use crate::delivery::Outcome;

/// A table of deliveries.
pub(super) fn table(outcomes: &[Outcome]) -> String {
    let mut text =
        "### buildhook\n\n| | event | endpoint | result | attempts |\n| --- | --- | --- | --- | --- |\n"
            .to_owned();
    for outcome in outcomes {
        let mark = if outcome.is_delivered() { "✓" } else { "✗" };
        let [event, endpoint, result] =
            [&*outcome.event_and_subject(), &outcome.endpoint, &outcome.result()].map(escape);
        text.push_str(&format!("| {mark} | {event} | {endpoint} | {result} | {} |\n", outcome.attempts));
    }
    text.push('\n');
    text
}

/// Escapes text for Markdown and HTML: punctuation that may have a meaning becomes a character reference.
fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for c in printable(text).chars() {
        if c.is_ascii_punctuation() && !"./-,;?%='".contains(c) {
            escaped.push_str(&format!("&#{};", u32::from(c)));
        } else {
            escaped.push(c);
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn markup_is_escaped() {
        assert_eq!(escape("a|b<c>[x](y)"), "a&#124;b&#60;c&#62;&#91;x&#93;&#40;y&#41;");
        assert_eq!(escape("ünï ✓"), "ünï ✓");
    }
}
