//! `run`: sends `build/triggered`, runs a command, and sends `build/finished` with its result.

mod command;
mod signals;

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::Result;

use crate::ci::BuildStatus;
use crate::cli::SendFlags;
use crate::event::{Event, EventDetails};
use crate::exit_code::ExitCode;
use crate::ids::Scope;
use crate::session::{Sender, Session, artifacts, kept_builds};
use crate::settings::ArtifactOptions;
use signals::SignalForwarder;

/// Returns the command's exit code, whatever happens to the events: a receiver that is down must not fail a good build.
pub(super) fn run(
    command: &[OsString],
    artifacts: &[PathBuf],
    session: Session,
    flags: SendFlags,
) -> Result<ExitCode> {
    let mut sender = session.into_sender(Scope::Job, flags)?;
    let options = ArtifactOptions::read(sender.session.settings.raw())?;
    // Started before the first event is sent, so that a build that was announced also finishes.
    let signals = SignalForwarder::start()?;
    let triggered = sender.event(EventDetails::Triggered)?;
    let started_at = triggered.time;
    sender.save_start(&triggered);
    let announced = sender.send(&[triggered]);
    if flags.dry_run {
        announced?;
        sender.session.console.notice("dry run: not running the command; showing a successful result");
        let finished = sender.event(EventDetails::Finished(BuildStatus::Success))?;
        return sender.send(&[finished]);
    }
    log_error(announced, &mut sender);

    let (exit_code, status) = command::run(command, &signals, sender.session.console);
    let status = if signals.was_interrupted() { BuildStatus::Aborted } else { status };
    let mut events = Vec::new();
    if status == BuildStatus::Success && !artifacts.is_empty() {
        let created = create(&options, artifacts, &mut sender);
        events.extend(log_error(created, &mut sender).unwrap_or_default());
    }
    let mut finished = sender.event(EventDetails::Finished(status))?;
    finished.source.started_at = Some(started_at);
    events.push(finished);
    let sent = sender.send(&events);
    log_error(sent, &mut sender);
    Ok(exit_code)
}

/// The events of the artifacts' builds, which are kept.
fn create(options: &ArtifactOptions, artifacts: &[PathBuf], sender: &mut Sender) -> Result<Vec<Event>> {
    let builds = artifacts::builds(options, artifacts, sender)?;
    let events = sender.created(builds)?;
    kept_builds::keep(&events, sender)?;
    Ok(events)
}

/// Logs an error that must not end the build.
fn log_error<T>(result: Result<T>, sender: &mut Sender) -> Option<T> {
    result.inspect_err(|error| sender.session.console.error(&format!("{error:#}"))).ok()
}
