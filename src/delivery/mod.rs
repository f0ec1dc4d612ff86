//! Delivers requests: records them, signs and posts them, and retries.

mod attempts;
mod check;
mod decoded;
mod failure;
mod http;
mod interrupt;
mod origin;
mod outcome;
mod prune;
mod queue;
mod record;
mod records;
mod redact;
mod request;
mod retry;
mod signature;
mod sync;

use std::collections::BTreeSet;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use anyhow::Result;
use ureq::tls::Certificate;

pub use check::{Check, check};
pub use interrupt::Interrupt;
pub use origin::Origin;
pub use outcome::Outcome;
pub use prune::Retention;
pub use record::{Attempt, DeliveryStatus, Head, Record};
pub use records::Records;
pub use request::Request;
pub use retry::{Backoff, Deadline, Verdict, retry_after, verdict};

use crate::file_rules::FileRules;
use crate::state::StateFolder;
use crate::system::System;
use attempts::Delivery;
use failure::Failure;
use http::Trust;
use sync::Syncer;

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
    /// Which files may name certificate authorities.
    pub file_rules: FileRules,
    /// Whether each endpoint gets the requests one after the other.
    pub in_order: bool,
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

/// Sends all requests, those to different endpoints at once, and returns when all are done, or shortly after the
/// deadline.
///
/// Every delivery is recorded before the first attempt of any; then `recorded` is called, which returns warnings. If recording
/// fails, the requests are sent anyway and the report has a warning. The same goes for deliveries whose record could not be
/// completed afterwards.
pub fn deliver(
    requests: Vec<Request>,
    options: &DeliveryOptions,
    state: &StateFolder,
    system: &System,
    recorded: impl FnOnce() -> Vec<String>,
) -> Result<Report> {
    let start = Instant::now();
    let deadline = Deadline::after(start, options.deadline);
    let mut report = Report::default();
    let needs_tls = requests.iter().any(|request| request.endpoint.url.is_https());
    let trust = if needs_tls || http::has_https_proxy(&system.environment) {
        Trust::load(&system.environment, &options.authorities, &options.file_rules)
    } else {
        Trust::none()
    };
    let records = Records::new(state);
    let command_id = system.new_id(system.now())?.to_string();
    // Locked before other processes can see the records. Some file systems have no locks.
    let _command_lock = if records.are_kept() { records.lock(&command_id).ok().flatten() } else { None };

    let syncer = Syncer::start(&records);
    let mut deliveries = Vec::new();
    for request in requests {
        let (trust, records) = (trust.clone(), records.clone());
        let (delivery, recorded) =
            Delivery::prepare(request, options, deadline, trust, records, &command_id, system);
        if let (Err(error), true, true) = (recorded, report.warnings.is_empty(), state.path().is_some()) {
            report.warnings.push(format!(
                "cannot record deliveries in {}: {error}; failed ones cannot be resent",
                state.display()
            ));
        }
        if let Some(id) = delivery.new_record() {
            syncer.add(id);
        }
        deliveries.push(delivery);
    }
    report.warnings.extend(recorded());

    let mut outcomes: Vec<Outcome> = deliveries.iter().map(Delivery::timed_out).collect();
    let finished = queue::start(deliveries, options.in_order);
    let mut unfinished: BTreeSet<usize> = (0..outcomes.len()).collect();
    loop {
        let now = Instant::now();
        let end = options.interrupt.end(start, now + deadline.remaining(now)) + GRACE_PERIOD;
        let remaining = end.saturating_duration_since(now);
        match finished.recv_timeout(remaining.min(INTERRUPT_INTERVAL)) {
            Ok((index, outcome)) => {
                unfinished.remove(&index);
                outcomes[index] = outcome;
            }
            Err(RecvTimeoutError::Timeout) if remaining > INTERRUPT_INTERVAL => {}
            Err(RecvTimeoutError::Timeout) => {
                for index in unfinished.iter().filter(|_| options.interrupt.is_triggered()) {
                    outcomes[*index].error = Some(Failure::Interrupted.to_string());
                    outcomes[*index].duration_ms =
                        u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
                }
                break;
            }
            Err(RecvTimeoutError::Disconnected) => {
                // No worker is left, so those of the unfinished deliveries panicked.
                for index in unfinished {
                    outcomes[index].error = Some(Failure::Internal.to_string());
                }
                break;
            }
        }
    }
    let now = Instant::now();
    let end = options.interrupt.end(start, now + deadline.remaining(now)) + GRACE_PERIOD;
    if let Some(error) = syncer.finish(end.saturating_duration_since(now)) {
        let folder = state.display();
        report.warnings.push(format!("the records in {folder} may not survive a power failure: {error}"));
    }
    report.warnings.extend(unrecorded(&outcomes));
    report.outcomes = outcomes;
    Ok(report)
}

/// The warning about deliveries whose record lacks an attempt, if there are any.
fn unrecorded(outcomes: &[Outcome]) -> Option<String> {
    let mut unrecorded = outcomes.iter().filter_map(|outcome| Some((outcome, outcome.unrecorded.as_ref()?)));
    let (outcome, error) = unrecorded.next()?;
    let others = match unrecorded.count() {
        0 => String::new(),
        count => format!(" and of {count} others"),
    };
    Some(format!(
        "the record of {}{others} could not be completed: {error}; `redeliver --failed` may send it again",
        outcome.delivery
    ))
}
