//! Syncs new records to the disk while their requests are under way.
//!
//! A killed process loses no record without it: the system keeps what was written. Only a power failure does.

use std::io;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Duration;

use super::records::Records;

/// Syncs records, one after the other, on a thread.
pub(super) struct Syncer {
    records: Records,
    /// `None` if the system allows no more threads.
    ids: Option<Sender<String>>,
    /// Gets the first error at the end.
    result: Receiver<Option<io::Error>>,
}

impl Syncer {
    pub(super) fn start(records: &Records) -> Self {
        let (ids, to_sync) = mpsc::channel::<String>();
        let (sender, result) = mpsc::channel();
        let on_thread = records.clone();
        let sync_all = move || {
            let errors = to_sync.into_iter().filter_map(|id| on_thread.sync(&id).err());
            // All are synced, whatever happens to one.
            let first = errors.fold(None, |first, error| first.or(Some(error)));
            // Fails after the deadline, when the command no longer waits.
            let _ = sender.send(first);
        };
        let ids = thread::Builder::new().spawn(sync_all).ok().map(|_| ids);
        Self { records: records.clone(), ids, result }
    }

    /// Syncs the record of this delivery, soon.
    pub(super) fn add(&self, id: &str) {
        let is_taken = self.ids.as_ref().is_some_and(|ids| ids.send(id.to_owned()).is_ok());
        if !is_taken {
            // Without a thread it takes its time now. The record is written, and may survive unsynced.
            let _ = self.records.sync(id);
        }
    }

    /// Waits until all records are synced, but no longer than this. Returns the first error.
    pub(super) fn finish(self, timeout: Duration) -> Option<io::Error> {
        drop(self.ids);
        self.result.recv_timeout(timeout).ok().flatten()
    }
}
