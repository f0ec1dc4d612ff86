//! From a signed request to its receiver: recorded first, then posted, and posted again where that may help.
//!
//! Each endpoint has a thread of its own, so that one which hangs, fails or lies costs the others nothing.

mod failure;
mod http;
mod proxy;
mod record;
mod redact;
mod request;
mod resolve;
mod retry;
mod sign;
mod trust;

use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::Result;
use jiff::Timestamp;
use serde::Serialize;
use ureq::tls::{Certificate, RootCerts};

pub use record::{Attempt, DeliveryStatus, Record};
pub use request::Request;
pub use retry::{Backoff, Deadline, Verdict, retry_after, verdict};

use crate::state::StateFolder;
use crate::system::{Environment, System};
use failure::{Failure, describe_status};
use http::{Client, Response};
use redact::Redactor;

/// How long the command waits beyond its deadline for a thread that is about to end.
const GRACE: Duration = Duration::from_millis(300);

/// How deliveries are made.
#[derive(Debug)]
pub struct Plan {
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
    pub event: &'static str,
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
pub fn deliver(requests: Vec<Request>, plan: &Plan, state: &StateFolder, system: &System) -> Result<Report> {
    let start = Instant::now();
    let deadline = Deadline::after(start, plan.deadline);
    let mut report = Report::default();
    let needs_tls = requests.iter().any(|request| request.endpoint.url.is_https());
    let authorities = needs_tls.then(|| trust::authorities(&system.environment, &plan.authorities));

    let mut couriers = Vec::new();
    for request in requests {
        let record = request.record(system.now())?;
        let saved = record.save(state);
        if let (Err(error), true) = (&saved, report.warnings.is_empty()) {
            report.warnings.push(format!(
                "deliveries cannot be recorded in {}: {error}; what fails now cannot be sent again",
                state.path().display()
            ));
        }
        couriers.push(Courier {
            timeout: request.endpoint.timeout.map_or(plan.timeout, |time| time.0),
            retries: request.endpoint.retries.unwrap_or(plan.retries),
            backoff: plan.backoff,
            deadline,
            redactor: Redactor::of(&request.endpoint),
            authorities: authorities.clone(),
            environment: system.environment.clone(),
            state: saved.is_ok().then(|| state.clone()),
            system: system.clone(),
            request,
            record,
            start,
        });
    }

    let mut outcomes: Vec<Outcome> = couriers.iter().map(Courier::overdue).collect();
    let (sender, receiver) = mpsc::channel();
    for (index, courier) in couriers.into_iter().enumerate() {
        let sender = sender.clone();
        // The command may have given up on this one by the time it ends; then nobody wants its outcome.
        std::thread::spawn(move || {
            let _ = sender.send((index, courier.deliver()));
        });
    }
    drop(sender);
    while let Ok((index, outcome)) = receiver.recv_timeout(deadline.remaining(Instant::now()) + GRACE) {
        outcomes[index] = outcome;
    }
    report.outcomes = outcomes;
    Ok(report)
}

/// Takes one request to its endpoint.
struct Courier {
    request: Request,
    record: Record,
    timeout: Duration,
    retries: u32,
    backoff: Backoff,
    deadline: Deadline,
    redactor: Redactor,
    authorities: Option<RootCerts>,
    environment: Environment,
    /// Where the record is, if it could be written.
    state: Option<StateFolder>,
    system: System,
    start: Instant,
}

impl Courier {
    fn deliver(mut self) -> Outcome {
        let client = match Client::new(&self.request.endpoint.url, self.authorities.take(), &self.environment)
        {
            Ok(client) => client,
            Err(failure) => {
                self.note(Err(failure), self.system.now(), Instant::now());
                return self.end(DeliveryStatus::Failed);
            }
        };
        loop {
            let (attempted_at, attempt_start) = (self.system.now(), Instant::now());
            let remaining = self.deadline.remaining(attempt_start);
            let answer = if remaining.is_zero() {
                Err(Failure::Deadline)
            } else {
                let headers = self.request.headers(attempted_at);
                client.post(&headers, self.request.body.as_bytes(), self.timeout.min(remaining))
            };
            let (verdict, wait) = match &answer {
                Ok(response) => {
                    let wait = response.retry_after.as_deref();
                    (verdict(response.status), wait.and_then(|header| retry_after(header, self.system.now())))
                }
                Err(failure) if failure.may_pass() => (Verdict::Retry, None),
                Err(_) => (Verdict::Final, None),
            };
            self.note(answer, attempted_at, attempt_start);
            match verdict {
                Verdict::Delivered => return self.end(DeliveryStatus::Delivered),
                Verdict::Final => return self.end(DeliveryStatus::Failed),
                Verdict::Retry if self.record.delivery_attempts > self.retries => {
                    return self.end(DeliveryStatus::Failed);
                }
                Verdict::Retry => {}
            }
            let remaining = self.deadline.remaining(Instant::now());
            match self.backoff.next(self.record.delivery_attempts, self.chance(), wait, remaining) {
                Some(pause) => {
                    self.save();
                    std::thread::sleep(pause);
                }
                None => return self.end(DeliveryStatus::Failed),
            }
        }
    }

    /// Writes an attempt into the record.
    fn note(&mut self, answer: Result<Response, Failure>, attempted_at: Timestamp, attempt_start: Instant) {
        let duration = attempt_start.elapsed().as_secs_f64();
        let (response_code, error) = match answer {
            Ok(response) => {
                let record = &mut self.record;
                record.response_code = Some(response.status);
                record.response_headers = response
                    .headers
                    .into_iter()
                    .map(|(name, value)| (name, self.redactor.redact(&value)))
                    .collect();
                record.response_payload = Some(self.redactor.redact(&response.body));
                let is_success = verdict(response.status) == Verdict::Delivered;
                (Some(response.status), (!is_success).then(|| describe_status(response.status)))
            }
            Err(failure) => (None, Some(self.redactor.redact(&failure.to_string()))),
        };
        self.record.duration = Some(duration);
        self.record.delivery_attempts += 1;
        self.record.attempts.push(Attempt { at: attempted_at.to_string(), duration, response_code, error });
    }

    fn end(mut self, status: DeliveryStatus) -> Outcome {
        self.record.status = status;
        self.save();
        let last = self.record.attempts.last();
        Outcome {
            response_code: last.and_then(|attempt| attempt.response_code),
            error: last.and_then(|attempt| attempt.error.clone()),
            attempts: self.record.delivery_attempts,
            duration_ms: u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX),
            status,
            ..self.overdue()
        }
    }

    /// The outcome for the case that the thread never comes back.
    fn overdue(&self) -> Outcome {
        Outcome {
            endpoint: self.request.endpoint.name.clone(),
            event: self.request.payload.name.as_str(),
            delivery: self.request.delivery_id.clone(),
            status: DeliveryStatus::Failed,
            response_code: None,
            attempts: 1,
            duration_ms: u64::try_from(self.deadline.remaining(self.start).as_millis()).unwrap_or(u64::MAX),
            error: Some(Failure::Deadline.to_string()),
        }
    }

    /// Writes the record, if it could be written before: what happened since is worth having, but the delivery
    /// does not hang on it.
    fn save(&self) {
        if let Some(state) = &self.state {
            let _ = self.record.save(state);
        }
    }

    /// A number from 0 to 1, for the jitter; a half where the machine has no randomness.
    fn chance(&self) -> f64 {
        self.system
            .random()
            .map_or(0.5, |bytes: [u8; 4]| f64::from(u32::from_be_bytes(bytes)) / f64::from(u32::MAX))
    }
}
