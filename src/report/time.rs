//! Times and durations for people.

use jiff::Timestamp;

/// A duration in seconds as `43 ms`, `0.4 ms` or `2.1 s`.
pub fn human_duration(seconds: f64) -> String {
    match seconds {
        seconds if seconds >= 1.0 => format!("{seconds:.1} s"),
        seconds if seconds >= 0.01 => format!("{:.0} ms", seconds * 1000.0),
        seconds => format!("{:.1} ms", seconds * 1000.0),
    }
}

/// A duration in whole milliseconds as `43 ms` or `2.1 s`; at least `1 ms`.
pub fn human_millis(millis: u64) -> String {
    match millis {
        0..1000 => format!("{} ms", millis.max(1)),
        _ => human_duration(millis as f64 / 1000.0),
    }
}

/// A time as `2025-11-17T19:10:53Z`.
pub fn date_time(time: Timestamp) -> String {
    format!("{time:.0}")
}

/// The date of a time as `2025-11-17`, in UTC.
pub fn date(time: Timestamp) -> String {
    date_time(time).split('T').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_cut_to_seconds() {
        let time: Timestamp = "2025-11-17T19:10:53.987654321Z".parse().unwrap();
        assert_eq!(date_time(time), "2025-11-17T19:10:53Z");
        assert_eq!(date(time), "2025-11-17");
    }

    #[test]
    fn durations_have_the_precision_that_matters() {
        assert_eq!(human_duration(0.00042), "0.4 ms");
        assert_eq!(human_duration(0.0431), "43 ms");
        assert_eq!(human_duration(2.06), "2.1 s");
        assert_eq!([0, 7, 2060].map(human_millis), ["1 ms", "7 ms", "2.1 s"]);
    }
}
