//! Crash points of debug builds on Unix.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use rustix::process::{Signal, getpid, kill_process};

static REACHED: AtomicUsize = AtomicUsize::new(0);
static HAS_PANICKED: AtomicBool = AtomicBool::new(false);

/// Kills the process if this is crash point number `CRASH_AT` or a later one, counted from 1. With `PANIC_IN_THREAD`,
/// panics in the first thread that comes here, unless it is the main one.
pub(crate) fn reach() {
    let number = REACHED.fetch_add(1, Ordering::SeqCst) + 1;
    let crash_at = std::env::var("CRASH_AT").ok().and_then(|text| text.parse::<usize>().ok());
    if crash_at.is_some_and(|crash_at| number >= crash_at) {
        // If the signal cannot be sent, the test fails.
        let _ = kill_process(getpid(), Signal::KILL);
    }
    let is_main = std::thread::current().name() == Some("main");
    if !is_main && std::env::var_os("PANIC_IN_THREAD").is_some() {
        assert!(HAS_PANICKED.swap(true, Ordering::SeqCst), "as requested by PANIC_IN_THREAD");
    }
}
