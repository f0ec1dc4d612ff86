//! The deliveries of one command: recorded, queued, waited for.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use anyhow::Result;

use super::attempts::millis;
use super::failure::Failure;
use super::lane::{Delivery, Lane, Shared};
use super::records::Records;
use super::sync::Syncer;
use super::{DeliveryOptions, Outcome, Report, Request};
use crate::state::{Lock, StateFolder};
use crate::system::System;

/// The most connections to one endpoint at once.
const CONNECTIONS: usize = 4;
/// Open files that are not connections: the standard streams, the state folder, a record, locks of deliveries that are
/// resent.
#[cfg(unix)]
const OTHER_FILES: u64 = 40;
/// How long to wait after the deadline for threads that are about to finish.
const GRACE_PERIOD: Duration = Duration::from_millis(300);
/// How long to wait for receivers before records are synced: what has arrived by then need not be.
const SYNC_AFTER: Duration = Duration::from_millis(2);
/// How often to look whether anything has changed, and to show what is waited for.
const INTERVAL: Duration = Duration::from_millis(100);

/// Deliveries that are under way, or have ended.
#[allow(missing_debug_implementations)]
pub struct Deliveries {
    shared: Arc<Shared>,
    command_id: String,
    lanes: Vec<Arc<Lane>>,
    sender: Sender<(usize, Outcome)>,
    receiver: Receiver<(usize, Outcome)>,
    /// One per request, in the same order. Those that have not ended are failures.
    outcomes: Vec<Outcome>,
    unfinished: BTreeSet<usize>,
    /// How often requests were recorded.
    batches: usize,
    warnings: Vec<String>,
    _command_lock: Option<Lock>,
}

/// Requests with their records, before they are sent.
#[allow(missing_debug_implementations)]
pub struct Recorded(Vec<Delivery>);

/// The deliveries that a command waits for.
#[derive(Debug)]
pub struct Waiting<'a> {
    /// The names of the endpoints with deliveries that have not ended.
    pub endpoints: Vec<&'a str>,
    /// The number of deliveries that have ended.
    pub ended: usize,
    /// The number of all deliveries.
    pub all: usize,
    /// How long the command has waited.
    pub waited: Duration,
    /// The longest that the command still waits.
    pub remaining: Duration,
}

impl Deliveries {
    /// Begins without any.
    pub fn new(options: DeliveryOptions, state: &StateFolder, system: &System) -> Result<Self> {
        let records = Records::new(state);
        let command_id = system.new_id(system.now())?.to_string();
        // Locked before other processes can see the records. Some file systems have no locks.
        let command_lock = if records.are_kept() { records.lock(&command_id).ok().flatten() } else { None };
        let syncer = Syncer::new(&records);
        let (sender, receiver) = mpsc::channel();
        Ok(Self {
            shared: Arc::new(Shared { options, records, syncer, system: system.clone() }),
            command_id,
            lanes: Vec::new(),
            sender,
            receiver,
            outcomes: Vec::new(),
            unfinished: BTreeSet::new(),
            batches: 0,
            warnings: Vec::new(),
            _command_lock: command_lock,
        })
    }

    /// Records the requests. If that fails, they can be sent anyway and the report has a warning.
    pub fn record(&mut self, requests: Vec<Request>) -> Recorded {
        self.batches += 1;
        let record = |request| self.record_one(request);
        Recorded(requests.into_iter().map(record).collect())
    }

    fn record_one(&mut self, request: Request) -> Delivery {
        let Shared { records, syncer, system, .. } = &*self.shared;
        let mut is_recorded = true;
        if !request.is_resent() {
            let head = request.head(&self.command_id, system.now());
            match records.begin(&head, &request.endpoint.seal_key()) {
                Ok(()) => syncer.add(&request.id),
                Err(error) => {
                    is_recorded = false;
                    if self.warnings.is_empty() && records.are_kept() {
                        self.warnings.push(format!(
                            "cannot record deliveries in {}: {error}; failed ones cannot be resent",
                            records.state.display()
                        ));
                    }
                }
            }
        }
        let lane = self.lane(&request);
        let (index, outcome) = (self.outcomes.len(), lane.outcome(&request));
        self.outcomes.push(outcome);
        Delivery { index, batch: self.batches, request, is_recorded }
    }

    /// The lane of the request's endpoint.
    fn lane(&mut self, request: &Request) -> Arc<Lane> {
        let endpoint = &request.endpoint;
        if let Some(lane) = self.lanes.iter().find(|lane| lane.endpoint.name == endpoint.name) {
            return Arc::clone(lane);
        }
        let lane = Arc::new(Lane::new(Arc::clone(endpoint), &self.shared));
        self.lanes.push(Arc::clone(&lane));
        lane
    }

