//! Runs `git` in a checkout that an outsider may have written.
//!
//! A repository's own configuration can name programs for git to start, and objects that git would fetch from
//! elsewhere. So git gets a few variables instead of the whole environment, settings that take precedence
//! over the repository's, and no way to reach the network. It is asked only for what reads objects and
//! references: nothing that touches the index or the working tree, where filters and hooks are run.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use super::{Sourced, program_search};
use crate::system::{Environment, System};

/// Bytes of `git`'s output that are kept.
const MAX_OUTPUT: u64 = 4 << 20;
/// Bytes of `git`'s error messages that are kept.
const MAX_ERRORS: u64 = 16 << 10;
/// The most settings in variables that are looked at.
const MAX_SETTINGS: usize = 1000;
/// How long to wait for a process that has closed its output or has been killed, before it is left behind.
const EXIT_TIMEOUT: Duration = Duration::from_secs(1);

/// The variables that git gets: how to find its configuration and the repository. Others may hold secrets, or
/// make git or its loader run a program, such as `GIT_EXEC_PATH` and `LD_LIBRARY_PATH`.
const PASSED_ON: &[&str] = &[
    "HOME",
    "USERPROFILE",
    "HOMEDRIVE",
    "HOMEPATH",
    "XDG_CONFIG_HOME",
    "PROGRAMDATA",
    "SYSTEMROOT",
    "TMPDIR",
    "TMP",
    "TEMP",
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_COMMON_DIR",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_CEILING_DIRECTORIES",
    "GIT_DISCOVERY_ACROSS_FILESYSTEM",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_GLOBAL",
    // Under sudo, git also accepts a checkout of the user who called it.
    "SUDO_UID",
];

/// Variables that git always gets, <https://git-scm.com/docs/git#_environment_variables>.
const VARIABLES: &[(&str, &str)] = &[
    ("LC_ALL", "C"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_OPTIONAL_LOCKS", "0"),
    // A missing object is not fetched from the repository's remote. Versions before 2.45 do not know the
    // variable; for them, no protocol is allowed. This list takes precedence over `protocol.*.allow` in the
    // configuration.
    ("GIT_NO_LAZY_FETCH", "1"),
    ("GIT_ALLOW_PROTOCOL", "none"),
    ("GIT_NO_REPLACE_OBJECTS", "1"),
    ("GIT_ATTR_NOSYSTEM", "1"),
    // `trace2.*` in the user's configuration writes to files.
    ("GIT_TRACE2", "0"),
    ("GIT_TRACE2_EVENT", "0"),
    ("GIT_TRACE2_PERF", "0"),
];

/// Settings that take precedence over the repository's, <https://git-scm.com/docs/git-config>.
/// `safe.directory` is left to git and the user.
const CONFIGURATION: &[&str] = &[
    "safe.bareRepository=explicit",
    "protocol.allow=never",
    "core.fsmonitor=",
    "core.hooksPath=/dev/null",
    "core.pager=cat",
    "core.sshCommand=false",
    "core.gitProxy=",
    "core.askPass=",
    "core.alternateRefsCommand=",
    "core.commitGraph=false",
    "credential.helper=",
    "log.showSignature=false",
    "gpg.program=false",
    "gpg.ssh.program=false",
    "gpg.x509.program=false",
];

/// The `git` program in a checkout.
pub(super) struct Git<'a> {
    /// `None` if git is not installed outside of the checkout.
    program: Option<PathBuf>,
    folder: &'a Path,
    variables: Vec<(String, String)>,
    /// When all calls together must end.
    end: Instant,
    /// Whether git refused the folder because another user owns it.
    pub(super) is_refused: bool,
}

impl<'a> Git<'a> {
    /// Gets ready to run git in `folder`. All calls together take at most `limit`.
    pub(super) fn new(folder: &'a Path, system: &System, limit: Duration) -> Self {
        let environment = &system.environment;
        let path = environment.raw("PATH").unwrap_or(program_search::DEFAULT_PATH);
        let (program, path) = program_search::find("git", path, &[folder, &system.folder]);
        let mut variables: Vec<_> = PASSED_ON
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), environment.raw(name)?.to_owned())))
            .collect();
        variables.extend(VARIABLES.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        variables.push(("PATH".to_owned(), path));
        variables.extend(safe_directories(environment));
        Self { program, folder, variables, end: Instant::now() + limit, is_refused: false }
    }

    /// Runs git and returns its output, trimmed, if it succeeds and has any.
    pub(super) fn run(&mut self, arguments: &[&str]) -> Option<Sourced> {
        let mut command = Command::new(self.program.as_ref()?);
        command.args(["--no-pager", "--no-optional-locks", "--no-replace-objects"]);
        command.args(CONFIGURATION.iter().flat_map(|setting| ["-c", setting]));
        command.arg("-C").arg(self.folder).args(arguments);
        command.env_clear().envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        if Instant::now() >= self.end {
            return None;
        }
        let mut process = Process::start(&mut command)?;
        let (output, errors) = process.output(self.end)?;
        if !process.has_succeeded(self.end) {
            self.is_refused |= String::from_utf8_lossy(&errors).contains("dubious ownership");
            return None;
        }
        let output = String::from_utf8_lossy(&output).trim().to_owned();
        let source = format!("git {}", arguments.join(" "));
        (!output.is_empty()).then(|| Sourced::new(output, source))
    }
}

