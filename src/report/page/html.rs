//! Escaping for HTML.

use super::super::escape::is_unsafe;

/// The longest run of characters without a place to break a line: without styles, nothing else keeps a long word from widening
/// the page.
const LONGEST_WORD: usize = 16;

/// Text within one line. Line breaks and other control characters are shown as escapes.
pub(super) fn line(text: &str) -> String {
    escape(text, false, true)
}

/// Text within a `pre` element, with its line breaks and tabs.
pub(super) fn block(text: &str) -> String {
    escape(text, true, true)
}

/// The value of an attribute, within double quotes.
pub(super) fn attribute(text: &str) -> String {
    escape(text, false, false)
}

fn escape(text: &str, keeps_lines: bool, breaks_words: bool) -> String {
    let mut html = String::with_capacity(text.len() + text.len() / 8);
    let (mut word, mut previous) = (0, ' ');
    for c in text.chars() {
        let can_break = breaks_words && (word >= LONGEST_WORD || (word > 0 && previous == '/'));
        if can_break && !c.is_whitespace() {
            html.push_str("<wbr>");
            word = 0;
        }
        // Lines break after hyphens anyway.
        word = if c.is_whitespace() || c == '-' { 0 } else { word + 1 };
        previous = c;
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            '\n' | '\t' if keeps_lines => html.push(c),
            c if is_unsafe(c) => html.extend(c.escape_default()),
            c => html.push(c),
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use super::{attribute, block, line};

    #[test]
    fn text_cannot_become_markup() {
        let hostile = "</details><script>alert('1')</script>\" onclick=\"x & y";
        for html in [line(hostile), block(hostile), attribute(hostile)] {
            assert!(!html.replace("<wbr>", "").contains(['<', '>', '"', '\'']), "{html}");
        }
        assert_eq!(attribute("a<b&\"c\"'"), "a&lt;b&amp;&quot;c&quot;&#39;");
    }

    #[test]
    fn control_characters_are_shown() {
        assert_eq!(line("a\nb\u{1b}[0m\u{202e}c"), "a\\nb\\u{1b}[0m\\u{202e}c");
        assert_eq!(block("a\n\tb\r\u{0}"), "a\n\tb\\r\\u{0}");
    }

    #[test]
    fn long_words_can_break() {
        assert_eq!(line(&"x".repeat(50)).matches("<wbr>").count(), 3);
        assert_eq!(line("one/two /"), "one/<wbr>two /");
        assert_eq!(line(&"word ".repeat(50)).matches("<wbr>").count(), 0);
        assert!(!attribute(&"x".repeat(50)).contains("<wbr>"));
    }
}
