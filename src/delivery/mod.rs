//! Delivers requests: records them, signs and posts them, and retries.
//!
//! Each delivery runs on its own thread, so a slow or broken endpoint does not hold up the others.

mod attempts;
mod check;
mod failure;
mod http;
mod interrupt;
mod outcome;
mod record;
mod records;
mod redact;
mod request;
mod retry;
mod signature;

use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use ureq::tls::Certificate;

pub use check::{Check, check};
pub use interrupt::Interrupt;
pub use outcome::Outcome;
pub use record::{Attempt, DeliveryStatus, Record};
pub use records::{Records, Retention};
pub use request::Request;
pub use retry::{Backoff, Deadline, Verdict, retry_after, verdict};

use crate::state::StateFolder;
use crate::system::System;
use attempts::Delivery;

/// How long to wait after the deadline for threads that are about to finish.
const GRACE_PERIOD: Duration = Duration::from_millis(300);
/// How often to look whether the deliveries have been interrupted.
const INTERRUPT_INTERVAL: Duration = Duration::from_millis(100);

/// Limits and TLS settings of deliveries.
#[derive(Debug)]
pub struct DeliveryOptions {
    /// Longest duration of one attempt, unless the endpoint sets its own.
    pub timeout: Duration,
    /// Number of retries, unless the endpoint sets its own.
    pub retries: u32,
    /// Longest duration of all deliveries together.
    pub deadline: Duration,
    /// Pauses between attempts.
    pub backoff: Backoff,
    /// Certificate authorities to trust in addition to the system's.
    pub authorities: Vec<Certificate<'static>>,
    /// Ends deliveries early.
    pub interrupt: Interrupt,
}

/// Outcomes of all deliveries.
#[derive(Debug, Default)]
pub struct Report {
    /// One outcome per request, in the same order.
    pub outcomes: Vec<Outcome>,
    /// Warnings for the user.
    pub warnings: Vec<String>,
}

/// Sends all requests concurrently and returns when all are done, or shortly after the deadline.
///
/// Every delivery is recorded before the first attempt of any. If recording fails, the requests are sent
/// anyway and the report has a warning.
pub fn deliver(
    requests: Vec<Request>,
    options: &DeliveryOptions,
    state: &StateFolder,
    system: &System,
) -> Result<Report> {
    let start = Instant::now();
    let deadline = Deadline::after(start, options.deadline);
    let mut report = Report::default();
    let needs_tls = requests.iter().any(|request| request.endpoint.url.is_https());
    let roots = needs_tls.then(|| http::trusted_roots(&system.environment, &options.authorities));

    let mut deliveries = Vec::new();
    for request in requests {
        let (delivery, recorded) =
            Delivery::prepare(request, options, deadline, roots.clone(), Records::new(state), system)?;
        if let (Err(error), true) = (recorded, report.warnings.is_empty()) {
            report.warnings.push(format!(
                "cannot record deliveries in {}: {error}; failed ones cannot be resent",
                state.path().display()
            ));
        }
        deliveries.push(delivery);
    }

    let mut outcomes: Vec<Outcome> = deliveries.iter().map(Delivery::timed_out).collect();
    let (sender, receiver) = mpsc::channel();
    let count = deliveries.len();
    let queue = Arc::new(Mutex::new(deliveries.into_iter().enumerate()));
    for _ in 0..count {
        let (queue, sender) = (Arc::clone(&queue), sender.clone());
        let run_next = move || {
            let next = queue.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some((index, delivery)) = next else { return };
            // After the deadline, the receiver is gone and the outcome is no longer needed.
            let _ = sender.send((index, delivery.run()));
        };
        // Where there can be no more threads, deliveries follow one another.
        if thread::Builder::new().spawn(run_next.clone()).is_err() {
            run_next();
        }
    }
    drop(sender);
    loop {
        let now = Instant::now();
        let end = options.interrupt.end(start, now + deadline.remaining(now)) + GRACE_PERIOD;
        let remaining = end.saturating_duration_since(now);
        match receiver.recv_timeout(remaining.min(INTERRUPT_INTERVAL)) {
            Ok((index, outcome)) => outcomes[index] = outcome,
            Err(RecvTimeoutError::Timeout) if remaining > INTERRUPT_INTERVAL => {}
            Err(_) => break,
        }
    }
    report.outcomes = outcomes;
    Ok(report)
}
