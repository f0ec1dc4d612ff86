//! Answers requests and reports them to the main thread, which prints.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::folder::Folder;
use super::request::{Forwarded, Request};
use crate::cli::Respond;
use crate::delivery::{ForwardedResponse, Forwarder};
use crate::receive::{
    Answer, DEFAULT_TOLERANCE, Handler, Key, Received, ReceivedEvent, Response, check, has_json,
};
use crate::settings::NamedSecret;

/// Longer than the time that senders give one attempt by default.
const LATE: Duration = Duration::from_secs(15);

/// How much of a body is shown, in bytes.
const MAX_SHOWN_BYTES: usize = 1 << 20;

/// A message for the main thread, which prints it.
pub(super) enum Message {
    /// A request that was answered.
    Request(Box<Request>),
    /// One that was refused, or broke off.
    Refused(Timestamp, String),
    /// A request that could not be saved.
    NotSaved(String),
    /// The end.
    End,
}

/// Answers requests.
pub(super) struct Listener {
    pub(super) secrets: Vec<NamedSecret>,
    pub(super) respond: Respond,
    pub(super) forward: Option<Forwarder>,
    /// The number of requests that are being forwarded.
    pub(super) under_way: Arc<AtomicUsize>,
    /// Where requests are saved.
    pub(super) folder: Option<Folder>,
    /// Whether headers and bodies are shown.
    pub(super) keeps_content: bool,
    pub(super) clock: fn() -> Timestamp,
    pub(super) messages: SyncSender<Message>,
}

impl Handler for Listener {
    fn answer(&self, mut received: Received) -> Answer {
        let time = (self.clock)();
        let keys: Vec<Key> = self.secrets.iter().map(Key::from).collect();
        let signatures = check(&received, &keys, Some(DEFAULT_TOLERANCE), time);
        let event = ReceivedEvent::new(&received);
        let saved = self.folder.as_ref().map(|folder| folder.save(&received, event.event.as_deref()));
        let saved = saved.and_then(|saved| {
            let failed = |error: &io::Error| {
                let _ = self.messages.send(Message::NotSaved(error.to_string()));
            };
            saved.inspect_err(failed).ok()
        });
        let forwarded = self.forward.as_ref().map(|forward| {
            self.under_way.fetch_add(1, Ordering::Relaxed);
            let start = Instant::now();
            let result = forward.post(&received.headers, &received.body);
            Forwarded { result, duration: start.elapsed() }
        });
        let answer = match &forwarded {
            Some(Forwarded { result: Ok(ForwardedResponse { status, headers, body }), .. }) => {
                let body = body.clone().into_bytes();
                Answer::Response(Response { status: *status, headers: headers.clone(), body })
            }
            Some(Forwarded { result: Err(_), .. }) => Answer::status(502),
            None => match self.respond {
                Respond::Status(status) => Answer::status(status),
                Respond::Slow => Answer::Late(LATE),
                Respond::Reset => Answer::Reset,
            },
        };
        let is_json = has_json(&received);
        let size = received.body.len();
        match self.keeps_content {
            true => received.shrink_body(MAX_SHOWN_BYTES),
            false => received = received.without_content(),
        }
        let is_verified = !self.secrets.is_empty();
        let request = Request {
            time,
            received,
            size,
            is_json,
            event,
            saved,
            signatures,
            is_verified,
            answer: answer.clone(),
            forwarded,
        };
        // When the command ends, no one receives messages.
        let is_forwarded = request.forwarded.is_some();
        let _ = self.messages.send(Message::Request(Box::new(request)));
        if is_forwarded {
            self.under_way.fetch_sub(1, Ordering::Relaxed);
        }
        answer
    }

    fn refused(&self, reason: &str) {
        let _ = self.messages.send(Message::Refused((self.clock)(), reason.to_owned()));
    }
}
