//! `sample`: a realistic example of an event, before any pipeline runs.

mod app;
mod case;
mod pipeline;

use std::sync::Arc;

use anyhow::Result;
use serde_json::Value;

use crate::cli::SampleArgs;
use crate::event::{Event, EventDetails, EventSource, ReleaseDetails};
use crate::event_name::EventName;
use crate::exit_code::ExitCode;
use crate::format::{self, FormatChoice, Strictness};
use crate::ids::{IdOverrides, Ids};
use crate::job_result::{JobResult, Jobs};
use crate::report::Console;
use crate::session::{Detected, Sender, Session};
use crate::settings::{General, IdSettings, RawSettings};
use crate::state::StateFolder;
use crate::system::System;
use case::Choice;

const STREAM: &str = "betas";
const LABEL: &str = "approved";

/// What events are made with.
#[derive(Clone, Copy)]
struct Maker<'a> {
    general: &'a General,
    ids: &'a IdOverrides,
    system: &'a System,
}

pub(super) fn sample(
    args: &SampleArgs,
    flags: RawSettings,
    system: &System,
    console: &mut Console,
) -> Result<ExitCode> {
    let choice = Choice::new(&args.case)?;
    if args.send || args.flags.dry_run {
        send(args, choice, Session::open(flags, false, system, console)?)
    } else {
        print(args, choice, &flags, system, console)
    }
}

/// Prints the events. Endpoints are not read: those who write a receiver may have none, and a mistake in theirs does not matter here.
fn print(
    args: &SampleArgs,
    choice: Choice,
    flags: &RawSettings,
    system: &System,
    console: &mut Console,
) -> Result<ExitCode> {
    let (general, ids) = (General::read(flags)?, IdSettings::read(flags)?.into());
    let strictness = Strictness::new(general.strict);
    for event in events(args.event, choice, Maker { general: &general, ids: &ids, system })? {
        let format = args.format.unwrap_or(FormatChoice::Native);
        let payload = format::render(&event, args.event, format, strictness)?;
        if args.flags.json {
            console.print_json(&payload.json);
        } else {
            let value: Value = serde_json::from_str(&payload.json)?;
            console.print_json(&serde_json::to_string_pretty(&value)?);
        }
    }
    Ok(ExitCode::Success)
}

fn send(args: &SampleArgs, choice: Choice, mut session: Session) -> Result<ExitCode> {
    session.settings.require_endpoints()?;
    session.report_disabled_endpoints();
    let settings = &session.settings;
    let maker = Maker { general: &settings.general, ids: &settings.ids, system: session.system };
    let events = events(args.event, choice, maker)?;
    let Some(first) = events.first() else { return Ok(ExitCode::Success) };
    let others = settings.endpoints.iter().any(|endpoint| endpoint.only_stream.as_deref() != Some(STREAM));
    if args.event != first.name() && others {
        session.console.notice(&format!(
            "{} goes to endpoints with `only_stream = \"{STREAM}\"`; those without `only_stream` get {}",
            args.event,
            first.name()
        ));
    }
    let EventSource { context, ids, .. } = (*first.source).clone();
    let detected = Detected::new(context, ids, StateFolder::none());
    Sender::new(session, detected, args.flags).send_unrecorded(&events)
}

/// One event, or one for each job of the matrix.
fn events(name: EventName, choice: Choice, maker: Maker) -> Result<Vec<Event>> {
    let legs = if choice.is_matrix { &pipeline::LEGS[..] } else { &pipeline::LEGS[..1] };
    legs.iter().map(|leg| event(name, choice, leg, maker)).collect()
}

/// An event of a build in which everything is known.
fn event(name: EventName, choice: Choice, leg: &str, maker: Maker) -> Result<Event> {
    let Maker { general, ids, system } = maker;
    let time = system.now();
    let context = pipeline::context(choice, leg, system);
    let ids = Ids::new(&context, general.scope, ids);
    let mut fields = general.fields.clone().unwrap_or_default().values;
    // So that no receiver takes it for real.
    fields.insert("sample".to_owned(), Value::from(true));
    let jobs =
        [("lint", JobResult::Success), ("build", result_of_job(choice)), ("deploy", JobResult::Skipped)];
    let jobs = jobs.map(|(name, result)| (name.to_owned(), result));
    let jobs = (name == EventName::BuildFinished).then(|| Jobs(jobs.into()));
    let source = EventSource { context, ids, started_at: Some(pipeline::started_at(time)), fields, jobs };
    let details = details(name, choice, &source, time)?;
    Ok(Event::new(system, time, Arc::new(source), details)?)
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
