//! The steps of a delivery. A debug build dies at the one whose number `CRASH_AT` has, as if it were killed there:
//! tests make sure that no event is lost, whichever it is. A release build has nothing of it.

/// Passes a step.
#[cfg(all(debug_assertions, unix))]
pub(crate) fn reach() {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use rustix::process::{Signal, getpid, kill_process};

    static PASSED: AtomicUsize = AtomicUsize::new(0);
    let number = PASSED.fetch_add(1, Ordering::SeqCst) + 1;
    let last = std::env::var("CRASH_AT").ok().and_then(|text| text.parse::<usize>().ok());
    if last.is_some_and(|last| number >= last) {
        // Should it not work, the test fails.
        let _ = kill_process(getpid(), Signal::KILL);
    }
}

/// Passes a step.
#[cfg(not(all(debug_assertions, unix)))]
pub(crate) fn reach() {}
