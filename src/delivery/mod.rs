//! Delivers requests: records them, signs and posts them, and retries.

mod attempts;
mod check;
mod content;
mod decoded;
mod deliveries;
mod failure;
mod forward;
mod http;
mod job_records;
mod lane;
mod location;
mod origin;
mod outcome;
mod prune;
mod record;
mod records;
mod redact;
mod request;
mod retry;
mod signature;
mod sync;
mod time_limit;

use std::time::{Duration, Instant};

use anyhow::Result;

pub use check::{Check, check};
pub use content::Content;
pub use deliveries::{Deliveries, Recorded, Waiting};
pub use forward::{ForwardedResponse, Forwarder};
pub use http::SharedTrust;
pub use origin::Origin;
pub use outcome::Outcome;
pub use prune::Retention;
pub use record::{Attempt, DeliveryStatus, Head, Record, describe_event};
pub use records::Records;
pub use request::Request;
pub use retry::{Backoff, Verdict, retry_after, verdict};
pub use time_limit::TimeLimit;

use crate::state::StateFolder;
use crate::system::System;

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
    /// The certificates to trust.
    pub trust: SharedTrust,
    /// Whether each endpoint gets the requests one after the other.
    pub in_order: bool,
    /// When the deliveries must end.
    pub time: TimeLimit,
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
/// completed afterwards. Meanwhile, calls `show` from time to time.
pub fn deliver(
    requests: Vec<Request>,
    options: DeliveryOptions,
    state: &StateFolder,
    system: &System,
    recorded: impl FnOnce() -> Vec<String>,
    show: &mut dyn FnMut(&Waiting),
) -> Result<Report> {
    let deadline = Instant::now() + options.deadline;
    let mut deliveries = Deliveries::new(options, state, system)?;
    let in_records = deliveries.record(requests);
    let warnings = recorded();
    deliveries.send(in_records, Some(deadline));
    deliveries.wait(show);
    let mut report = deliveries.finish();
    report.warnings.extend(warnings);
    Ok(report)
}
