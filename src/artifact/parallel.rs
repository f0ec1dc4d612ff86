//! Processing several items at once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Instant;

const MAX_THREADS: usize = 4;

/// Calls `work` on each item, several at once and in their order. `on_ready` gets the results with the index of their items: first
/// all that are there by `until`, or else the first one, then each of the others when it is there.
pub(super) fn in_parallel<T: Sync, R: Send>(
    items: &[T],
    work: impl Fn(&T) -> R + Sync,
    until: Instant,
    on_ready: &mut dyn FnMut(Vec<(usize, R)>),
) {
    let threads = thread::available_parallelism().map_or(1, usize::from).min(MAX_THREADS).min(items.len());
    let next = AtomicUsize::new(0);
    let (sender, results) = mpsc::channel();
    let work_off = |sender: mpsc::Sender<(usize, R)>| {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(index) else { break };
            // Cannot fail: the receiver outlives the threads.
            let _ = sender.send((index, work(item)));
        }
    };
    thread::scope(|scope| {
        let mut started = 0;
        for _ in 0..threads {
            let (sender, work_off) = (sender.clone(), &work_off);
            started +=
                usize::from(thread::Builder::new().spawn_scoped(scope, move || work_off(sender)).is_ok());
        }
        if started == 0 {
            work_off(sender.clone());
        }
        drop(sender);
        let mut ready = Vec::new();
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let received = match ready.is_empty() && left.is_zero() {
                true => results.recv().map_err(|_| RecvTimeoutError::Disconnected),
                false => results.recv_timeout(left),
            };
            match received {
                Ok(result) => {
                    ready.push(result);
                    continue;
                }
                Err(_) if !ready.is_empty() => {
                    ready.sort_by_key(|(index, _)| *index);
                    on_ready(std::mem::take(&mut ready));
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use std::sync::{Condvar, Mutex};
    use std::time::Duration;

    use super::*;

    #[test]
    fn results_are_in_the_order_of_the_items() {
        for count in [0, 1, 2, 100] {
            let items: Vec<usize> = (0..count).collect();
            let expected: Vec<(usize, usize)> = items.iter().map(|item| (*item, item * 2)).collect();
            let mut batches = Vec::new();
            let until = Instant::now() + Duration::from_secs(60);
            in_parallel(&items, |item| item * 2, until, &mut |batch| batches.push(batch));
            assert!(batches.len() <= 1);
            assert_eq!(batches.concat(), expected);
        }
    }

    #[test]
    fn an_item_that_takes_long_holds_back_no_other() {
        let (released, signal) = (Mutex::new(false), Condvar::new());
        let work = |item: &bool| {
            if *item {
                drop(signal.wait_while(released.lock().unwrap(), |released| !*released));
            }
            *item
        };
        let mut batches = Vec::new();
        in_parallel(&[false, false, true], work, Instant::now() + Duration::from_millis(100), &mut |batch| {
            *released.lock().unwrap() = true;
            signal.notify_all();
            batches.push(batch);
        });
        let last = batches.pop().unwrap();
        assert_eq!(last, [(2, true)]);
        assert_eq!(batches.concat(), [(0, false), (1, false)]);
    }
}
