//! `run`: a build that is one command, from its start to its end.

mod signals;

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus};

use anyhow::Result;

use signals::{SignalForwarder, killed_by};

use crate::ci::BuildStatus;
use crate::cli::SendFlags;
use crate::event::EventDetails;
use crate::exit_code::ExitCode;
use crate::ids::Scope;
use crate::report::Console;
use crate::session::builds;
use crate::session::dispatch::Dispatch;
use crate::settings::{ArtifactOptions, Settings};
use crate::system::System;

/// What a shell's exit code is for a command that is not there, and for one that cannot be run.
const NOT_FOUND: u8 = 127;
const NOT_RUNNABLE: u8 = 126;

/// Ends with the command's own exit code, whatever becomes of the events: a receiver that is down must not turn
/// a good build into a bad one.
pub(super) fn run(
    command: &[OsString],
    artifacts: &[PathBuf],
    settings: Settings,
    send: SendFlags,
    system: &System,
    console: &mut Console,
) -> Result<ExitCode> {
    let dispatch = Dispatch::prepare(settings, Scope::Job, send, system, console)?;
    let options = ArtifactOptions::read(dispatch.settings.raw())?;
    // Signals are taken before the first event goes out, so that a build which was announced also ends.
    let signals = SignalForwarder::start()?;
    let triggered = dispatch.event(EventDetails::Triggered)?;
    let started_at = triggered.time;
    dispatch.save_start(&triggered, console);
    let announced = dispatch.send(&[triggered], console);
    if send.dry_run {
        console.notice("dry run: the command is not run; below is its success");
        let finished = dispatch.event(EventDetails::Finished(BuildStatus::Success))?;
        return dispatch.send(&[finished], console);
    }
    tell_error(announced, console);

    let (code, status) = match spawn(command).and_then(|child| signals.wait(child)) {
        Ok(status) => ended(status),
        Err(error) => {
            let name = command.first().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            console.error(&format!("cannot run {name}: {error}"));
            let code = if error.kind() == io::ErrorKind::NotFound { NOT_FOUND } else { NOT_RUNNABLE };
            (code, BuildStatus::Failed)
        }
    };
    let status = if signals.was_interrupted() { BuildStatus::Aborted } else { status };
    let mut events = Vec::new();
    if status == BuildStatus::Success && !artifacts.is_empty() {
        match options.events(artifacts, &dispatch, console) {
            Ok(created) => events = created,
            Err(error) => console.error(&format!("{error:#}")),
        }
        tell_error(builds::keep(&events, &dispatch, console), console);
    }
    let mut finished = dispatch.event(EventDetails::Finished(status))?;
    finished.source.started_at = Some(started_at);
    events.push(finished);
    tell_error(dispatch.send(&events, console), console);
    Ok(ExitCode::Command(code))
}

/// The build goes on whatever becomes of its events.
fn tell_error<T>(sent: Result<T>, console: &mut Console) {
    if let Err(error) = sent {
        console.error(&format!("{error:#}"));
    }
}

fn spawn(command: &[OsString]) -> io::Result<Child> {
    let (program, arguments) = command.split_first().ok_or(io::ErrorKind::InvalidInput)?;
    Command::new(program).args(arguments).spawn()
}

/// The exit code to end with, and the result to report. A command that died of a signal has a shell's exit code
/// for it, 128 and the signal's number.
fn ended(status: ExitStatus) -> (u8, BuildStatus) {
    if let Some((signal, status)) = killed_by(status) {
        return (128u8.saturating_add(signal), status);
    }
    // On Windows a code may be larger than a byte: what is lost must not turn a failure into success.
    match status.code() {
        Some(0) => (0, BuildStatus::Success),
        Some(code) => (u8::try_from(code).unwrap_or(1).max(1), BuildStatus::Failed),
        None => (1, BuildStatus::Failed),
    }
}
