//! Syncs new records to the disk while their requests are under way.
//!
//! Even without this, a killed process loses no record: the system keeps what was written. Only a power failure would. An event that
//! has arrived meanwhile need not survive one, so that many events to a fast receiver need few syncs.

use std::collections::BTreeSet;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::records::Records;

/// Syncs records, one after the other, on a thread.
#[derive(Clone)]
pub(super) struct Syncer {
    records: Records,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// The ids of the records to sync. Their order is that of time.
    waiting: BTreeSet<Arc<str>>,
    has_thread: bool,
    /// Of the first record that could not be synced.
    error: Option<io::Error>,
}

impl Syncer {
    pub(super) fn new(records: &Records) -> Self {
        Self { records: records.clone(), shared: Arc::default() }
    }

    /// The record of this delivery is to be synced.
    pub(super) fn add(&self, id: &Arc<str>) {
        self.state().waiting.insert(Arc::clone(id));
    }

    /// Begins to sync, because the requests are under way.
    pub(super) fn start(&self) {
        let mut state = self.state();
        if !state.has_thread && !state.waiting.is_empty() {
            let on_thread = self.clone();
            state.has_thread = thread::Builder::new().spawn(move || on_thread.work()).is_ok();
        }
    }

    /// The event of this delivery has arrived.
    pub(super) fn forget(&self, id: &str) {
        self.state().waiting.remove(id);
    }

    /// Waits until all records are synced, but no longer than this. Returns the first error.
    pub(super) fn finish(&self, timeout: Duration) -> Option<io::Error> {
        self.start();
        if !self.state().has_thread {
            // There can be none, or everything is synced.
            self.work();
        }
        let is_busy = |state: &mut State| state.has_thread;
        let waited = self.shared.changed.wait_timeout_while(self.state(), timeout, is_busy);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.error.take()
    }

    fn work(&self) {
        while let Some(id) = self.next() {
            if let Err(error) = self.records.sync(&id) {
                self.state().error.get_or_insert(error);
            }
        }
        self.shared.changed.notify_all();
    }

    /// The record that will be needed the longest: its request comes last. `None` ends this thread.
    fn next(&self) -> Option<Arc<str>> {
        let mut state = self.state();
        let next = state.waiting.pop_last();
        state.has_thread &= next.is_some();
        next
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
