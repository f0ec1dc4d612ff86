//! The lane of an endpoint: the requests that wait to be sent there, and the few threads that send them. Connections do not grow with the
//! number of events, and a slow or broken endpoint does not hold up the others.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
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

/// The longest attempt at an endpoint that was too slow for the event before, and the time that is kept for the next batch.
pub(super) const SHORT_TIMEOUT: Duration = Duration::from_secs(2);
/// In place of a worker's number: the thread of the command, where the system allows no more threads. A receiver that hangs
/// would hold up everything, so there are only short attempts.
pub(super) const THIS_THREAD: usize = usize::MAX;
/// A pause that ends after every deadline.
const ENDLESS: Duration = Duration::from_secs(365 * 86_400);

/// A request that is being sent, or waits.
pub(super) struct Delivery {
    /// Its place among the outcomes.
    pub(super) index: usize,
    /// The batch that it was added in. The next one begins when all of this one have ended.
    pub(super) batch: usize,
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
    /// The workers. Each has a connection, once it needs one.
    workers: BTreeMap<usize, Option<AbortHandle>>,
    /// Those of them that send something at this moment.
    busy: BTreeSet<usize>,
    /// The batch that is under way.
    batch: usize,
    /// The most workers at once.
    connections: usize,
    /// When the last requests of this batch must end, so that the next batch has a short attempt.
    turn_end: Option<Instant>,
    /// When the pause ends that the receiver has asked for.
    pause_end: Option<Instant>,
}

impl State {
    fn begin_turn(&mut self, end: Option<Instant>) {
        let now = Instant::now();
        let others_follow = self.waiting.front().is_some_and(|delivery| delivery.batch != self.batch);
        let turn_end = |end: Instant| now + first_turn(end.saturating_duration_since(now));
        self.turn_end = end.filter(|_| others_follow).map(turn_end);
    }
}

/// The part of the time that a batch may take if another one waits behind it.
pub(super) fn first_turn(time: Duration) -> Duration {
    time.saturating_sub(SHORT_TIMEOUT).max(time / 2)
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

    /// Sends this batch, up to `connections` at once, after the one that is under way.
    pub(super) fn add(
        self: &Arc<Self>,
        deliveries: Vec<Delivery>,
        connections: usize,
        outcomes: &Sender<(usize, Outcome)>,
    ) {
        let mut state = self.state();
        let batch = deliveries.first().map(|delivery| delivery.batch);
        state.waiting.extend(deliveries);
        state.connections = connections;
        if state.workers.is_empty() {
            state.batch = batch.unwrap_or_default();
            self.start_workers(&mut state, outcomes);
        }
    }

    /// Starts as many workers as requests of this batch wait and connections are allowed.
    fn start_workers(self: &Arc<Self>, state: &mut State, outcomes: &Sender<(usize, Outcome)>) {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let free = state.connections.saturating_sub(state.workers.len());
        let waiting = state.waiting.iter().take_while(|delivery| delivery.batch == state.batch);
        for _ in 0..waiting.take(free).count() {
            let worker = NUMBER.fetch_add(1, Ordering::Relaxed);
            let (lane, outcomes) = (Arc::clone(self), outcomes.clone());
            // It waits for the lock of this state.
            if thread::Builder::new().spawn(move || lane.work(worker, &outcomes)).is_ok() {
                state.workers.insert(worker, None);
            }
        }
    }

    /// Sends, on this thread, the requests that wait, if the system allows no more threads.
    pub(super) fn work_here(self: &Arc<Self>, outcomes: &Sender<(usize, Outcome)>) {
        let is_stuck = {
            let mut state = self.state();
            let is_stuck = state.workers.is_empty() && !state.waiting.is_empty();
            if is_stuck {
                state.workers.insert(THIS_THREAD, None);
            }
            is_stuck
        };
        if is_stuck {
            self.work(THIS_THREAD, outcomes);
        }
    }

    fn work(self: &Arc<Self>, worker: usize, outcomes: &Sender<(usize, Outcome)>) {
        let mut client = None;
        while let Some(delivery) = self.next(worker, outcomes) {
            let (index, mut lost) = (delivery.index, self.outcome(&delivery.request));
            lost.error = Some(Failure::Internal.to_string());
            // A panic costs this delivery alone. It is recorded, so it can be resent.
            let deliver = AssertUnwindSafe(|| attempts::deliver(delivery, self, worker, &mut client));
            let outcome = catch_unwind(deliver).unwrap_or(lost);
            // After the deadline, no one may read the channel.
            let _ = outcomes.send((index, outcome));
        }
    }

    fn next(self: &Arc<Self>, worker: usize, outcomes: &Sender<(usize, Outcome)>) -> Option<Delivery> {
        let mut state = self.state();
        if !state.workers.contains_key(&worker) {
            return None;
        }
        state.busy.remove(&worker);
        let batch = state.waiting.front().map(|delivery| delivery.batch);
        // The last worker of a batch begins the next one.
        let Some(batch) = batch.filter(|batch| *batch == state.batch || state.busy.is_empty()) else {
            state.workers.remove(&worker);
            return None;
        };
        state.batch = batch;
        state.busy.insert(worker);
        let next = state.waiting.pop_front();
        self.start_workers(&mut state, outcomes);
        state.begin_turn(self.shared.options.time.end());
        next
    }

    /// A client for this worker, which connects when it is used.
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

    /// Whether the request that is under way must leave time to another.
    pub(super) fn is_shared(&self) -> bool {
        self.state().turn_end.is_some()
    }

    /// The receiver has asked for a pause.
    pub(super) fn pause(&self, pause: Duration) {
        let mut state = self.state();
        let end = Instant::now() + pause.min(ENDLESS);
        state.pause_end = Some(state.pause_end.map_or(end, |known| known.max(end)));
    }

    /// How long the receiver wants to be left alone.
    pub(super) fn pause_left(&self, now: Instant) -> Duration {
        self.state().pause_end.map_or(Duration::ZERO, |end| end.saturating_duration_since(now))
    }

    /// Shares the time anew, in case the limit has changed.
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
        let mut state = self.state();
        state.workers.clear();
        state.busy.clear();
    }

    /// The outcome of a request that has not been sent.
    pub(super) fn outcome(&self, request: &Request) -> Outcome {
        Outcome {
            endpoint: Arc::clone(&self.name),
            event: Arc::clone(&request.content.event),
            subject: request.content.subject.clone(),
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
