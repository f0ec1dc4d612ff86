//! When to retry. Nothing here reads a clock.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822;

use crate::system::Environment;

/// The consequence of a response for the delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The receiver accepted the event.
    Delivered,
    /// A retry may succeed.
    Retry,
    /// A retry cannot succeed.
    Final,
}

/// The verdict on a status code: 2xx is a success; 408, 425, 429 and 5xx are retried; any other response is a permanent
/// failure. That includes redirects, because a signature must not be sent to a host that is not configured.
pub fn verdict(status: u16) -> Verdict {
    match status {
        200..=299 => Verdict::Delivered,
        408 | 425 | 429 | 500..=599 => Verdict::Retry,
        _ => Verdict::Final,
    }
}

/// Exponential backoff with full jitter: the pause after attempt `n` is random, up to `base * 2^(n - 1)`.
///
/// <https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>
#[derive(Debug, Clone, Copy)]
pub struct Backoff {
    /// Longest pause after the first attempt.
    pub base: Duration,
    /// Longest pause after any attempt.
    pub cap: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { base: Duration::from_secs(1), cap: Duration::from_secs(20) }
    }
}

impl Backoff {
    /// The backoff of this process: the default one. Debug builds take its cap in milliseconds from
    /// `MAX_BACKOFF_MILLIS`, so that tests need not wait.
    pub fn from_environment(environment: &Environment) -> Self {
        let cap = environment.get("MAX_BACKOFF_MILLIS").filter(|_| cfg!(debug_assertions));
        let default = Self::default();
        Self {
            cap: cap.and_then(|text| text.parse().ok()).map_or(default.cap, Duration::from_millis),
            ..default
        }
    }

    /// The pause after an attempt, counted from 1. `random` is from 0 to 1.
    pub fn pause(self, attempt: u32, random: f64) -> Duration {
        let doubled = self.base.saturating_mul(2u32.saturating_pow(attempt.saturating_sub(1)));
        doubled.min(self.cap).mul_f64(random.clamp(0.0, 1.0))
    }

    /// The pause before the next attempt: the one that the receiver asked for, or else our own. `None` if it does not fit into the
    /// remaining time.
    pub fn next(
        self,
        attempt: u32,
        random: f64,
        retry_after: Option<Duration>,
        remaining: Duration,
    ) -> Option<Duration> {
        let pause = retry_after.unwrap_or_else(|| self.pause(attempt, random));
        (pause < remaining).then_some(pause)
    }
}

/// Parses a `retry-after` header, <https://www.rfc-editor.org/rfc/rfc9110#name-retry-after>: seconds, which some receivers send with
/// a fraction, or a date. A past date is a zero wait. `None` for anything else.
pub fn retry_after(header: &str, now: Timestamp) -> Option<Duration> {
    let header = header.trim();
    if header.chars().all(|c| c.is_ascii_digit() || c == '.') {
        return Duration::try_from_secs_f64(header.parse().ok()?).ok();
    }
    let date = rfc2822::DateTimeParser::new().parse_timestamp(header).ok()?;
    Some(date.duration_since(now).try_into().unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_codes_decide() {
        for (statuses, expected) in [
            (&[200, 201, 202, 204, 299][..], Verdict::Delivered),
            (&[408, 425, 429, 500, 502, 503, 504, 599], Verdict::Retry),
            (&[301, 302, 307, 308, 400, 401, 403, 404, 410, 422, 600], Verdict::Final),
        ] {
            for status in statuses {
                assert_eq!(verdict(*status), expected, "{status}");
            }
        }
    }

    #[test]
    fn pauses_double_up_to_the_cap() {
        let backoff = Backoff { base: Duration::from_secs(1), cap: Duration::from_secs(5) };
        for (attempt, longest) in [(1, 1), (2, 2), (3, 4), (4, 5), (40, 5)] {
            assert_eq!(backoff.pause(attempt, 1.0), Duration::from_secs(longest));
            assert_eq!(backoff.pause(attempt, 0.0), Duration::ZERO);
        }
    }

    #[test]
    fn the_receiver_may_ask_for_another_pause_within_the_deadline() {
        let backoff = Backoff::default();
        let (second, minute) = (Duration::from_secs(1), Duration::from_secs(60));
        assert_eq!(backoff.next(1, 0.5, None, minute), Some(second / 2));
        assert_eq!(backoff.next(1, 0.5, Some(second * 3), minute), Some(second * 3));
        assert_eq!(backoff.next(1, 0.5, Some(Duration::ZERO), minute), Some(Duration::ZERO));
        assert_eq!(backoff.next(1, 0.5, Some(minute * 2), minute), None);
        assert_eq!(backoff.next(1, 1.0, None, second / 2), None);
    }

    #[test]
    fn retry_after_is_in_seconds_or_a_date() {
        let now: Timestamp = "2025-11-17T19:00:00Z".parse().unwrap();
        for (header, seconds) in [
            ("120", Some(120)),
            (" 0 ", Some(0)),
            ("0.0", Some(0)),
            ("Mon, 17 Nov 2025 19:00:30 GMT", Some(30)),
            ("Mon, 17 Nov 2025 18:00:00 GMT", Some(0)),
            ("-5", None),
            ("soon", None),
            ("99999999999999999999999", None),
            ("1.7.2", None),
            (".", None),
            ("", None),
            ("1e3", None),
        ] {
            assert_eq!(retry_after(header, now), seconds.map(Duration::from_secs), "{header}");
        }
        assert_eq!(retry_after("1.7", now), Some(Duration::from_millis(1700)));
        let half_past = now + Duration::from_millis(500);
        let date = "Mon, 17 Nov 2025 19:00:30 GMT";
        assert_eq!(retry_after(date, half_past), Some(Duration::from_millis(29_500)));
    }
}