    /// Starts to send the requests. Those to an endpoint wait until the ones that were sent there before have ended. All must end by
    /// the deadline; without one, only their timeouts end them.
    pub fn send(&mut self, recorded: Recorded, deadline: Option<Instant>) {
        if let Some(deadline) = deadline {
            self.shared.options.time.set_deadline(deadline);
        }
        let mut by_lane: Vec<Vec<Delivery>> = self.lanes.iter().map(|_| Vec::new()).collect();
        for delivery in recorded.0 {
            self.unfinished.insert(delivery.index);
            let name = &delivery.request.endpoint.name;
            let lane = self.lanes.iter().position(|lane| lane.endpoint.name == *name);
            by_lane[lane.unwrap_or_default()].push(delivery);
        }
        let connections = if self.shared.options.in_order { 1 } else { connections(self.lanes.len()) };
        if deadline.is_none() {
            self.shared.syncer.start();
        }
        for (lane, deliveries) in self.lanes.iter().zip(by_lane).filter(|(_, some)| !some.is_empty()) {
            lane.add(deliveries, connections, &self.sender);
        }
    }

    /// Waits until everything that was sent has ended, or until shortly after the deadline. Meanwhile, calls `show` from time to
    /// time.
    pub fn wait(&mut self, show: &mut dyn FnMut(&Waiting)) {
        let time = self.shared.options.time.clone();
        let (start, mut shown) = (Instant::now(), Instant::now());
        let (mut is_canceled, mut has_ended) = (time.is_canceled(), false);
        let longest = start + self.shared.options.deadline;
        for lane in &self.lanes {
            lane.restart_turn();
            lane.work_here(&self.sender);
        }
        while !self.unfinished.is_empty() {
            let now = Instant::now();
            let waits_for_more = now - start >= SYNC_AFTER;
            if waits_for_more {
                self.shared.syncer.start();
            }
            let end = time.end().unwrap_or(longest);
            let last = end + GRACE_PERIOD;
            if now >= last {
                break;
            }
            if now >= end && !has_ended {
                has_ended = true;
                self.end();
            }
            if time.is_canceled() && !is_canceled {
                is_canceled = true;
                self.lanes.iter().for_each(|lane| lane.restart_turn());
            }
            self.lanes.iter().for_each(|lane| lane.end_turn(now));
            if now - shown >= INTERVAL {
                shown = now;
                show(&self.waiting(start, now, end));
            }
            let next = if has_ended { last } else { end };
            let interval = if waits_for_more { INTERVAL } else { SYNC_AFTER };
            match self.receiver.recv_timeout((next - now).min(interval)) {
                Ok((index, outcome)) => {
                    self.unfinished.remove(&index);
                    self.outcomes[index] = outcome;
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
            }
        }
        // Their threads may be looking up a name, which cannot be ended.
        for index in std::mem::take(&mut self.unfinished) {
            self.give_up(index, &Failure::Deadline);
            self.outcomes[index].duration_ms = millis(start.elapsed());
        }
        self.lanes.iter().for_each(|lane| lane.abandon());
    }

    /// Ends everything that is under way. Events that have had no turn stay recorded, without an attempt.
    fn end(&mut self) {
        let without_turn: Vec<usize> =
            self.lanes.iter().flat_map(|lane| lane.end()).map(|delivery| delivery.index).collect();
        for index in without_turn {
            self.unfinished.remove(&index);
            self.give_up(index, &Failure::NoTurn);
        }
    }

    fn give_up(&mut self, index: usize, failure: &Failure) {
        let is_canceled = self.shared.options.time.is_canceled();
        let failure = if is_canceled { &Failure::Interrupted } else { failure };
        self.outcomes[index].error = Some(failure.to_string());
    }

    fn waiting(&self, start: Instant, now: Instant, end: Instant) -> Waiting<'_> {
        let names = self.unfinished.iter().map(|index| &*self.outcomes[*index].endpoint);
        let mut endpoints: Vec<&str> = names.collect();
        endpoints.sort_unstable();
        endpoints.dedup();
        let all = self.outcomes.len();
        Waiting {
            endpoints,
            ended: all - self.unfinished.len(),
            all,
            waited: now - start,
            remaining: end.saturating_duration_since(now),
        }
    }

    /// What became of all deliveries.
    pub fn finish(mut self) -> Report {
        let time = &self.shared.options.time;
        let timeout = time.remaining(Instant::now()).min(self.shared.options.deadline) + GRACE_PERIOD;
        if let Some(error) = self.shared.syncer.finish(timeout) {
            let folder = self.shared.records.state.display();
            let warning = format!("the records in {folder} may not survive a power failure: {error}");
            self.warnings.push(warning);
        }
        self.warnings.extend(unrecorded(&self.outcomes));
        Report { outcomes: self.outcomes, warnings: self.warnings }
    }
}

/// The connections to each of this many endpoints: fewer if the system allows few open files.
#[cfg(unix)]
fn connections(endpoints: usize) -> usize {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    let available = limit.unwrap_or(u64::MAX).saturating_sub(OTHER_FILES);
    let available = usize::try_from(available).unwrap_or(usize::MAX);
    (available / endpoints.max(1)).clamp(1, CONNECTIONS)
}

#[cfg(not(unix))]
fn connections(_: usize) -> usize {
    CONNECTIONS
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
        "the record of delivery {}{others} could not be completed: {error}; `redeliver --failed` may send it again",
        outcome.delivery
    ))
}