/// The `safe.directory` settings among those that CIs pass in variables, with new numbers. Others may hold
/// tokens.
fn safe_directories(environment: &Environment) -> Vec<(String, String)> {
    let count = environment.get("GIT_CONFIG_COUNT").and_then(|count| count.parse::<usize>().ok());
    let folders = (0..count.unwrap_or(0).min(MAX_SETTINGS)).filter_map(|number| {
        let key = environment.raw(&format!("GIT_CONFIG_KEY_{number}"))?;
        let value = environment.raw(&format!("GIT_CONFIG_VALUE_{number}"))?;
        key.eq_ignore_ascii_case("safe.directory").then_some(value)
    });
    let mut variables = Vec::new();
    for (number, folder) in folders.enumerate() {
        variables.push((format!("GIT_CONFIG_KEY_{number}"), "safe.directory".to_owned()));
        variables.push((format!("GIT_CONFIG_VALUE_{number}"), folder.to_owned()));
    }
    variables.push(("GIT_CONFIG_COUNT".to_owned(), (variables.len() / 2).to_string()));
    variables
}

/// A running git, which is killed with all the processes that it started if it is dropped before its end.
struct Process {
    child: Child,
    has_ended: bool,
}

impl Process {
    fn start(command: &mut Command) -> Option<Self> {
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(command, 0);
        Some(Self { child: command.spawn().ok()?, has_ended: false })
    }

    /// Reads stdout and stderr to their ends. `None` if that takes too long, because git or a process that it
    /// started keeps them open.
    fn output(&mut self, end: Instant) -> Option<(Vec<u8>, Vec<u8>)> {
        let (stdout, stderr) = (self.child.stdout.take()?, self.child.stderr.take()?);
        let (output, errors) = (read(stdout, MAX_OUTPUT)?, read(stderr, MAX_ERRORS)?);
        let remaining = || end.saturating_duration_since(Instant::now());
        let output = output.recv_timeout(remaining()).ok()?;
        Some((output, errors.recv_timeout(remaining()).ok()?))
    }

    /// Waits for the process, which has closed its output.
    fn has_succeeded(&mut self, end: Instant) -> bool {
        let status = self.wait(end.min(Instant::now() + EXIT_TIMEOUT));
        status.is_some_and(|status| status.success())
    }

    /// `None` if it has not ended by then.
    fn wait(&mut self, end: Instant) -> Option<std::process::ExitStatus> {
        let mut pause = Duration::from_micros(100);
        loop {
            let status = self.child.try_wait().ok()?;
            if status.is_some() || Instant::now() >= end {
                self.has_ended = status.is_some();
                return status;
            }
            thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(5));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.has_ended {
            return;
        }
        // The process has not been waited for, so its id still is that of its group.
        #[cfg(unix)]
        if let Some(group) = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw) {
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
        let _ = self.child.kill();
        // A process that waits for a dead network drive does not end. It is left behind.
        self.wait(Instant::now() + EXIT_TIMEOUT);
    }
}

/// Reads to the end on another thread and keeps at most `limit` bytes. `None` if there can be no thread.
fn read(mut stream: impl Read + Send + 'static, limit: u64) -> Option<mpsc::Receiver<Vec<u8>>> {
    let (sender, receiver) = mpsc::channel();
    let read = move || {
        let mut bytes = Vec::new();
        if stream.by_ref().take(limit).read_to_end(&mut bytes).is_ok() {
            // The rest is read and dropped; otherwise git would wait forever for its reader.
            let _ = std::io::copy(&mut stream, &mut std::io::sink());
        }
        // After the time limit the receiver is gone.
        let _ = sender.send(bytes);
    };
    thread::Builder::new().spawn(read).ok().map(|_| receiver)
}
