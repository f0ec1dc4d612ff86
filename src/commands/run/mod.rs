//! `run`: sends `build/triggered`, runs a command, and sends `build/finished` with its result.
//!
//! The command starts before anything of ours that can fail, and its exit code is ours whatever happens to
//! the events: a receiver that is down must not fail a good build.

mod command;
mod environment;
mod events;
mod reporter;
mod signals;
mod supervisor;

use std::ffi::OsString;

use anyhow::Result;

use crate::cli::SendFlags;
use crate::exit_code::ExitCode;
use crate::report::Console;
use crate::session::{self, Artifacts, caught};
use crate::settings::{Mistake, RawSettings, Settings};
use crate::system::System;
use events::Events;
use reporter::Reporter;
use signals::Signals;
use supervisor::Supervisor;

/// Fails only where nothing was run: in a dry run, and for a mistake in the settings if `fail_on_error` is
/// set.
pub(super) fn run(
    command: &[OsString],
    artifacts: Artifacts,
    flags: &RawSettings,
    send: SendFlags,
    system: &System,
    console: &mut Console,
) -> Result<ExitCode> {
    let events = match prepare(artifacts, flags, send, system, console) {
        Ok(events) => Some(events),
        Err(error) if send.dry_run || (error.is::<Mistake>() && is_fatal(flags, system)) => {
            return Err(error);
        }
        Err(error) => {
            console.error(&format!("{error:#}"));
            None
        }
    };
    if let (true, Some(events)) = (send.dry_run, &events) {
        return events.show(console);
    }

    let signals = Signals::start().unwrap_or_else(|error| {
        console.warning(&format!("cannot receive signals: {error}; they are not passed on to the command"));
        Signals::plain()
    });
    let settings = events.as_ref().map(Events::settings);
    let started_at = caught(|| Ok(system.now()));
    let run = events.as_ref().and_then(Events::run);
    let child = command::start(command, |child| environment::prepare(child, settings, run, flags, system));
    let started_at = started_at.inspect_err(|error| console.error(&format!("{error:#}"))).ok();
    let reporter = match events.zip(started_at) {
        Some((events, started_at)) => Reporter::start(events, started_at, signals.waker()),
        None => Reporter::none(),
    };
    let mut supervisor = Supervisor::new(signals, reporter, console);
    let code = match child {
        Ok(child) => supervisor.wait(child),
        Err(error) => {
            let (code, text) = command::failure(command, &error);
            supervisor.fail(&text);
            code
        }
    };
    supervisor.finish();
    Ok(ExitCode::Command(code))
}

fn prepare(
    artifacts: Artifacts,
    flags: &RawSettings,
    send: SendFlags,
    system: &System,
    console: &mut Console,
) -> Result<Events> {
    caught(|| {
        let settings = session::load(flags.clone(), system, console)?;
        artifacts.report_empty(console);
        settings.require_endpoints()?;
        Ok(Events::new(settings, artifacts, send, system, console))
    })
}

/// Whether a mistake in the settings must keep the command from running.
fn is_fatal(flags: &RawSettings, system: &System) -> bool {
    caught(|| Ok(Settings::switch("fail_on_error", flags, system))).is_ok_and(|switch| switch == Some(true))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{LogLevel, RawSetting};
    use crate::system::Environment;

    fn exit_code(system: &System, command: &[&str]) -> u8 {
        let command: Vec<OsString> = command.iter().map(OsString::from).collect();
        let mut console = session::HeldOutput::default().console(LogLevel::Info);
        let mut flags = RawSettings::default();
        flags.insert("retries", RawSetting::text("0", "--retries"));
        flags.insert("log", RawSetting::text("error", "--log"));
        run(&command, Artifacts::default(), &flags, SendFlags::default(), system, &mut console)
            .unwrap()
            .code()
    }

    #[test]
    fn a_panic_changes_no_exit_code() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().display().to_string();
        let variables = [("BUILDHOOK_URL", "http://127.0.0.1:1/x"), ("BUILDHOOK_STATE_DIR", &state)];
        let sound = System { environment: Environment::from_iter(variables), ..System::from_process() };
        let broken = [
            System { clock: || panic!("no clock"), ..sound.clone() },
            System { randomness: |_| panic!("no randomness"), ..sound.clone() },
            System { randomness: |_| Err(std::io::Error::other("none")), ..sound.clone() },
        ];
        for system in broken.iter().chain([&sound]) {
            for (command, code) in
                [(&["sh", "-c", "exit 7"][..], 7), (&["true"], 0), (&["no-such-command"], 127)]
            {
                assert_eq!(exit_code(system, command), code, "{command:?}");
            }
        }
    }
}
