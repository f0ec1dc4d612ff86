//! Turns events into requests: which endpoints want them, and in which form.

use std::sync::Arc;

use anyhow::Result;

use super::filters::wanted_name;
use super::{Sender, Session};
use crate::delivery::{Content, Request};
use crate::event::Event;
use crate::event_name::EventName;
use crate::format::{self, FormatChoice, Strictness};
use crate::settings::{Encoding, Endpoint};

/// How many reasons why nothing is sent are worth a line each.
const MAX_REASONS: usize = 3;

impl Sender<'_> {
    /// The requests for these events, each to every endpoint that wants it. Logs why, if there are none.
    pub(super) fn all_requests(&mut self, events: &[Event]) -> Result<Vec<Request>> {
        let endpoints: Vec<Arc<Endpoint>> =
            self.session.settings.endpoints.iter().cloned().map(Arc::new).collect();
        let (mut requests, mut reasons) = (Vec::new(), Vec::new());
        for event in events {
            requests.extend(self.requests(event, &endpoints, &mut reasons)?);
        }
        if requests.is_empty() && self.session.settings.empty_urls.is_empty() {
            let console = &mut self.session.console;
            if reasons.len() > MAX_REASONS {
                console
                    .notice("no endpoint wants this event; nothing is sent; the log level `debug` shows why");
            } else {
                reasons.iter().for_each(|reason| console.notice(&format!("{reason}; nothing is sent")));
            }
        }
        Ok(requests)
    }

    /// A request to each endpoint that wants the event. Endpoints that want the same form share its content. Adds why the
    /// others do not to `reasons`, each reason once.
    fn requests(
        &mut self,
        event: &Event,
        endpoints: &[Arc<Endpoint>],
        reasons: &mut Vec<String>,
    ) -> Result<Vec<Request>> {
        let Session { settings, system, console, .. } = &mut self.session;
        let (mut requests, mut contents) = (Vec::new(), Vec::new());
        for endpoint in endpoints {
            let name = match wanted_name(endpoint, event) {
                Ok(name) => name,
                Err(reason) => {
                    let reason = format!("{}: {reason}", endpoint.name);
                    console.debug(&format!("{reason}; {} is not sent", event.name()));
                    if !reasons.contains(&reason) {
                        reasons.push(reason);
                    }
                    continue;
                }
            };
            let strictness = Strictness::new(endpoint.is_strict(&settings.general));
            let form = (name, endpoint.format, strictness, endpoint.encoding);
            let content = match contents.iter().find(|(known, _)| *known == form) {
                Some((_, content)) => Arc::clone(content),
                None => match content(event, form) {
                    Ok(content) => content,
                    // It costs this endpoint alone.
                    Err(error) => {
                        console.error(&format!("{}: cannot write {name}: {error:#}", endpoint.name));
                        self.is_incomplete = true;
                        continue;
                    }
                },
            };
            contents.push((form, Arc::clone(&content)));
            let delivery_id = system.new_id(system.now())?.to_string();
            requests.push(Request::new(&delivery_id, content, Arc::clone(endpoint)));
        }
        Ok(requests)
    }
}

/// An event's name, format and so on, on which its body depends.
type Form = (EventName, FormatChoice, Strictness, Encoding);

fn content(event: &Event, (name, format, strictness, encoding): Form) -> Result<Arc<Content>> {
    let payload = format::render(event, name, format, strictness)?;
    Content::new(event, payload, encoding).map(Arc::new)
}
