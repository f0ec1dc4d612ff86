//! Locks for what several commands read and then change in the state folder.

use std::thread;
use std::time::{Duration, Instant};

use super::kept::Kind;
use crate::state::{Lock, StateFolder};

/// How long to wait for other processes, and how often to look.
const TIMEOUT: Duration = Duration::from_secs(2);
const INTERVAL: Duration = Duration::from_millis(2);

/// Waits for the lock of this name. `None` if another process holds it for long, or if the file system has no locks: then nothing
/// keeps two commands from losing a change.
pub(super) fn wait(kind: Kind, name: &str, state: &StateFolder) -> Option<Lock> {
    let start = Instant::now();
    while start.elapsed() < TIMEOUT {
        match state.lock(kind.subfolder(), &format!(".{name}.lock")) {
            Ok(Some(lock)) => return Some(lock),
            Ok(None) => thread::sleep(INTERVAL),
            Err(_) => return None,
        }
    }
    None
}
