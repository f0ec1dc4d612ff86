//! Outputs of the step, for later steps of the job on CIs that have them.

use anyhow::Result;
use serde_json::json;

use crate::delivery::Outcome;
use crate::event::Event;
use crate::report::{CiLog, Console};
use crate::sent_build::SentBuild;
use crate::state::StateFolder;
use crate::system::System;

/// Sets the outputs. Several events or builds make several lines.
pub(super) fn set(
    events: &[Event],
    outcomes: &[Outcome],
    state: &StateFolder,
    system: &System,
    console: &mut Console,
) -> Result<()> {
    let delivered = outcomes.iter().filter(|outcome| outcome.is_delivered()).count();
    let mut values = vec![
        ("event-id", lines(events.iter().map(|event| event.id.to_string()))),
        ("delivered", delivered.to_string()),
        ("failed", (outcomes.len() - delivered).to_string()),
        ("response", lines(outcomes.iter().map(response))),
    ];
    values.extend(state.path().map(|path| ("state-dir", path.display().to_string())));
    let builds: Vec<&SentBuild> = events.iter().filter_map(Event::sent_build).collect();
    if !builds.is_empty() {
        let json: Vec<String> = builds.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
        values.push(("build-id", lines(builds.iter().map(|build| build.id().to_owned()))));
        values.push(("build", lines(json)));
    }
    let delimiter = format!("buildhook-{}", system.new_id(system.now())?);
    CiLog::detect(system).outputs(&values, &delimiter, console);
    Ok(())
}

/// The answer to one delivery, one line of JSON.
fn response(outcome: &Outcome) -> String {
    let Outcome { endpoint, event, response_code, response, .. } = outcome;
    json!({ "endpoint": endpoint, "event": event, "status": response_code, "body": response }).to_string()
}

fn lines(values: impl IntoIterator<Item = String>) -> String {
    values.into_iter().collect::<Vec<_>>().join("\n")
}
