//! Measures processor time and memory of the program and of all processes that it starts.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use nix::sys::resource::{UsageWho, getrusage};

/// The resources that a command has used, and its output.
#[derive(Debug)]
pub struct Usage {
    pub cpu: Duration,
    /// The most memory that one of its processes had, in bytes.
    pub memory: u64,
    pub stdout: String,
    pub stderr: String,
}

/// The program to test: the one of this build, or another for which this variable has the path.
pub fn program() -> String {
    std::env::var("BUILDHOOK_TEST_PROGRAM").unwrap_or_else(|_| env!("CARGO_BIN_EXE_buildhook").to_owned())
}

/// Runs a command. The system measures all children of a process together, so a process for this purpose starts
/// it: another one of the tests.
pub fn measure(command: &[&str], folder: &Path) -> Usage {
    let report = folder.join("usage");
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "trust::artifacts::measure::run_and_report", "--ignored", "--nocapture"])
        .env("MEASURED_COMMAND", command.join("\n"))
        .env("MEASURED_REPORT", &report)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let numbers = std::fs::read_to_string(&report).unwrap_or_else(|error| panic!("{error}: {output:?}"));
    let (micros, memory) = numbers.split_once(' ').unwrap();
    Usage {
        cpu: Duration::from_micros(micros.parse().unwrap()),
        memory: memory.parse().unwrap(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

#[test]
#[ignore = "a part of the other tests, which start it"]
fn run_and_report() {
    let (Ok(command), Ok(report)) = (std::env::var("MEASURED_COMMAND"), std::env::var("MEASURED_REPORT"))
    else {
        return;
    };
    let mut words = command.lines();
    let mut command = Command::new(words.next().unwrap());
    command.args(words).env_clear().env("PATH", std::env::var("PATH").unwrap());
    let status = command.status().unwrap();
    assert!(status.success(), "{status}");
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap();
    let (user, system) = (usage.user_time(), usage.system_time());
    let micros = (user.tv_sec() + system.tv_sec()) * 1_000_000 + user.tv_usec() + system.tv_usec();
    // In units of 1024 bytes, and on macOS of one byte.
    let unit = if cfg!(target_os = "macos") { 1 } else { 1024 };
    std::fs::write(report, format!("{micros} {}", usage.max_rss() * unit)).unwrap();
}
