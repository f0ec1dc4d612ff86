//! Sends the events of the command on a thread, or after the command where there can be no thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Sender};
use std::thread;

use jiff::Timestamp;

use super::events::{End, Events};
use super::signals::Waker;
use crate::ci::BuildStatus;

/// Sends the events of one command.
pub(super) struct Reporter(Option<Running>);

struct Running {
    events: Arc<Events>,
    started_at: Timestamp,
    /// Where the thread, if there is one, learns the result of the command. `None` once it has.
    end: Option<Sender<End>>,
    has_thread: bool,
    is_done: Arc<AtomicBool>,
}

/// Reports that the thread has ended, however it ends.
struct Done(Arc<AtomicBool>, Waker);

impl Drop for Done {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
        self.1.wake();
    }
}

impl Reporter {
    /// Sends nothing.
    pub(super) fn none() -> Self {
        Self(None)
    }

    /// Starts to send the events of a command that started at this time.
    pub(super) fn start(events: Events, started_at: Timestamp, waker: Waker) -> Self {
        let (events, is_done) = (Arc::new(events), Arc::default());
        let (end, receiver) = mpsc::channel();
        let done = Done(Arc::clone(&is_done), waker);
        let on_thread = Arc::clone(&events);
        let thread = thread::Builder::new().spawn(move || {
            let _done = done;
            on_thread.send(started_at, &receiver);
        });
        let has_thread = thread.is_ok();
        Self(Some(Running { events, started_at, end: Some(end), has_thread, is_done }))
    }

    /// Passes on the result of the command, which ends now. Only the first result counts. Without a thread,
    /// returns when all events are sent.
    pub(super) fn ended(&mut self, status: BuildStatus) {
        let Some(Running { events, started_at, end, has_thread, is_done }) = &mut self.0 else { return };
        let (Some(sender), Some(end)) = (end.take(), events.end(status)) else { return };
        if *has_thread {
            // If the thread has ended, it has reported why.
            let _ = sender.send(end);
            return;
        }
        let (sender, receiver) = mpsc::channel();
        if sender.send(end).is_ok() {
            events.send(*started_at, &receiver);
        }
        is_done.store(true, Ordering::SeqCst);
    }

    /// Leaves little time for what has not been sent.
    pub(super) fn cancel(&self) {
        if let Some(running) = &self.0 {
            running.events.cancel();
        }
    }

    /// Whether all events are sent, or cannot be.
    pub(super) fn is_done(&self) -> bool {
        self.0.as_ref().is_none_or(|running| running.is_done.load(Ordering::SeqCst))
    }
}
