//! The memory that the bodies of all requests may take together.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Bodies up to this size are not counted: there are at most as many as connections.
pub(super) const SMALL_BODY_BYTES: usize = 64 << 10;

/// Bytes that are left for large bodies.
#[derive(Debug, Clone)]
pub(super) struct Budget(Arc<State>);

#[derive(Debug)]
struct State {
    left: Mutex<usize>,
    returned: Condvar,
}

/// A part of the budget, which is returned when it is dropped.
#[derive(Debug, Default)]
pub(super) struct Share(Option<(Arc<State>, usize)>);

impl Budget {
    pub(super) fn new(bytes: usize) -> Self {
        Self(Arc::new(State { left: Mutex::new(bytes), returned: Condvar::new() }))
    }

    /// A part of this size for a body, as soon as others have returned theirs. `None` if they do not by the deadline.
    pub(super) fn share(&self, bytes: usize, deadline: Instant) -> Option<Share> {
        if bytes <= SMALL_BODY_BYTES {
            return Some(Share::default());
        }
        let mut left = self.0.left.lock().unwrap_or_else(PoisonError::into_inner);
        while *left < bytes {
            let remaining = deadline.saturating_duration_since(Instant::now());
            if remaining == Duration::ZERO {
                return None;
            }
            left = self.0.returned.wait_timeout(left, remaining).unwrap_or_else(PoisonError::into_inner).0;
        }
        *left -= bytes;
        Some(Share(Some((Arc::clone(&self.0), bytes))))
    }
}

impl Share {
    /// Returns all but this size.
    pub(super) fn shrink(&mut self, bytes: usize) {
        if let Share(Some((state, held))) = self {
            *state.left.lock().unwrap_or_else(PoisonError::into_inner) += held.saturating_sub(bytes);
            *held = bytes.min(*held);
            state.returned.notify_all();
        }
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.shrink(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_body_waits_for_the_memory_of_others() {
        let budget = Budget::new(100 << 10);
        let soon = || Instant::now() + Duration::from_millis(20);
        let first = budget.share(80 << 10, soon());
        assert!(first.is_some());
        assert!(budget.share(80 << 10, soon()).is_none());
        assert!(budget.share(SMALL_BODY_BYTES, soon()).is_some());
        drop(first);
        let mut second = budget.share(80 << 10, soon()).unwrap();
        second.shrink(20 << 10);
        second.shrink(30 << 10);
        assert!(budget.share(81 << 10, soon()).is_none());
        assert!(budget.share(80 << 10, soon()).is_some());
        drop(second);
        assert!(budget.share(100 << 10, soon()).is_some());
        assert!(budget.share(101 << 10, soon()).is_none());
    }
}
