//! Opens a file in the user's browser.

use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::ci::program_search;
use crate::settings::is_private_variable;
use crate::system::System;

/// The program that opens a file by its type: in macOS, Windows and elsewhere.
const OPENER: &str = if cfg!(target_os = "macos") {
    "open"
} else if cfg!(windows) {
    "explorer"
} else {
    "xdg-open"
};

/// How long a failure is waited for. Some openers stay until the browser is closed.
const PATIENCE: Duration = Duration::from_secs(2);
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// Opens the file. `Err` is the reason why not, for people.
pub(super) fn open(path: &Path, system: &System) -> Result<(), String> {
    let environment = &system.environment;
    let needs_display = cfg!(not(any(target_os = "macos", windows)));
    let has_display = ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| environment.get(name).is_some());
    if needs_display && !has_display {
        return Err("there is no display".to_owned());
    }
    let folders = environment.raw("PATH").unwrap_or(program_search::DEFAULT_PATH);
    // The opener is often a script that starts other programs by name, so it gets the same folders.
    let (program, folders) = program_search::find(OPENER, folders, &[&system.folder]);
    let Some(program) = program else {
        return Err(format!("there is no {OPENER} in the PATH outside of the checkout"));
    };
    let mut command = Command::new(program);
    command.env("PATH", folders).arg(path).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    for name in environment.iter().map(|(name, _)| name).filter(|name| is_private_variable(name)) {
        command.env_remove(name);
    }
    let mut child = command.spawn().map_err(|error| format!("cannot start {OPENER}: {error}"))?;
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        match child.try_wait() {
            // NOTE: explorer ends with 1, whether it succeeds or not.
            Ok(Some(status)) if status.success() || cfg!(windows) => return Ok(()),
            Ok(Some(status)) => return Err(format!("{OPENER} failed ({status})")),
            Ok(None) => sleep(POLL_INTERVAL),
            Err(error) => return Err(error.to_string()),
        }
    }
    Ok(())
}
