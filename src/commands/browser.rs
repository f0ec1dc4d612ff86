//! Opens a file in the user's browser.

use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::settings::is_private_variable;
use crate::system::Environment;

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
pub(super) fn open(path: &Path, environment: &Environment) -> Result<(), String> {
    let needs_display = cfg!(not(any(target_os = "macos", windows)));
    let has_display = ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| environment.get(name).is_some());
    if needs_display && !has_display {
        return Err("there is no display".to_owned());
    }
    let mut command = Command::new(OPENER);
    command.arg(path).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
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
