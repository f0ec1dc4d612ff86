//! One delivery in its turn: its attempts, the pauses between them, and its record.

use std::io;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::failure::{Failure, describe_status};
use super::http::{Client, LOCATION, Response};
use super::lane::{Delivery, Lane, SHORT_TIMEOUT, THIS_THREAD, first_turn};
use super::location;
use super::record::Attempt;
use super::retry::{Verdict, retry_after, verdict};
use super::{DeliveryStatus, Outcome};
use crate::crash_points;

/// An attempt that takes so much less than its timeout was ended by the deadline.
const DEADLINE_MARGIN: Duration = Duration::from_millis(200);
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
    /// The attempts of this command.
    attempts: Vec<Attempt>,
    /// Why an attempt is missing in the record.
    unrecorded: Option<io::Error>,
}

/// What follows an attempt.
enum Next {
    End(DeliveryStatus),
    RetryAfter(Duration),
    /// Nothing: the pause that the receiver asks for is too long.
    TooLong(Duration),
}

impl Turn<'_> {
    fn run(mut self) -> Outcome {
        let start = Instant::now();
        let (lane, time) = (self.lane, &self.lane.shared.options.time);
        // A receiver that was too slow is not waited for as long once more: other events wait.
        let is_short = lane.is_slow.load(Ordering::Relaxed) || self.worker == THIS_THREAD;
        let longest = if is_short { lane.timeout.min(SHORT_TIMEOUT) } else { lane.timeout };
        loop {
            let (attempted_at, attempt_start) = (lane.shared.system.now(), Instant::now());
            let is_last = is_short || time.is_canceled();
            let remaining = lane.remaining(attempt_start);
            // The record stays, so the event can be resent.
            if remaining.is_zero() {
                let failure = if self.attempts.is_empty() { Failure::NoTurn } else { Failure::Deadline };
                return self.give_up(&failure, start);
            }
            let pause = if time.is_canceled() { Duration::ZERO } else { lane.pause_left(attempt_start) };
            if pause >= remaining {
                return self.give_up(&Failure::Paused(pause), start);
            }
            if !pause.is_zero() {
                self.pause(pause);
                continue;
            }
            // While a command runs there is no deadline yet. It will leave no more time than this.
            let has_deadline = time.end().is_some();
            let left = if has_deadline { remaining } else { first_turn(lane.shared.options.deadline) };
            let limit = longest.min(left);
            let result = self.post(attempted_at, limit);
            let response = result.map_err(|failure| self.explain(failure, limit < longest, is_short));
            // A short attempt does not prove that the receiver would need a whole timeout.
            let is_slow = response.as_ref().is_err_and(Failure::is_timeout);
            lane.is_slow.store(is_slow, Ordering::Relaxed);
            match self.next(&response, is_last) {
                Next::End(status) => {
                    self.add_attempt(response, status, None, attempted_at, attempt_start);
                    return self.finish(status, start);
                }
                Next::TooLong(pause) => {
                    let reason = Some(Failure::too_long(pause));
                    self.add_attempt(response, DeliveryStatus::Failed, reason, attempted_at, attempt_start);
                    return self.finish(DeliveryStatus::Failed, start);
                }
                Next::RetryAfter(pause) => {
                    self.add_attempt(response, DeliveryStatus::Pending, None, attempted_at, attempt_start);
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
            Err(_) if client.is_aborted() => Err(client.timeout(start.elapsed())),
            response => response,
        };
        *self.client = Some(client);
        response
    }

    /// The failure of an attempt as the user can understand it: why there was no more time.
    fn explain(&self, failure: Failure, is_limited: bool, is_short: bool) -> Failure {
        let (lane, time) = (self.lane, &self.lane.shared.options.time);
        let is_out_of_time = is_limited || lane.remaining(Instant::now()).is_zero();
        match failure {
            _ if is_out_of_time && time.is_canceled() => Failure::Interrupted,
            Failure::ResponseTimeout(waited) if is_short => Failure::StillSlow(waited),
            // A longer deadline would help only if this was the first attempt, and alone.
            Failure::ResponseTimeout(waited)
                if is_out_of_time
                    && self.attempts.is_empty()
                    && !lane.is_shared()
                    && waited + DEADLINE_MARGIN < lane.timeout =>
            {
                Failure::NoResponseByDeadline(waited)
            }
            failure => failure,
        }
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
        if verdict == Verdict::Retry {
            // Other events wait too.
            requested_pause.into_iter().for_each(|pause| self.lane.pause(pause));
        }
        match verdict {
            Verdict::Delivered => Next::End(DeliveryStatus::Delivered),
            Verdict::Final => Next::End(DeliveryStatus::Failed),
            Verdict::Retry if is_last || attempts > self.lane.retries => Next::End(DeliveryStatus::Failed),
            Verdict::Retry if shared.options.time.is_canceled() => Next::RetryAfter(Duration::ZERO),
            Verdict::Retry => {
                let remaining = self.lane.remaining(Instant::now());
                let pause = shared.options.backoff.next(attempts, self.jitter(), requested_pause, remaining);
                match (pause, requested_pause) {
                    (Some(pause), _) => Next::RetryAfter(pause),
                    (None, Some(requested)) => Next::TooLong(requested),
                    (None, None) => Next::End(DeliveryStatus::Failed),
                }
            }
        }
    }

    /// Pauses. `false` if the time has become too short. A cancellation ends the pause, and the last attempt follows.
    fn pause(&self, pause: Duration) -> bool {
        let (time, start) = (&self.lane.shared.options.time, Instant::now());
        loop {
            let now = Instant::now();
            let left = pause.saturating_sub(now - start);
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

    /// Adds an attempt, to the record too. `no_retry` is why none follows, if that is not plain.
    fn add_attempt(
        &mut self,
        response: Result<Response, Failure>,
        status: DeliveryStatus,
        no_retry: Option<String>,
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
                let is_signed = self.lane.endpoint.secret.is_some();
                attempt.response_code = Some(response.status);
                attempt.error = (!is_success)
                    .then(|| describe_status(response.status, response.wants_certificate, is_signed));
                let is_redirect = (300..400).contains(&response.status);
                for (name, value) in response.headers {
                    let value = match name.as_str() {
                        LOCATION => {
                            let target = location::origin(&value, redactor).filter(|_| is_redirect);
                            if let (Some(error), Some(target)) = (&mut attempt.error, target) {
                                error.push_str(&format!(" (redirects to {target})"));
                            }
                            location::recorded(&value, redactor)
                        }
                        _ => redactor.redact(&value),
                    };
                    attempt.response_headers.insert(name, value);
                }
                attempt.response_payload = Some(redactor.redact(&response.body));
            }
            Err(failure) => attempt.error = Some(redactor.redact(&failure.to_string())),
        }
        if let (Some(error), Some(reason)) = (&mut attempt.error, no_retry) {
            error.push_str(&format!("; {reason}"));
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
        let is_failure = status == DeliveryStatus::Failed;
        let unneeded = self.attempts.len().saturating_sub(usize::from(is_failure));
        self.attempts.iter_mut().take(unneeded).for_each(|attempt| attempt.response_headers.clear());
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
    fn give_up(self, failure: &Failure, start: Instant) -> Outcome {
        let is_canceled = self.lane.shared.options.time.is_canceled();
        let failure = if is_canceled { &Failure::Interrupted } else { failure };
        Outcome { error: Some(failure.to_string()), ..self.finish(DeliveryStatus::Failed, start) }
    }

    /// A random number from 0 to 1, or 0.5 if the system has no randomness.
    fn jitter(&self) -> f64 {
        let random = self.lane.shared.system.random();
        random.map_or(0.5, |bytes: [u8; 4]| f64::from(u32::from_be_bytes(bytes)) / f64::from(u32::MAX))
    }
}

/// In milliseconds.
pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
