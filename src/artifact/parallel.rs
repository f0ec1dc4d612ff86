//! Processing several items at once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

const MAX_THREADS: usize = 4;

/// Calls `work` on each item, several at once, and returns the results in the order of the items.
pub(super) fn in_parallel<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = thread::available_parallelism().map_or(1, usize::from).min(MAX_THREADS).min(items.len());
    if threads < 2 {
        return items.iter().map(work).collect();
    }
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
        for _ in 1..threads {
            let (sender, work_off) = (sender.clone(), &work_off);
            // Without another thread, this one does the work.
            let _ = thread::Builder::new().spawn_scoped(scope, move || work_off(sender));
        }
        work_off(sender.clone());
    });
    drop(sender);
    let mut results: Vec<(usize, R)> = results.into_iter().collect();
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::in_parallel;

    #[test]
    fn results_are_in_the_order_of_the_items() {
        for count in [0, 1, 2, 100] {
            let items: Vec<usize> = (0..count).collect();
            let doubled: Vec<usize> = items.iter().map(|item| item * 2).collect();
            assert_eq!(in_parallel(&items, |item| item * 2), doubled);
        }
    }
}
