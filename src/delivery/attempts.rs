//! One delivery in progress: its attempts, the pauses between them, and its record.

use std::io;
use std::time::{Duration, Instant};

use anyhow::Result;
use jiff::Timestamp;
use ureq::tls::RootCerts;

use super::failure::{Failure, describe_status};
use super::http::{Client, Response};
use super::record::Attempt;
use super::records::Records;
use super::redact::Redactor;
use super::retry::{Backoff, Deadline, Verdict, retry_after, verdict};
use super::{DeliveryOptions, DeliveryStatus, Interrupt, Outcome, Record, Request};
use crate::crash_points;
use crate::state::Lock;
use crate::system::System;

/// A request that is being delivered.
pub(super) struct Delivery {
    request: Request,
    record: Record,
    /// Keeps other processes from sending the same delivery.
    _lock: Option<Lock>,
    /// Number of attempts made by earlier commands.
    previous_attempts: u32,
    timeout: Duration,
    retries: u32,
    backoff: Backoff,
    deadline: Deadline,
    interrupt: Interrupt,
    redactor: Redactor,
    roots: Option<RootCerts>,
    /// Where to save the record; `None` if that failed the first time.
    records: Option<Records>,
    system: System,
}

impl Delivery {
    /// Records the delivery and gets it ready to run. A failed write is returned separately; the delivery can
    /// run anyway.
    pub(super) fn prepare(
        mut request: Request,
        options: &DeliveryOptions,
        deadline: Deadline,
        roots: Option<RootCerts>,
        records: Records,
        system: &System,
    ) -> Result<(Self, io::Result<()>)> {
        let (record, lock) = request.begin_record(system.now())?;
        // Lock the delivery before other processes can see its record. Some file systems have no locks.
        let lock = lock.or_else(|| records.lock(&record.id).ok().flatten());
        let saved = records.save(&record);
        let delivery = Self {
            _lock: lock,
            previous_attempts: record.delivery_attempts,
            timeout: request.endpoint.timeout.unwrap_or(options.timeout),
            retries: request.endpoint.retries.map_or(options.retries, |retries| retries.0),
            backoff: options.backoff,
            deadline,
            interrupt: options.interrupt.clone(),
            redactor: Redactor::new(&request.endpoint),
            roots,
            records: saved.is_ok().then_some(records),
            system: system.clone(),
            request,
            record,
        };
        Ok((delivery, saved))
    }

    /// Makes attempts until one succeeds, retrying is pointless, or the deadline has passed.
    pub(super) fn run(mut self) -> Outcome {
        let start = Instant::now();
        let url = &self.request.endpoint.url;
        let client = match Client::new(url, self.roots.take(), &self.system.environment) {
            Ok(client) => client,
            Err(failure) => {
                self.record_attempt(Err(failure), self.system.now(), Instant::now());
                return self.finish(DeliveryStatus::Failed, start);
            }
        };
        loop {
            let (attempted_at, attempt_start) = (self.system.now(), Instant::now());
            let is_last = self.interrupt.is_triggered();
            let remaining = self.remaining(attempt_start);
            let response = if remaining.is_zero() {
                Err(Failure::Deadline)
            } else {
                let headers = self.request.headers(attempted_at);
                crash_points::reach();
                client.post(&headers, self.request.body.as_bytes(), self.timeout.min(remaining))
            };
            let (verdict, requested_pause) = match &response {
                Ok(response) => {
                    let header = response.retry_after.as_deref();
                    let pause = header.and_then(|header| retry_after(header, self.system.now()));
                    (verdict(response.status), pause)
                }
                Err(failure) if failure.is_temporary() => (Verdict::Retry, None),
                Err(_) => (Verdict::Final, None),
            };
            crash_points::reach();
            self.record_attempt(response, attempted_at, attempt_start);
            match verdict {
                Verdict::Delivered => return self.finish(DeliveryStatus::Delivered, start),
                Verdict::Final => return self.finish(DeliveryStatus::Failed, start),
                Verdict::Retry if is_last || self.attempts() > self.retries => {
                    return self.finish(DeliveryStatus::Failed, start);
                }
                Verdict::Retry => {}
            }
            if self.interrupt.is_triggered() {
                continue;
            }
            let remaining = self.remaining(Instant::now());
            match self.backoff.next(self.attempts(), self.jitter(), requested_pause, remaining) {
                Some(pause) => {
                    self.save();
                    self.interrupt.sleep(pause);
                }
                None => return self.finish(DeliveryStatus::Failed, start),
            }
        }
    }

    /// The time left for attempts.
    fn remaining(&self, now: Instant) -> Duration {
        let end = self.interrupt.end(now, now + self.deadline.remaining(now));
        end.saturating_duration_since(now)
    }

    /// Number of attempts made by this command.
    fn attempts(&self) -> u32 {
        self.record.delivery_attempts - self.previous_attempts
    }

    /// Adds an attempt to the record.
    fn record_attempt(
        &mut self,
        response: Result<Response, Failure>,
        attempted_at: Timestamp,
        attempt_start: Instant,
    ) {
        let duration = attempt_start.elapsed().as_secs_f64();
        let (response_code, error) = match response {
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
        self.record.attempts.push(Attempt { at: attempted_at, duration, response_code, error });
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

    /// The outcome if the delivery's thread has not finished by the deadline.
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

    /// Saves the record. Errors are ignored: the first write succeeded, so the delivery can be resent.
    fn save(&self) {
        if let Some(records) = &self.records {
            let _ = records.save(&self.record);
        }
    }

    /// A random number from 0 to 1, or 0.5 if the system has no randomness.
    fn jitter(&self) -> f64 {
        self.system
            .random()
            .map_or(0.5, |bytes: [u8; 4]| f64::from(u32::from_be_bytes(bytes)) / f64::from(u32::MAX))
    }
}
