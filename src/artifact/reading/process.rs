//! The parent's side: one child process for a command, started when the first file needs it.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use super::answer::MAX_LINE_BYTES;
use super::child::{COMMAND, GREETING};
use super::limits::{MAX_CPU_SECONDS, MAX_MEMORY_BYTES};
use super::{Outcome, read};

/// How long one file may take. The budget keeps it far below, unless the storage is slow.
const FILE_TIME: Duration = Duration::from_secs(5);

/// Reads the details of files, one after the other.
pub(in super::super) struct DetailsReader {
    process: Option<Process>,
    /// Whether no child process can be started.
    is_alone: bool,
    limit: Duration,
    end: Instant,
}

impl DetailsReader {
    /// A reader that reads all files within `limit`.
    pub(in super::super) fn new(limit: Duration) -> Self {
        Self { process: None, is_alone: false, limit, end: Instant::now() + limit }
    }

    /// Reads a file.
    pub(in super::super) fn read(&mut self, path: &Path) -> Outcome {
        if Instant::now() >= self.end {
            return Outcome::GivenUp(format!(
                "reading the files took more than {} s",
                self.limit.as_secs_f32()
            ));
        }
        if self.process.is_none() && !self.is_alone {
            self.process = Process::start(self.end.min(Instant::now() + FILE_TIME));
            self.is_alone = self.process.is_none();
        }
        let request = to_bytes(path);
        match (&mut self.process, request) {
            (Some(process), Some(request)) => match process.ask(&request, self.end) {
                Ok(outcome) => outcome,
                Err(reason) => {
                    // The next file gets a new one.
                    self.process = None;
                    Outcome::GivenUp(reason)
                }
            },
            // The same limits hold for strings as for those from another process.
            _ => Outcome::from_line(read(path).to_line().as_bytes())
                .unwrap_or_else(|| Outcome::GivenUp("they are invalid".to_owned())),
        }
    }
}

/// A running child process, which is ended when this is dropped.
struct Process {
    child: Child,
    requests: ChildStdin,
    answers: Receiver<Vec<u8>>,
}

impl Process {
    /// `None` if the system does not allow it, or what starts is another program.
    fn start(end: Instant) -> Option<Self> {
        let mut command = Command::new(program()?);
        command.arg(COMMAND).env_clear();
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        #[cfg(windows)]
        if let Some(root) = std::env::var_os("SystemRoot") {
            command.env("SystemRoot", root);
        }
        #[cfg(unix)]
        {
            use std::os::unix::process::CommandExt as _;
            // Ctrl-C in a terminal ends this process alone, and then its child.
            command.arg0("buildhook").process_group(0);
        }
        let mut child = command.spawn().ok()?;
        let (requests, answers) = (child.stdin.take(), child.stdout.take().and_then(lines));
        let (Some(requests), Some(answers)) = (requests, answers) else {
            stop(&mut child);
            return None;
        };
        let process = Self { child, requests, answers };
        let greeting = process.answers.recv_timeout(end.saturating_duration_since(Instant::now()));
        (greeting.ok()? == GREETING.as_bytes()).then_some(process)
    }

    /// Fails with the reason if the process gives no answer.
    fn ask(&mut self, request: &[u8], end: Instant) -> Result<Outcome, String> {
        let time = FILE_TIME.min(end.saturating_duration_since(Instant::now()));
        let sent = self.requests.write_all(request).and_then(|()| self.requests.flush());
        let answer = match sent {
            Ok(()) => self.answers.recv_timeout(time),
            Err(_) => Err(RecvTimeoutError::Disconnected),
        };
        match answer {
            Ok(line) => Outcome::from_line(&line).ok_or_else(|| "they are invalid".to_owned()),
            Err(RecvTimeoutError::Timeout) => {
                Err(format!("reading them took more than {} s", time.as_secs_f32()))
            }
            Err(RecvTimeoutError::Disconnected) => Err(format!(
                "the process that read them has ended ({}); it may use {} MB of memory and {MAX_CPU_SECONDS} s of processor time",
                exit_status(&mut self.child)
                    .map_or_else(|| "unknown status".to_owned(), |status| status.to_string()),
                MAX_MEMORY_BYTES >> 20,
            )),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        stop(&mut self.child);
    }
}

/// The program of this process, also if its file was replaced or removed since. Never found by the arguments.
fn program() -> Option<OsString> {
    if cfg!(target_os = "linux") {
        return Some("/proc/self/exe".into());
    }
    std::env::current_exe().ok().map(Into::into)
}

/// Ends a process that may have ended already, and waits for it.
fn stop(child: &mut Child) -> Option<ExitStatus> {
    let _ = child.kill();
    child.wait().ok()
}

/// The status of a process that has closed its output and is about to end.
fn exit_status(child: &mut Child) -> Option<ExitStatus> {
    for _ in 0..10 {
        if let Ok(Some(status)) = child.try_wait() {
            return Some(status);
        }
        thread::sleep(Duration::from_micros(200));
    }
    stop(child)
}

/// Reads lines on another thread, until one is too long. `None` if there can be no thread.
fn lines(stream: impl Read + Send + 'static) -> Option<Receiver<Vec<u8>>> {
    let (sender, receiver) = mpsc::channel();
    let read = move || {
        let mut stream = BufReader::new(stream);
        loop {
            let mut line = Vec::new();
            let read = stream.by_ref().take(MAX_LINE_BYTES as u64).read_until(b'\n', &mut line);
            if read.is_err() || !line.ends_with(b"\n") || sender.send(line).is_err() {
                break;
            }
        }
    };
    thread::Builder::new().spawn(read).ok().map(|_| receiver)
}

/// A path with a NUL at its end.
#[cfg(unix)]
fn to_bytes(path: &Path) -> Option<Vec<u8>> {
    use std::os::unix::ffi::OsStrExt as _;
    Some([path.as_os_str().as_bytes(), &[0]].concat())
}

/// A path with a NUL at its end. `None` if it is not Unicode.
#[cfg(not(unix))]
fn to_bytes(path: &Path) -> Option<Vec<u8>> {
    Some(format!("{}\0", path.to_str()?).into_bytes())
}
