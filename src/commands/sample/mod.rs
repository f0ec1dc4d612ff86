//! `sample`: a realistic example of an event, before any pipeline runs.

mod app;
mod case;
mod pipeline;

use std::sync::Arc;

use anyhow::Result;
use serde_json::Value;

use crate::cli::{SampleArgs, SendFlags};
use crate::event::{Event, EventDetails, EventSource, ReleaseDetails};
use crate::event_name::EventName;
use crate::exit_code::ExitCode;
use crate::format::{self, FormatChoice, Strictness};
use crate::ids::Ids;
use crate::job_result::{JobResult, Jobs};
use crate::session::{Detected, Sender, Session};
use crate::state::Access;
use case::Choice;

const STREAM: &str = "betas";
const LABEL: &str = "approved";

pub(super) fn sample(args: &SampleArgs, session: Session) -> Result<ExitCode> {
    let choice = Choice::new(&args.case);
    let legs = if choice.is_matrix { &pipeline::LEGS[..] } else { &pipeline::LEGS[..1] };
    let events: Vec<Event> =
        legs.iter().map(|leg| event(args.event, choice, leg, &session)).collect::<Result<_>>()?;
    if args.send || args.flags.dry_run {
        send(&events, session, args.flags)
    } else {
        print(&events, args, session)
    }
}

fn print(events: &[Event], args: &SampleArgs, session: Session) -> Result<ExitCode> {
    let strict = session.settings.general.strict;
    let strictness = if strict { Strictness::Strict } else { Strictness::Extended };
    for event in events {
        let payload =
            format::render(event, args.event, args.format.unwrap_or(FormatChoice::Native), strictness)?;
        let value: Value = serde_json::from_str(&payload.json)?;
        session.console.print_json(&serde_json::to_string_pretty(&value)?);
    }
    Ok(ExitCode::Success)
}

fn send(events: &[Event], mut session: Session, flags: SendFlags) -> Result<ExitCode> {
    session.settings.require_endpoints()?;
    session.report_disabled_endpoints();
    let Some(first) = events.first() else { return Ok(ExitCode::Success) };
    let access = if flags.dry_run { Access::Existing } else { Access::Write };
    let state = session.state_folder_for(access);
    let EventSource { context, ids, .. } = (*first.source).clone();
    Sender::new(session, Detected::new(context, ids, state), flags).send(events)
}

/// An event of a build in which everything is known.
fn event(name: EventName, choice: Choice, leg: &str, session: &Session) -> Result<Event> {
    let system = session.system;
    let time = system.now();
    let context = pipeline::context(choice, leg, system);
    let general = &session.settings.general;
    let ids = Ids::new(&context, general.scope, &session.settings.ids);
    let mut fields = general.fields.clone().unwrap_or_default().values;
    // So that no receiver takes it for real.
    fields.insert("sample".to_owned(), Value::from(true));
    let jobs =
        [("lint", JobResult::Success), ("build", result_of_job(choice)), ("deploy", JobResult::Skipped)];
    let jobs = jobs.map(|(name, result)| (name.to_owned(), result));
    let jobs = (name == EventName::BuildFinished).then(|| Jobs(jobs.into()));
    let source = EventSource { context, ids, started_at: Some(pipeline::started_at(time)), fields, jobs };
    let details = details(name, choice, &source, time)?;
    let (id, stream_id) = (system.new_id(time)?, system.new_id(time)?);
    Ok(Event { id, stream_id, time, source: Arc::new(source), details })
}

fn details(
    name: EventName,
    choice: Choice,
    source: &EventSource,
    time: jiff::Timestamp,
) -> Result<EventDetails> {
    let build = app::build(choice.is_ipa, STREAM, &source.ids, time);
    let sent = format::render_build(&build, source, time)?;
    Ok(match name {
        EventName::Ping => EventDetails::Ping,
        EventName::BuildTriggered => EventDetails::Triggered,
        EventName::BuildFinished => EventDetails::Finished(choice.status),
        EventName::BuildCreated | EventName::BuildCreatedStream => {
            EventDetails::Created { build: Box::new(build), sent }
        }
        EventName::BuildMoved | EventName::BuildMovedStream => {
            let build = format::moved(sent, STREAM, &source.ids, time)?;
            EventDetails::Moved { build, stream: STREAM.to_owned() }
        }
        EventName::BuildLabelAdded => {
            let build = format::labeled(sent, LABEL, &source.ids, time)?;
            EventDetails::Labeled { build, label: LABEL.to_owned() }
        }
        EventName::ReleaseCreated | EventName::ReleaseUpdated => {
            EventDetails::Released(Box::new(ReleaseDetails {
                is_new: name == EventName::ReleaseCreated,
                version: build.artifact.details.version.clone().unwrap_or_default(),
                title: Some("Dark mode".to_owned()),
                notes: Some("# 1.4.0\n\n- A dark mode".to_owned()),
                labels: vec![LABEL.to_owned()],
                builds: vec![sent],
                created_at: time,
            }))
        }
    })
}

fn result_of_job(choice: Choice) -> JobResult {
    JobResult::parse(&choice.status.to_string()).unwrap_or(JobResult::Success)
}
