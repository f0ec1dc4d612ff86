//! Durations as people write them.

use std::time::Duration;

use super::Setting;

const MAX_SECONDS: f64 = 24.0 * 3600.0;

/// `10`, `10s`, `1.5s`, `500ms`, `2m` or `1h`; a bare number is seconds.
impl Setting for Duration {
    const PLACEHOLDER: &'static str = "DURATION";
    const EXPECTED: &'static str = "a duration above zero and up to 24 hours, such as 10s, 500ms, 2m or 1h";

    fn parse(text: &str) -> Option<Self> {
        let end = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
        let (number, unit) = text.split_at(end);
        let scale = match unit {
            "ms" => 0.001,
            "" | "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return None,
        };
        let seconds = number.trim().parse::<f64>().ok()? * scale;
        (seconds > 0.0 && seconds <= MAX_SECONDS).then(|| Self::from_secs_f64(seconds))
    }
}

#[cfg(test)]
mod tests {
    use super::{Duration, Setting};

    #[test]
    fn durations_are_parsed_with_their_units() {
        for (text, millis) in [
            ("10", 10_000),
            ("10s", 10_000),
            ("1.5s", 1_500),
            ("500ms", 500),
            ("2m", 120_000),
            ("24h", 86_400_000),
        ] {
            assert_eq!(Duration::parse(text), Some(Duration::from_millis(millis)), "{text}");
        }
        for text in ["", "0", "-1", "ten", "10x", "1e999", "nan", "s", "86401"] {
            assert_eq!(Duration::parse(text), None, "{text}");
        }
    }
}
