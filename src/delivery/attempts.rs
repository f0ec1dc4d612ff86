//! One delivery in progress: its attempts, the pauses between them, and its record.

use std::io;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::failure::{Failure, describe_status};
use super::http::{Client, Response, Trust};
use super::record::Attempt;
use super::records::Records;
use super::redact::Redactor;
use super::retry::{Backoff, Deadline, Verdict, retry_after, verdict};
use super::{DeliveryOptions, DeliveryStatus, Interrupt, Outcome, Request};
use crate::crash_points;
use crate::state::Lock;
use crate::system::System;

/// A request that is being delivered.
pub(super) struct Delivery {
    request: Request,
    /// The attempts of this command.
    attempts: Vec<Attempt>,
    /// Keeps other processes from sending the same record.
    lock: Option<Lock>,
    timeout: Duration,
    retries: u32,
    backoff: Backoff,
    deadline: Deadline,
    interrupt: Interrupt,
    redactor: Redactor,
    trust: Trust,
    /// Where the record is; `None` if it could not be written.
    records: Option<Records>,
    /// Why an attempt is missing in the record.
    unrecorded: Option<io::Error>,
    system: System,
}

/// What follows an attempt.
enum Next {
    End(DeliveryStatus),
    RetryAfter(Duration),
}

impl Delivery {
    /// Records the delivery, unless it resends a record, and gets it ready to run. A failed write is returned
    /// separately; the delivery can run anyway.
    pub(super) fn prepare(
        mut request: Request,
        options: &DeliveryOptions,
        deadline: Deadline,
        trust: Trust,
        records: Records,
        command_id: &str,
        system: &System,
    ) -> (Self, io::Result<()>) {
        let lock = request.take_lock();
        let saved = if lock.is_some() {
            Ok(())
        } else {
            request.complete_head(command_id, system.now());
            records.begin(&request.head, &request.endpoint.seal_key())
        };
        let delivery = Self {
            attempts: Vec::new(),
            lock,
            timeout: request.endpoint.timeout.unwrap_or(options.timeout),
            retries: request.endpoint.retries.map_or(options.retries, |retries| retries.0),
            backoff: options.backoff,
            deadline,
            interrupt: options.interrupt.clone(),
            redactor: Redactor::new(&request.endpoint, &system.environment),
            trust,
            records: saved.is_ok().then_some(records),
            unrecorded: None,
            system: system.clone(),
            request,
        };
        (delivery, saved)
    }

    /// The id of the record that this delivery has begun, if it has.
    pub(super) fn new_record(&self) -> Option<&str> {
        let is_new = self.lock.is_none() && self.records.is_some();
        is_new.then_some(self.request.head.id.as_str())
    }

    /// The name of the endpoint.
    pub(super) fn endpoint(&self) -> &str {
        &self.request.endpoint.name
    }

    /// Makes attempts until one succeeds, retrying is pointless, or the deadline has passed.
    pub(super) fn run(mut self) -> Outcome {
        let start = Instant::now();
        let endpoint = &self.request.endpoint;
        let client = match Client::new(endpoint, &self.trust, &self.system.environment) {
            Ok(client) => client,
            Err(failure) => {
                self.add_attempt(Err(failure), DeliveryStatus::Failed, self.system.now(), Instant::now());
                return self.finish(DeliveryStatus::Failed, start);
            }
        };
        loop {
            let (attempted_at, attempt_start) = (self.system.now(), Instant::now());
            let is_last = self.interrupt.is_triggered();
            let remaining = self.remaining(attempt_start);
            // What had no turn before the deadline can be resent.
            if remaining.is_zero() {
                return self.timed_out();
            }
            let headers = self.request.headers(attempted_at);
            crash_points::reach();
            let response = client.post(&headers, self.request.body.as_bytes(), self.timeout.min(remaining));
            crash_points::reach();
            match self.next(&response, is_last) {
                Next::End(status) => {
                    self.add_attempt(response, status, attempted_at, attempt_start);
                    return self.finish(status, start);
                }
                Next::RetryAfter(pause) => {
                    self.add_attempt(response, DeliveryStatus::Pending, attempted_at, attempt_start);
                    self.interrupt.sleep(pause);
                }
            }
        }
    }

    /// The time left for attempts.
    fn remaining(&self, now: Instant) -> Duration {
        let end = self.interrupt.end(now, now + self.deadline.remaining(now));
        end.saturating_duration_since(now)
    }

