//! Outputs of the step, for later steps of the job on CIs that have them.

use anyhow::Result;
use serde_json::json;

use crate::delivery::Outcome;
use crate::event::Event;
use crate::report::{CiLog, Console};
use crate::state::StateFolder;
use crate::system::System;

/// The outputs of the step so far. A command may send its events one after the other.
#[derive(Debug, Default)]
pub(super) struct Outputs {
    event_ids: Vec<String>,
    build_ids: Vec<String>,
    builds: Vec<String>,
    responses: Vec<String>,
    delivered: usize,
}

impl Outputs {
    /// Adds events and what became of them, and sets the outputs. Several events or builds make several lines.
    pub(super) fn add(
        &mut self,
        events: &[Event],
        outcomes: &[Outcome],
        state: &StateFolder,
        system: &System,
        console: &mut Console,
    ) -> Result<()> {
        let log = CiLog::detect(system);
        if !log.has_outputs() {
            return Ok(());
        }
        self.event_ids.extend(events.iter().map(|event| event.id.to_string()));
        for build in events.iter().filter_map(Event::sent_build) {
            self.build_ids.push(build.id().to_owned());
            self.builds.push(serde_json::to_string(build)?);
        }
        self.responses.extend(outcomes.iter().map(response));
        self.delivered += outcomes.iter().filter(|outcome| outcome.is_delivered()).count();
        let mut values = vec![
            ("event-id", self.event_ids.join("\n")),
            ("delivered", self.delivered.to_string()),
            ("failed", (self.responses.len() - self.delivered).to_string()),
            ("response", self.responses.join("\n")),
        ];
        values.extend(state.path().map(|path| ("state-dir", path.display().to_string())));
        if !self.builds.is_empty() {
            values.push(("build-id", self.build_ids.join("\n")));
            values.push(("build", self.builds.join("\n")));
        }
        let delimiter = format!("buildhook-{}", system.new_id(system.now())?);
        log.outputs(&values, &delimiter, console);
        Ok(())
    }
}

/// The answer to one delivery, one line of JSON.
fn response(outcome: &Outcome) -> String {
    let Outcome { endpoint, event, response_code, response, .. } = outcome;
    json!({ "endpoint": endpoint, "event": event, "status": response_code, "body": response }).to_string()
}
