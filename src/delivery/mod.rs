//! From a signed request to its receiver: recorded first, then posted, and posted again where that may help.
//!
//! Each endpoint has a thread of its own, so that one which hangs, fails or lies costs the others nothing.

mod attempts;
mod check;
mod failure;
mod http;
mod record;
mod records;
mod redact;
mod request;
mod retry;
mod signature;

use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::Result;
use serde::Serialize;
use ureq::tls::Certificate;

pub use check::{Check, check};
pub use record::{Attempt, DeliveryStatus, Record};
pub use records::{Lock, Records, Retention};
pub use request::Request;
pub use retry::{Backoff, Deadline, Verdict, retry_after, verdict};

use crate::state::StateFolder;
use crate::system::System;
use attempts::Delivery;

/// How long the command waits beyond its deadline for a thread that is about to end.
const GRACE: Duration = Duration::from_millis(300);

/// How deliveries are made.
#[derive(Debug)]
pub struct DeliveryOptions {
    /// Longest wait of one attempt, where the endpoint does not say.
    pub timeout: Duration,
    /// Further attempts after the first, where the endpoint does not say.
    pub retries: u32,
    /// Longest time for everything.
    pub deadline: Duration,
    /// Pauses between attempts.
    pub backoff: Backoff,
    /// Certificate authorities to trust besides the system's.
    pub authorities: Vec<Certificate<'static>>,
}

/// What became of one delivery.
#[derive(Debug, Clone, Serialize)]
pub struct Outcome {
    /// The endpoint's name.
    pub endpoint: String,
    /// The event's name.
    pub event: String,
    /// The event's id.
    #[serde(skip)]
    pub event_id: String,
    /// The delivery's id, which is also the name of its record.
    pub delivery: String,
    /// How it ended.
    pub status: DeliveryStatus,
    /// Status of the last response.
    pub response_code: Option<u16>,
    /// How often it was tried.
    pub attempts: u32,
    /// Milliseconds from the first attempt to the end.
    pub duration_ms: u64,
    /// What went wrong, if something did.
    pub error: Option<String>,
    /// Each attempt, the first one first.
    #[serde(skip)]
    pub history: Vec<Attempt>,
    /// The first kilobyte of the last response.
    #[serde(skip)]
    pub response: Option<String>,
}

impl Outcome {
    /// Whether the receiver accepted it.
    pub fn is_delivered(&self) -> bool {
        self.status == DeliveryStatus::Delivered
    }
}

/// All outcomes, and what else a user should know.
#[derive(Debug, Default)]
pub struct Report {
    /// One for each request, in their order.
    pub outcomes: Vec<Outcome>,
    /// A sentence each.
    pub warnings: Vec<String>,
}

/// Sends all requests at once and returns when each has ended, at the latest a moment after the deadline.
///
/// Before the first attempt of any of them all are on disk. Where they cannot be written they are sent all the
/// same, with a warning.
pub fn deliver(
    requests: Vec<Request>,
    options: &DeliveryOptions,
    state: &StateFolder,
    system: &System,
) -> Result<Report> {
    let deadline = Deadline::after(Instant::now(), options.deadline);
    let mut report = Report::default();
    let needs_tls = requests.iter().any(|request| request.endpoint.url.is_https());
    let authorities = needs_tls.then(|| http::trust::authorities(&system.environment, &options.authorities));

    let mut deliveries = Vec::new();
    for request in requests {
        let (delivery, saved) =
            Delivery::prepare(request, options, deadline, authorities.clone(), state, system)?;
        if let (Err(error), true) = (saved, report.warnings.is_empty()) {
            report.warnings.push(format!(
                "deliveries cannot be recorded in {}: {error}; what fails now cannot be sent again",
                state.path().display()
            ));
        }
        deliveries.push(delivery);
    }

    let mut outcomes: Vec<Outcome> = deliveries.iter().map(Delivery::timed_out).collect();
    let (sender, receiver) = mpsc::channel();
    for (index, delivery) in deliveries.into_iter().enumerate() {
        let sender = sender.clone();
        // The command may have given up on this one by the time it ends; then nobody wants its outcome.
        std::thread::spawn(move || {
            let _ = sender.send((index, delivery.run()));
        });
    }
    drop(sender);
    while let Ok((index, outcome)) = receiver.recv_timeout(deadline.remaining(Instant::now()) + GRACE) {
        outcomes[index] = outcome;
    }
    report.outcomes = outcomes;
    Ok(report)
}
