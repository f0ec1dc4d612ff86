//! The command that `run` starts.

use std::ffi::OsString;
use std::io;
use std::process::{Child, Command, ExitStatus};

use super::signals::killed_by;
use crate::ci::BuildStatus;

/// The exit codes of a shell whose command does not exist or cannot be executed.
const NOT_FOUND: u8 = 127;
const NOT_EXECUTABLE: u8 = 126;

/// Starts the command, with the environment that `prepare` gives it.
pub(super) fn start(command: &[OsString], prepare: impl FnOnce(&mut Command)) -> io::Result<Child> {
    let (program, arguments) = command.split_first().ok_or(io::ErrorKind::InvalidInput)?;
    let mut command = Command::new(program);
    command.args(arguments);
    prepare(&mut command);
    command.spawn()
}

/// The exit code of a command that could not be started, and the error's text.
pub(super) fn failure(command: &[OsString], error: &io::Error) -> (u8, String) {
    let program = command.first().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let code = if error.kind() == io::ErrorKind::NotFound { NOT_FOUND } else { NOT_EXECUTABLE };
    (code, format!("cannot run {program}: {error}"))
}

/// The exit code to end with, and the build's result. A command that a signal killed has the exit code that
/// shells give it: 128 plus the signal's number.
pub(super) fn result_of(status: ExitStatus) -> (u8, BuildStatus) {
    if let Some((signal, status)) = killed_by(status) {
        return (signal.exit_code(), status);
    }
    // Codes on Windows can exceed a byte; cutting one off must not turn failure into success.
    match status.code() {
        Some(0) => (0, BuildStatus::Success),
        Some(code) => (u8::try_from(code).unwrap_or(1).max(1), BuildStatus::Failed),
        None => (1, BuildStatus::Failed),
    }
}
