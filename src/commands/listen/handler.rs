//! Answers requests and reports them to the main thread, which prints.

use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::line::{Forwarded, Request};
use crate::cli::Respond;
use crate::delivery::Forwarder;
use crate::receive::{Answer, DEFAULT_TOLERANCE, Handler, Key, Received, ReceivedEvent, check};
use crate::settings::NamedSecret;

/// Longer than the time that senders give one attempt by default.
const LATE: Duration = Duration::from_secs(15);

/// What the main thread prints.
pub(super) enum Message {
    /// A request that was answered.
    Request(Box<Request>),
    /// One that was refused, or broke off.
    Refused(String),
    /// The end.
    End,
}

/// Answers requests.
pub(super) struct Listener {
    pub(super) secrets: Vec<NamedSecret>,
    pub(super) respond: Respond,
    pub(super) forward: Option<Forwarder>,
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
        let forwarded = self.forward.as_ref().map(|forward| {
            let start = Instant::now();
            let result = forward.post(&received.headers, &received.body);
            Forwarded { result, duration: start.elapsed() }
        });
        let answer = match &forwarded {
            Some(Forwarded { result: Ok((status, body)), .. }) => {
                Answer::Status(*status, body.clone().into_bytes())
            }
            Some(Forwarded { result: Err(_), .. }) => Answer::status(502),
            None => match self.respond {
                Respond::Status(status) => Answer::status(status),
                Respond::Slow => Answer::Late(LATE),
                Respond::Reset => Answer::Reset,
            },
        };
        let event = ReceivedEvent::of(&received);
        let size = received.body.len();
        if !self.keeps_content {
            received = received.without_content();
        }
        let is_verified = !self.secrets.is_empty();
        let request = Request {
            time,
            received,
            size,
            event,
            signatures,
            is_verified,
            answer: answer.clone(),
            forwarded,
        };
        // When the command ends, nobody listens.
        let _ = self.messages.send(Message::Request(Box::new(request)));
        answer
    }

    fn refused(&self, reason: &str) {
        let _ = self.messages.send(Message::Refused(reason.to_owned()));
    }
}
