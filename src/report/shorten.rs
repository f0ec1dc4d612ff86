//! Shortened text.

use std::borrow::Cow;

/// The text, cut to `max_chars` characters with `…` as the last one if it is longer.
pub fn shortened(text: &str, max_chars: usize) -> Cow<'_, str> {
    if text.chars().count() <= max_chars {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().take(max_chars.saturating_sub(1)).chain(['…']).collect())
}

#[cfg(test)]
mod tests {
    use super::shortened;

    #[test]
    fn characters_are_counted_not_bytes() {
        assert_eq!(shortened("ünï", 3), "ünï");
        assert_eq!(shortened("ünïcödé", 4), "ünï…");
    }
}
