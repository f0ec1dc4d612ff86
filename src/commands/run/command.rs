//! The command that `run` starts.

use std::ffi::OsString;
use std::io;
use std::process::{Child, Command, ExitStatus};

use super::signals::{SignalForwarder, killed_by};
use crate::ci::BuildStatus;
use crate::exit_code::ExitCode;
use crate::report::Console;

/// The exit codes of a shell whose command does not exist or cannot be executed.
const NOT_FOUND: u8 = 127;
const NOT_EXECUTABLE: u8 = 126;

/// Runs the command to its end. Returns the exit code to end with and the build's result.
pub(super) fn run(
    command: &[OsString],
    signals: &SignalForwarder,
    console: &mut Console,
) -> (ExitCode, BuildStatus) {
    let (code, status) = match spawn(command).and_then(|child| signals.wait(child)) {
        Ok(status) => result_of(status),
        Err(error) => {
            let program = command.first().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            console.error(&format!("cannot run {program}: {error}"));
            let code = if error.kind() == io::ErrorKind::NotFound { NOT_FOUND } else { NOT_EXECUTABLE };
            (code, BuildStatus::Failed)
        }
    };
    (ExitCode::Command(code), status)
}

fn spawn(command: &[OsString]) -> io::Result<Child> {
    let (program, arguments) = command.split_first().ok_or(io::ErrorKind::InvalidInput)?;
    Command::new(program).args(arguments).spawn()
}

/// A command that a signal killed has the exit code that shells give it: 128 plus the signal's number.
fn result_of(status: ExitStatus) -> (u8, BuildStatus) {
    if let Some((signal, status)) = killed_by(status) {
        return (128u8.saturating_add(signal), status);
    }
    // Codes on Windows can exceed a byte; cutting one off must not turn failure into success.
    match status.code() {
        Some(0) => (0, BuildStatus::Success),
        Some(code) => (u8::try_from(code).unwrap_or(1).max(1), BuildStatus::Failed),
        None => (1, BuildStatus::Failed),
    }
}
