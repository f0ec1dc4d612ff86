//! Takes one request to its endpoint: attempts, pauses, and what is written down of them.

use std::io;
use std::time::{Duration, Instant};

use anyhow::Result;
use jiff::Timestamp;
use ureq::tls::RootCerts;

use super::failure::{Failure, describe_status};
use super::http::{Client, Response};
use super::record::Attempt;
use super::records::{Lock, Records};
use super::redact::Redactor;
use super::retry::{Backoff, Deadline, Verdict, retry_after, verdict};
use super::{DeliveryOptions, DeliveryStatus, Outcome, Record, Request};
use crate::crash_points;
use crate::state::StateFolder;
use crate::system::System;

/// One request on its way.
pub(super) struct Delivery {
    request: Request,
    record: Record,
    /// The delivery is this process' until this is dropped.
    _lock: Option<Lock>,
    /// Attempts that were made before, by another command.
    previous_attempts: u32,
    timeout: Duration,
    retries: u32,
    backoff: Backoff,
    deadline: Deadline,
    redactor: Redactor,
    authorities: Option<RootCerts>,
    /// Where the record is, if it could be written.
    state: Option<StateFolder>,
    system: System,
}

impl Delivery {
    /// Writes the record and makes ready to go. A record that cannot be written is told beside the delivery, who
    /// goes all the same.
    pub(super) fn prepare(
        mut request: Request,
        options: &DeliveryOptions,
        deadline: Deadline,
        authorities: Option<RootCerts>,
        state: &StateFolder,
        system: &System,
    ) -> Result<(Self, io::Result<()>)> {
        let (record, lock) = request.begin_record(system.now())?;
        // Locked before it can be found. Where a folder takes no locks, nobody else can be kept out.
        let lock = lock.or_else(|| Records::new(state).lock(&record.id).ok().flatten());
        let saved = record.save(state);
        let delivery = Self {
            _lock: lock,
            previous_attempts: record.delivery_attempts,
            timeout: request.endpoint.timeout.unwrap_or(options.timeout),
            retries: request.endpoint.retries.map_or(options.retries, |retries| retries.0),
            backoff: options.backoff,
            deadline,
            redactor: Redactor::new(&request.endpoint),
            authorities,
            state: saved.is_ok().then(|| state.clone()),
            system: system.clone(),
            request,
            record,
        };
        Ok((delivery, saved))
    }

    /// Goes, and comes back at the latest when the deadline has passed.
    pub(super) fn run(mut self) -> Outcome {
        let start = Instant::now();
        let url = &self.request.endpoint.url;
        let client = match Client::new(url, self.authorities.take(), &self.system.environment) {
            Ok(client) => client,
            Err(failure) => {
                self.record_attempt(Err(failure), self.system.now(), Instant::now());
                return self.finish(DeliveryStatus::Failed, start);
            }
        };
        loop {
            let (attempted_at, attempt_start) = (self.system.now(), Instant::now());
            let remaining = self.deadline.remaining(attempt_start);
            let answer = if remaining.is_zero() {
                Err(Failure::Deadline)
            } else {
                let headers = self.request.headers(attempted_at);
                crash_points::reach();
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
            crash_points::reach();
            self.record_attempt(answer, attempted_at, attempt_start);
            match verdict {
                Verdict::Delivered => return self.finish(DeliveryStatus::Delivered, start),
                Verdict::Final => return self.finish(DeliveryStatus::Failed, start),
                Verdict::Retry if self.attempts() > self.retries => {
                    return self.finish(DeliveryStatus::Failed, start);
                }
                Verdict::Retry => {}
            }
            let remaining = self.deadline.remaining(Instant::now());
            match self.backoff.next(self.attempts(), self.chance(), wait, remaining) {
                Some(pause) => {
                    self.save();
                    std::thread::sleep(pause);
                }
                None => return self.finish(DeliveryStatus::Failed, start),
            }
        }
    }

    /// Attempts of this command.
    fn attempts(&self) -> u32 {
        self.record.delivery_attempts - self.previous_attempts
    }

    /// Writes an attempt into the record.
    fn record_attempt(
        &mut self,
        answer: Result<Response, Failure>,
        attempted_at: Timestamp,
        attempt_start: Instant,
    ) {
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

    fn finish(mut self, status: DeliveryStatus, start: Instant) -> Outcome {
        self.record.status = status;
        self.save();
        let last = self.record.attempts.last();
        Outcome {
            response_code: last.and_then(|attempt| attempt.response_code),
            error: last.and_then(|attempt| attempt.error.clone()),
            history: self.record.attempts.iter().skip(self.previous_attempts as usize).cloned().collect(),
            attempts: self.attempts(),
            response: self.record.response_payload.clone(),
            duration_ms: u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX),
            status,
            ..self.timed_out()
        }
    }

    /// The outcome in case the delivery never comes back.
    pub(super) fn timed_out(&self) -> Outcome {
        Outcome {
            endpoint: self.request.endpoint.name.clone(),
            event: self.request.event.clone(),
            event_id: self.request.event_id.clone(),
            delivery: self.request.delivery_id.clone(),
            status: DeliveryStatus::Failed,
            response_code: None,
            attempts: 1,
            duration_ms: u64::try_from(self.deadline.remaining(Instant::now()).as_millis())
                .unwrap_or(u64::MAX),
            error: Some(Failure::Deadline.to_string()),
            history: Vec::new(),
            response: None,
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
