//! One delivery in its turn: its attempts, the pauses between them, and its record.

use std::io;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::failure::{Failure, describe_status};
use super::http::{Client, Response};
use super::lane::{Delivery, Lane};
use super::record::Attempt;
use super::retry::{Verdict, retry_after, verdict};
use super::{DeliveryStatus, Outcome, TimeLimit};
use crate::crash_points;

/// The longest that the only attempt may take at an endpoint that was too slow for the event before.
const SHORT_TIMEOUT: Duration = Duration::from_secs(2);
/// How often to look whether a pause still fits into the time that is left.
const PAUSE_INTERVAL: Duration = Duration::from_millis(100);

/// Makes attempts until one succeeds, retrying is pointless, or the time is up.
pub(super) fn deliver(
    delivery: Delivery,
    lane: &Lane,
    worker: usize,
    client: &mut Option<Client>,
) -> Outcome {
    let turn = Turn { delivery, lane, worker, client, attempts: Vec::new(), unrecorded: None };
    turn.run()
}

struct Turn<'a> {
    delivery: Delivery,
    lane: &'a Lane,
    worker: usize,
    client: &'a mut Option<Client>,
    /// Those of this command.
    attempts: Vec<Attempt>,
    /// Why an attempt is missing in the record.
    unrecorded: Option<io::Error>,
}

/// What follows an attempt.
enum Next {
    End(DeliveryStatus),
    RetryAfter(Duration),
}

