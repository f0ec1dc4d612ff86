//! Shortened text.

use std::borrow::Cow;

/// The text, cut to `max_chars` characters with `…` as the last one if it is longer.
pub fn shortened(text: &str, max_chars: usize) -> Cow<'_, str> {
    if text.chars().count() <= max_chars {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().take(max_chars.saturating_sub(1)).chain(['…']).collect())
}

/// The text, with `…` in place of its middle if it has more than `max_chars` characters: names often differ at their ends.
pub fn shortened_in_the_middle(text: &str, max_chars: usize) -> Cow<'_, str> {
    let count = text.chars().count();
    if count <= max_chars {
        return Cow::Borrowed(text);
    }
    let kept = max_chars.saturating_sub(1);
    let tail = kept / 2;
    let start = text.chars().take(kept - tail);
    Cow::Owned(start.chain(['…']).chain(text.chars().skip(count - tail)).collect())
}

#[cfg(test)]
mod tests {
    use super::{shortened, shortened_in_the_middle};

    #[test]
    fn characters_are_counted_not_bytes() {
        assert_eq!(shortened("ünï", 3), "ünï");
        assert_eq!(shortened("ünïcödé", 4), "ünï…");
    }

    #[test]
    fn both_ends_of_a_name_remain() {
        for (max_chars, expected) in
            [(0, "…"), (1, "…"), (2, "ü…"), (3, "ü…k"), (6, "ünï…pk"), (99, "ünïcödé.apk")]
        {
            assert_eq!(shortened_in_the_middle("ünïcödé.apk", max_chars), expected, "{max_chars}");
        }
    }
}
