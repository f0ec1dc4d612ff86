//! Ends deliveries early once the build has been cancelled.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long deliveries may take once they have been interrupted.
const TIME_LEFT: Duration = Duration::from_secs(2);

/// Shared by a command and its deliveries. After [`Interrupt::trigger`], each delivery makes at most one more
/// attempt, and all of them end within two seconds.
#[derive(Debug, Clone)]
pub struct Interrupt {
    shared: Arc<Shared>,
    time_left: Duration,
}

#[derive(Debug, Default)]
struct Shared {
    /// When it was triggered.
    since: Mutex<Option<Instant>>,
    triggered: Condvar,
}

/// One that has not been triggered.
impl Default for Interrupt {
    fn default() -> Self {
        Self { shared: Arc::default(), time_left: TIME_LEFT }
    }
}

impl Interrupt {
    /// Interrupts all deliveries that share this, and those that begin later.
    pub fn trigger(&self) {
        self.since().get_or_insert_with(Instant::now);
        self.shared.triggered.notify_all();
    }

    /// Whether it was triggered.
    pub fn is_triggered(&self) -> bool {
        self.since().is_some()
    }

    /// The same interrupt for deliveries that get less time, because others follow them.
    #[must_use]
    pub fn with_time_left(&self, time_left: Duration) -> Self {
        Self { time_left, ..self.clone() }
    }

    /// When deliveries that began at `start` and would end at `end` must end. The time for what begins after
    /// the interruption counts from its start.
    pub(super) fn end(&self, start: Instant, end: Instant) -> Instant {
        self.since().map_or(end, |since| end.min(since.max(start) + self.time_left))
    }

    /// Pauses, but not longer than until it is triggered.
    pub fn sleep(&self, duration: Duration) {
        let waited =
            self.shared.triggered.wait_timeout_while(self.since(), duration, |since| since.is_none());
        drop(waited);
    }

    fn since(&self) -> MutexGuard<'_, Option<Instant>> {
        self.shared.since.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_under_way_and_what_follows_have_two_seconds_each() {
        let (interrupt, start) = (Interrupt::default(), Instant::now());
        let end = start + Duration::from_secs(30);
        assert_eq!(interrupt.end(start, end), end);
        interrupt.clone().trigger();
        assert!(interrupt.is_triggered());
        let since = interrupt.since().unwrap();
        assert_eq!(interrupt.end(start, end), since + TIME_LEFT);
        let later = since + Duration::from_secs(5);
        assert_eq!(interrupt.end(later, end), later + TIME_LEFT);
        assert_eq!(interrupt.end(start, start), start, "no delivery gets more time than it had");
        let short = interrupt.with_time_left(Duration::from_millis(500));
        assert_eq!(short.end(start, end), since + Duration::from_millis(500));
    }
}