impl Turn<'_> {
    fn run(mut self) -> Outcome {
        let start = Instant::now();
        let (lane, time) = (self.lane, &self.lane.shared.options.time);
        // A receiver that was too slow is not waited for as long once more: other events wait.
        let is_short = lane.is_slow.load(Ordering::Relaxed);
        let longest = if is_short { lane.timeout.min(SHORT_TIMEOUT) } else { lane.timeout };
        loop {
            let (attempted_at, attempt_start) = (lane.shared.system.now(), Instant::now());
            let is_last = is_short || time.is_canceled();
            let remaining = lane.remaining(attempt_start);
            // What had no turn before the deadline can be resent.
            if remaining.is_zero() {
                return self.out_of_time(start);
            }
            // The deadline may be set during the attempt. It is never longer than this.
            let limit = longest.min(remaining).min(lane.shared.options.deadline);
            let response = self.post(attempted_at, limit).map_err(|failure| {
                let is_cut = limit < longest || lane.remaining(Instant::now()).is_zero();
                if time.is_canceled() && is_cut { Failure::Interrupted } else { failure.cut(is_cut) }
            });
            lane.is_slow.store(response.as_ref().is_err_and(Failure::is_timeout), Ordering::Relaxed);
            match self.next(&response, is_last) {
                Next::End(status) => {
                    self.add_attempt(response, status, attempted_at, attempt_start);
                    return self.finish(status, start);
                }
                Next::RetryAfter(pause) => {
                    self.add_attempt(response, DeliveryStatus::Pending, attempted_at, attempt_start);
                    if !self.pause(pause) {
                        return self.finish(DeliveryStatus::Failed, start);
                    }
                }
            }
        }
    }

    fn post(&mut self, attempted_at: Timestamp, limit: Duration) -> Result<Response, Failure> {
        let start = Instant::now();
        let client = match self.client.take().filter(|client| !client.is_aborted()) {
            Some(client) => client,
            None => self.lane.connect(self.worker)?,
        };
        let request = &self.delivery.request;
        let headers = request.headers(attempted_at);
        crash_points::reach();
        let response = client.post(&headers, request.content.body().as_bytes(), limit);
        crash_points::reach();
        let response = match response {
            Err(_) if client.is_aborted() => Err(Failure::ResponseTimeout(start.elapsed())),
            response => response,
        };
        *self.client = Some(client);
        response
    }

    /// Decides what follows a response or failure.
    fn next(&self, response: &Result<Response, Failure>, is_last: bool) -> Next {
        let shared = &self.lane.shared;
        let (verdict, requested_pause) = match response {
            Ok(response) => {
                let header = response.retry_after.as_deref();
                let pause = header.and_then(|header| retry_after(header, shared.system.now()));
                (verdict(response.status), pause)
            }
            Err(failure) if failure.is_temporary() => (Verdict::Retry, None),
            Err(_) => (Verdict::Final, None),
        };
        let attempts = self.attempt_count() + 1;
        match verdict {
            Verdict::Delivered => Next::End(DeliveryStatus::Delivered),
            Verdict::Final => Next::End(DeliveryStatus::Failed),
            Verdict::Retry if is_last || attempts > self.lane.retries => Next::End(DeliveryStatus::Failed),
            Verdict::Retry if shared.options.time.is_canceled() => Next::RetryAfter(Duration::ZERO),
            Verdict::Retry => {
                let remaining = self.lane.remaining(Instant::now());
                let pause = shared.options.backoff.next(attempts, self.jitter(), requested_pause, remaining);
                pause.map_or(Next::End(DeliveryStatus::Failed), Next::RetryAfter)
            }
        }
    }

    /// Pauses, but not if the job was canceled: the last attempt follows. `false` if the time has become too short.
    fn pause(&self, pause: Duration) -> bool {
        let (time, end) = (&self.lane.shared.options.time, Instant::now() + pause);
        loop {
            let now = Instant::now();
            let left = end.saturating_duration_since(now);
            if left.is_zero() || time.is_canceled() {
                return true;
            }
            if self.lane.remaining(now) <= left {
                return false;
            }
            time.wait(left.min(PAUSE_INTERVAL));
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
        let redactor = &self.lane.redactor;
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
                    headers.map(|(name, value)| (name, redactor.redact(&value))).collect();
                attempt.response_payload = Some(redactor.redact(&response.body));
            }
            Err(failure) => attempt.error = Some(redactor.redact(&failure.to_string())),
        }
        let (shared, id) = (&self.lane.shared, &self.delivery.request.id);
        if status == DeliveryStatus::Delivered {
            shared.syncer.forget(id);
        }
        if self.delivery.is_recorded
            && let Err(error) = shared.records.append(id, &attempt)
        {
            self.unrecorded = Some(error);
        }
        self.attempts.push(attempt);
    }

    fn finish(mut self, status: DeliveryStatus, start: Instant) -> Outcome {
        let outcome = self.lane.outcome(&self.delivery.request);
        let attempts = self.attempt_count();
        // The record has the rest.
        self.attempts.iter_mut().for_each(|attempt| attempt.response_headers.clear());
        let last = self.attempts.last_mut();
        let (response_code, error, response) = last.map_or((None, None, None), |attempt| {
            (attempt.response_code, attempt.error.clone(), attempt.response_payload.take())
        });
        self.attempts.iter_mut().for_each(|attempt| attempt.response_payload = None);
        // A command may have thousands.
        self.attempts.shrink_to_fit();
        Outcome {
            response_code,
            error,
            attempts,
            response,
            duration_ms: millis(start.elapsed()),
            history: self.attempts,
            unrecorded: self.unrecorded.map(|error| error.to_string()),
            status,
            ..outcome
        }
    }

    /// The outcome without another attempt.
    fn out_of_time(self, start: Instant) -> Outcome {
        let error = Some(out_of_time(&self.lane.shared.options.time).to_string());
        Outcome { error, ..self.finish(DeliveryStatus::Failed, start) }
    }

    /// A random number from 0 to 1, or 0.5 if the system has no randomness.
    fn jitter(&self) -> f64 {
        let random = self.lane.shared.system.random();
        random.map_or(0.5, |bytes: [u8; 4]| f64::from(u32::from_be_bytes(bytes)) / f64::from(u32::MAX))
    }
}

/// Why there is no time for a delivery.
pub(super) fn out_of_time(time: &TimeLimit) -> Failure {
    if time.is_canceled() { Failure::Interrupted } else { Failure::Deadline }
}

/// In milliseconds.
pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
