//! The lane of an endpoint: what waits to be sent there, and the few threads that send it. Neither connections nor memory
//! grow with the number of events, and a slow or broken endpoint does not hold up the others.

use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::attempts;
use super::failure::Failure;
use super::http::{AbortHandle, Client, Target};
use super::records::Records;
use super::redact::Redactor;
use super::sync::Syncer;
use super::{DeliveryOptions, DeliveryStatus, Outcome, Request};
use crate::settings::Endpoint;
use crate::system::System;

/// What all lanes of a command share.
pub(super) struct Shared {
    pub(super) options: DeliveryOptions,
    pub(super) records: Records,
    pub(super) syncer: Syncer,
    pub(super) system: System,
}

/// A request in its turn, or before it.
pub(super) struct Delivery {
    /// Its place among the outcomes.
    pub(super) index: usize,
    pub(super) request: Request,
    /// Whether there is a record, to which attempts can be added.
    pub(super) is_recorded: bool,
}

/// The lane of one endpoint.
pub(super) struct Lane {
    pub(super) endpoint: Arc<Endpoint>,
    name: Arc<str>,
    /// The longest that an attempt may take.
    pub(super) timeout: Duration,
    pub(super) retries: u32,
    pub(super) redactor: Redactor,
    pub(super) shared: Arc<Shared>,
    /// Whether the endpoint was too slow the last time.
    pub(super) is_slow: AtomicBool,
    target: OnceLock<Result<Arc<Target>, Failure>>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Delivery>,
    /// The workers that send something now. Each has a connection, once it needs one.
    workers: BTreeMap<usize, Option<AbortHandle>>,
    /// When what the only worker sends must end, so that what waits behind it has its share of the time.
    turn_end: Option<Instant>,
}

impl State {
    fn begin_turn(&mut self, end: Option<Instant>) {
        let now = Instant::now();
        let is_alone = self.workers.len() == 1 && !self.waiting.is_empty();
        let share = |end: Instant| {
            let turns = u32::try_from(self.waiting.len() + 1).unwrap_or(u32::MAX);
            now + end.saturating_duration_since(now) / turns
        };
        self.turn_end = end.filter(|_| is_alone).map(share);
    }
}

impl Lane {
    pub(super) fn new(endpoint: Arc<Endpoint>, shared: &Arc<Shared>) -> Self {
        let options = &shared.options;
        Self {
            timeout: endpoint.timeout.unwrap_or(options.timeout),
            retries: endpoint.retries.map_or(options.retries, |retries| retries.0),
            redactor: Redactor::new(&endpoint, &shared.system.environment),
            shared: Arc::clone(shared),
            is_slow: AtomicBool::default(),
            name: endpoint.name.as_str().into(),
            target: OnceLock::new(),
            state: Mutex::default(),
            endpoint,
        }
    }

    /// Sends these after those before them. On a lane that is idle, up to `connections` are sent at once; else they wait behind
    /// what is under way.
    pub(super) fn add(
        self: &Arc<Self>,
        deliveries: Vec<Delivery>,
        connections: usize,
        outcomes: &Sender<(usize, Outcome)>,
    ) {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let mut state = self.state();
        state.waiting.extend(deliveries);
        let count = if state.workers.is_empty() { state.waiting.len().min(connections) } else { 0 };
        for _ in 0..count {
            let worker = NUMBER.fetch_add(1, Ordering::Relaxed);
            let (lane, outcomes) = (Arc::clone(self), outcomes.clone());
            // It waits for the lock of this state.
            if thread::Builder::new().spawn(move || lane.work(worker, &outcomes)).is_ok() {
                state.workers.insert(worker, None);
            }
        }
    }

    /// Sends what waits on this thread, if the system allows no more threads.
    pub(super) fn work_here(&self, outcomes: &Sender<(usize, Outcome)>) {
        let worker = usize::MAX;
        let is_stuck = {
            let mut state = self.state();
            let is_stuck = state.workers.is_empty() && !state.waiting.is_empty();
            if is_stuck {
                state.workers.insert(worker, None);
            }
            is_stuck
        };
        if is_stuck {
            self.work(worker, outcomes);
        }
    }

    fn work(&self, worker: usize, outcomes: &Sender<(usize, Outcome)>) {
        let mut client = None;
        while let Some(delivery) = self.next(worker) {
            let (index, mut lost) = (delivery.index, self.outcome(&delivery.request));
            lost.error = Some(Failure::Internal.to_string());
            // A panic costs this delivery alone. It is recorded, so it can be resent.
            let deliver = AssertUnwindSafe(|| attempts::deliver(delivery, self, worker, &mut client));
            let outcome = catch_unwind(deliver).unwrap_or(lost);
            // After the deadline, the receiver is gone and the outcome is no longer needed.
            let _ = outcomes.send((index, outcome));
        }
    }

    fn next(&self, worker: usize) -> Option<Delivery> {
        let mut state = self.state();
        if !state.workers.contains_key(&worker) {
            return None;
        }
        let next = state.waiting.pop_front();
        if next.is_none() {
            state.workers.remove(&worker);
        }
        state.begin_turn(self.shared.options.time.end());
        next
    }

    /// A connection for this worker.
    pub(super) fn connect(&self, worker: usize) -> Result<Client, Failure> {
        let Shared { options, system, .. } = &*self.shared;
        let target = || Target::new(&self.endpoint, &options.trust, &system.environment).map(Arc::new);
        let client = Client::new(self.target.get_or_init(target).as_ref().map_err(Clone::clone)?);
        if let Some(handle) = self.state().workers.get_mut(&worker) {
            *handle = Some(client.abort_handle());
        }
        Ok(client)
    }

    /// The time that is left for what is sent now.
    pub(super) fn remaining(&self, now: Instant) -> Duration {
        let remaining = self.shared.options.time.remaining(now);
        let turn_end = self.state().turn_end;
        turn_end.map_or(remaining, |end| remaining.min(end.saturating_duration_since(now)))
    }

    /// Shares the time anew, because the limit has changed.
    pub(super) fn restart_turn(&self) {
        self.state().begin_turn(self.shared.options.time.end());
    }

    /// Ends what has had its turn and more.
    pub(super) fn end_turn(&self, now: Instant) {
        let mut state = self.state();
        if state.turn_end.is_some_and(|end| end <= now) {
            abort(&mut state);
        }
    }

    /// Ends what is under way, and takes back what has had no turn.
    pub(super) fn end(&self) -> Vec<Delivery> {
        let mut state = self.state();
        abort(&mut state);
        state.waiting.drain(..).collect()
    }

    /// No longer waits for what is under way.
    pub(super) fn abandon(&self) {
        self.state().workers.clear();
    }

    /// The outcome of a request that has not been sent.
    pub(super) fn outcome(&self, request: &Request) -> Outcome {
        Outcome {
            endpoint: Arc::clone(&self.name),
            event: Arc::clone(&request.content.event),
            event_id: Arc::clone(&request.content.event_id),
            delivery: Arc::clone(&request.id),
            status: DeliveryStatus::Failed,
            response_code: None,
            attempts: 0,
            duration_ms: 0,
            error: None,
            history: Vec::new(),
            response: None,
            unrecorded: None,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn abort(state: &mut State) {
    state.workers.values_mut().filter_map(Option::take).for_each(AbortHandle::abort);
}
