//! How Buildstash writes times and durations.

use jiff::Timestamp;

/// `2025-11-17T19:10:53.000000Z`.
pub(super) fn micros(time: Timestamp) -> String {
    format!("{time:.6}")
}

/// The time from `start` to `end` as `HH:MM:SS`; hours may exceed 99. Zero if `end` is earlier.
pub(super) fn clock_duration(start: Timestamp, end: Timestamp) -> String {
    let seconds = end.as_second().saturating_sub(start.as_second()).max(0);
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_hours_minutes_seconds() {
        for (seconds, expected) in
            [(-1, "00:00:00"), (0, "00:00:00"), (323, "00:05:23"), (3661, "01:01:01"), (360_000, "100:00:00")]
        {
            let end = Timestamp::from_second(1_763_406_653 + seconds).unwrap();
            let start = Timestamp::from_second(1_763_406_653).unwrap();
            assert_eq!(clock_duration(start, end), expected);
        }
    }
}
