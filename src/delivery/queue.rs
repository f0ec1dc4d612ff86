//! The queues of deliveries: one per endpoint, worked off by a few threads, so that neither connections nor memory grow
//! with the number of events, and a slow or broken endpoint does not hold up the others.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::Outcome;
use super::attempts::Delivery;

/// The most connections to one endpoint at once.
const CONNECTIONS: usize = 4;
/// Open files that are not connections: the standard streams, the state folder, a record, locks of deliveries that are
/// resent.
#[cfg(unix)]
const OTHER_FILES: u64 = 40;

/// Starts all deliveries; `in_order` those to one endpoint one after the other. Their outcomes arrive with their index. No outcome
/// arrives for a delivery that panicked.
pub(super) fn start(deliveries: Vec<Delivery>, in_order: bool) -> Receiver<(usize, Outcome)> {
    let mut queues: Vec<(String, VecDeque<(usize, Delivery)>)> = Vec::new();
    for (index, delivery) in deliveries.into_iter().enumerate() {
        match queues.iter_mut().find(|(endpoint, _)| endpoint == delivery.endpoint()) {
            Some((_, queue)) => queue.push_back((index, delivery)),
            None => queues.push((delivery.endpoint().to_owned(), VecDeque::from([(index, delivery)]))),
        }
    }
    let (sender, receiver) = mpsc::channel();
    let mut without_thread = Vec::new();
    let connections = if in_order { 1 } else { connections(queues.len()) };
    for (_, queue) in queues {
        let workers = queue.len().min(connections);
        let worker = Worker { queue: Arc::new(Mutex::new(queue)), outcomes: sender.clone() };
        let started = (0..workers).filter(|_| {
            let worker = worker.clone();
            thread::Builder::new().spawn(move || worker.run()).is_ok()
        });
        if started.count() == 0 {
            without_thread.push(worker);
        }
    }
    // The system allows no more threads: this one does the work.
    without_thread.iter().for_each(Worker::run);
    receiver
}

/// The connections to each of this many endpoints: fewer if the system allows few open files.
#[cfg(unix)]
fn connections(endpoints: usize) -> usize {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    let available = limit.unwrap_or(u64::MAX).saturating_sub(OTHER_FILES);
    let available = usize::try_from(available).unwrap_or(usize::MAX);
    (available / endpoints.max(1)).clamp(1, CONNECTIONS)
}

#[cfg(not(unix))]
fn connections(_: usize) -> usize {
    CONNECTIONS
}

/// Works off the queue of an endpoint.
#[derive(Clone)]
struct Worker {
    queue: Arc<Mutex<VecDeque<(usize, Delivery)>>>,
    outcomes: Sender<(usize, Outcome)>,
}

impl Worker {
    fn run(&self) {
        while let Some((index, delivery)) = self.next() {
            // A panic costs this delivery alone. It is recorded, so it can be resent.
            if let Ok(outcome) = catch_unwind(AssertUnwindSafe(|| delivery.run())) {
                // After the deadline, the receiver is gone and the outcome is no longer needed.
                let _ = self.outcomes.send((index, outcome));
            }
        }
    }

    fn next(&self) -> Option<(usize, Delivery)> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }
}