    /// Decides what follows a response or failure.
    fn next(&self, response: &Result<Response, Failure>, is_last: bool) -> Next {
        let (verdict, requested_pause) = match response {
            Ok(response) => {
                let header = response.retry_after.as_deref();
                let pause = header.and_then(|header| retry_after(header, self.system.now()));
                (verdict(response.status), pause)
            }
            Err(failure) if failure.is_temporary() => (Verdict::Retry, None),
            Err(_) => (Verdict::Final, None),
        };
        let attempts = self.attempt_count() + 1;
        match verdict {
            Verdict::Delivered => Next::End(DeliveryStatus::Delivered),
            Verdict::Final => Next::End(DeliveryStatus::Failed),
            Verdict::Retry if is_last || attempts > self.retries => Next::End(DeliveryStatus::Failed),
            Verdict::Retry if self.interrupt.is_triggered() => Next::RetryAfter(Duration::ZERO),
            Verdict::Retry => {
                let remaining = self.remaining(Instant::now());
                let pause = self.backoff.next(attempts, self.jitter(), requested_pause, remaining);
                pause.map_or(Next::End(DeliveryStatus::Failed), Next::RetryAfter)
            }
        }
    }

    fn attempt_count(&self) -> u32 {
        u32::try_from(self.attempts.len()).unwrap_or(u32::MAX)
    }

    /// Adds an attempt, to the record too.
    fn add_attempt(
        &mut self,
        response: Result<Response, Failure>,
        status: DeliveryStatus,
        attempted_at: Timestamp,
        attempt_start: Instant,
    ) {
        let duration = attempt_start.elapsed().as_secs_f64();
        let mut attempt = Attempt {
            at: attempted_at,
            duration,
            response_code: None,
            error: None,
            status,
            response_headers: Default::default(),
            response_payload: None,
        };
        match response {
            Ok(response) => {
                let is_success = verdict(response.status) == Verdict::Delivered;
                attempt.response_code = Some(response.status);
                attempt.error = (!is_success).then(|| describe_status(response.status));
                let headers = response.headers.into_iter();
                attempt.response_headers =
                    headers.map(|(name, value)| (name, self.redactor.redact(&value))).collect();
                attempt.response_payload = Some(self.redactor.redact(&response.body));
            }
            Err(failure) => attempt.error = Some(self.redactor.redact(&failure.to_string())),
        }
        if let Some(records) = &self.records
            && let Err(error) = records.append(&self.request.head.id, &attempt)
        {
            self.unrecorded = Some(error);
        }
        self.attempts.push(attempt);
    }

    fn finish(self, status: DeliveryStatus, start: Instant) -> Outcome {
        let outcome = self.timed_out();
        let last = self.attempts.last();
        Outcome {
            response_code: last.and_then(|attempt| attempt.response_code),
            error: last.and_then(|attempt| attempt.error.clone()),
            attempts: self.attempt_count(),
            response: last.and_then(|attempt| attempt.response_payload.clone()),
            duration_ms: u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX),
            history: self.attempts,
            unrecorded: self.unrecorded.map(|error| error.to_string()),
            status,
            ..outcome
        }
    }

    /// The outcome if the delivery did not end by the deadline.
    pub(super) fn timed_out(&self) -> Outcome {
        self.failed(&Failure::Deadline)
    }

    /// The outcome of a failure that is not in the record.
    fn failed(&self, failure: &Failure) -> Outcome {
        Outcome {
            endpoint: self.request.endpoint.name.clone(),
            event: self.request.head.event.clone(),
            event_id: self.request.head.event_id.clone(),
            delivery: self.request.head.id.clone(),
            status: DeliveryStatus::Failed,
            response_code: None,
            attempts: self.attempt_count(),
            duration_ms: u64::try_from(self.deadline.remaining(Instant::now()).as_millis())
                .unwrap_or(u64::MAX),
            error: Some(failure.to_string()),
            history: Vec::new(),
            response: None,
            unrecorded: None,
        }
    }

    /// A random number from 0 to 1, or 0.5 if the system has no randomness.
    fn jitter(&self) -> f64 {
        self.system
            .random()
            .map_or(0.5, |bytes: [u8; 4]| f64::from(u32::from_be_bytes(bytes)) / f64::from(u32::MAX))
    }
}
