//! The value of `--since`.

use jiff::Timestamp;

use crate::settings::Mistake;

/// Parses a time such as `2025-11-17T19:00:00Z`, or an age such as `90m`, `12h` or `2d`.
pub(super) fn parse_since(text: &str, now: Timestamp) -> Result<Timestamp, Mistake> {
    if let Ok(time) = text.parse() {
        return Ok(time);
    }
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => 0,
    };
    let ago = number.parse::<u32>().ok().filter(|_| seconds > 0).map(|number| i64::from(number) * seconds);
    let time = ago.and_then(|ago| Timestamp::from_second(now.as_second() - ago).ok());
    time.ok_or_else(|| Mistake::BadValue {
        origin: "--since".to_owned(),
        found: Some(text.to_owned()),
        expected: "a time such as 2025-11-17T19:00:00Z, or an age such as 90m, 12h or 2d".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::parse_since;

    #[test]
    fn a_time_can_be_given_as_an_age() {
        let now = "2025-11-17T19:10:53Z".parse().unwrap();
        for (text, expected) in [
            ("2025-11-17T19:00:00Z", Some("2025-11-17T19:00:00Z")),
            ("53s", Some("2025-11-17T19:10:00Z")),
            ("10m", Some("2025-11-17T19:00:53Z")),
            ("1h", Some("2025-11-17T18:10:53Z")),
            ("2d", Some("2025-11-15T19:10:53Z")),
            ("2w", None),
            ("", None),
            ("d", None),
            ("é", None),
        ] {
            assert_eq!(
                parse_since(text, now).ok().map(|time| time.to_string()).as_deref(),
                expected,
                "{text}"
            );
        }
    }
}
