//! A length of time as people write it.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// A length of time: `10`, `10s`, `1.5s`, `500ms`, `2m` or `1h`; a bare number is seconds. At most a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(pub Duration);

impl Time {
    /// What a text has to be to become one.
    pub const EXPECTED: &str = "a time above zero and up to 24 hours, such as 10s, 500ms, 2m or 1h";
}

impl FromStr for Time {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let end = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
        let (number, unit) = text.split_at(end);
        let scale = match unit {
            "ms" => 0.001,
            "" | "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return Err(Self::EXPECTED),
        };
        let number: f64 = number.trim().parse().map_err(|_| Self::EXPECTED)?;
        let seconds = number * scale;
        if !(seconds > 0.0 && seconds <= 86_400.0) {
            return Err(Self::EXPECTED);
        }
        Ok(Self(Duration::from_secs_f64(seconds)))
    }
}

impl fmt::Display for Time {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}s", self.0.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::Time;
    use std::time::Duration;

    #[test]
    fn times_are_read_with_their_units() {
        for (text, millis) in
            [("10", 10_000), ("10s", 10_000), ("1.5s", 1_500), ("500ms", 500), ("2m", 120_000)]
        {
            assert_eq!(text.parse(), Ok(Time(Duration::from_millis(millis))), "{text}");
        }
        for text in ["", "0", "-1", "ten", "10x", "1e999", "nan", "s", "86401"] {
            assert_eq!(text.parse::<Time>(), Err(Time::EXPECTED), "{text}");
        }
    }
}
