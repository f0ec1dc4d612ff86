//! When deliveries must end: by a deadline, which may be set while they are under way, and soon after the job was canceled.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long deliveries may take once the job was canceled: a few seconds later, a runner kills what is still running.
const TIME_LEFT: Duration = Duration::from_secs(2);

/// Shared by a command and its deliveries. Without a deadline, they may take as long as their attempts and pauses do.
#[derive(Debug, Clone, Default)]
pub struct TimeLimit(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    limits: Mutex<Limits>,
    changed: Condvar,
}

#[derive(Debug, Clone, Copy, Default)]
struct Limits {
    /// Until it is set, there is none.
    deadline: Option<Instant>,
    /// When the job was canceled.
    canceled: Option<Instant>,
    /// When the work ended that the job is for. The time after a cancellation counts from then on.
    work_ended: Option<Instant>,
    /// Whether the deliveries under way have half of the time after a cancellation, because others follow.
    others_follow: bool,
}

impl Limits {
    fn end(&self) -> Option<Instant> {
        let left = if self.others_follow { TIME_LEFT / 2 } else { TIME_LEFT };
        let after_cancellation =
            self.canceled.map(|canceled| canceled.max(self.work_ended.unwrap_or(canceled)) + left);
        self.deadline.into_iter().chain(after_cancellation).min()
    }
}

impl TimeLimit {
    /// Sets the deadline, or another one.
    pub fn set_deadline(&self, deadline: Instant) {
        self.change(|limits| limits.deadline = Some(deadline));
    }

    /// The work has ended that the job is for: what follows is about its result.
    pub fn work_ended(&self, now: Instant) {
        self.change(|limits| limits.work_ended = Some(now));
    }

    /// Whether the deliveries under way are followed by others, which need some of the time too if the job is canceled.
    pub fn others_follow(&self, others_follow: bool) {
        self.change(|limits| limits.others_follow = others_follow);
    }

    /// The job was canceled: each delivery makes at most one more attempt, and all of them end within two seconds,
    /// counted from the end of the work if that comes later.
    pub fn cancel(&self) {
        self.change(|limits| {
            limits.canceled.get_or_insert_with(Instant::now);
        });
    }

    /// Whether the job was canceled.
    pub fn is_canceled(&self) -> bool {
        self.limits().canceled.is_some()
    }

    /// When deliveries must end, as far as that is known.
    pub(super) fn end(&self) -> Option<Instant> {
        self.limits().end()
    }

    /// The time that is left, which may be zero.
    pub(super) fn remaining(&self, now: Instant) -> Duration {
        self.end().map_or(Duration::MAX, |end| end.saturating_duration_since(now))
    }

    /// Waits, but not longer than until the limit changes.
    pub(super) fn wait(&self, duration: Duration) {
        drop(self.0.changed.wait_timeout(self.limits(), duration));
    }

    fn change(&self, change: impl FnOnce(&mut Limits)) {
        change(&mut self.limits());
        self.0.changed.notify_all();
    }

    fn limits(&self) -> MutexGuard<'_, Limits> {
        self.0.limits.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_can_be_set_later() {
        let (limit, now) = (TimeLimit::default(), Instant::now());
        assert_eq!(limit.remaining(now), Duration::MAX);
        limit.set_deadline(now + Duration::from_secs(30));
        assert_eq!(limit.clone().remaining(now), Duration::from_secs(30));
        assert_eq!(limit.remaining(now + Duration::from_secs(31)), Duration::ZERO);
    }

    #[test]
    fn a_canceled_job_has_two_seconds_from_the_end_of_its_work() {
        let (limit, now) = (TimeLimit::default(), Instant::now());
        limit.cancel();
        limit.cancel();
        assert!(limit.is_canceled());
        let canceled = limit.limits().canceled.unwrap();
        assert_eq!(limit.end(), Some(canceled + TIME_LEFT));
        let later = canceled + Duration::from_secs(5);
        limit.work_ended(later);
        assert_eq!(limit.end(), Some(later + TIME_LEFT));
        limit.work_ended(now - Duration::from_secs(5));
        assert_eq!(limit.end(), Some(canceled + TIME_LEFT));
        limit.others_follow(true);
        assert_eq!(limit.end(), Some(canceled + TIME_LEFT / 2));
        limit.others_follow(false);
        assert_eq!(limit.end(), Some(canceled + TIME_LEFT));
        limit.set_deadline(now);
        assert_eq!(limit.end(), Some(now), "no delivery gets more time than it had");
    }
}
