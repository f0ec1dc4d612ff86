//! A test as a sentence: given this environment, these files and receivers, run these arguments; then check
//! requests, output and exit code.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::environments::Variables;
use crate::receiver::{Receiver, Reply, Request};

/// Secrets for tests. [`Finished`] checks that none of them is revealed.
pub const SECRET: &str = "correct-horse-battery-staple";
pub const OTHER_SECRET: &str = "another-secret-altogether-42";
pub const STANDARD_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
pub const SECRET_PATH: &str = "T0PS3CR3T-path-of-a-hook";

/// The inputs of a test.
pub struct Test {
    folder: TempDir,
    env: Vec<(String, String)>,
    receivers: Vec<Receiver>,
    args: Vec<String>,
    given: Vec<PathBuf>,
    /// The folder to start the program in, if it is another one.
    within: Option<PathBuf>,
}

/// The result of a test.
pub struct Finished {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
    /// Requests by receiver.
    pub requests: Vec<Vec<Request>>,
    /// Delivery records, oldest first.
    pub records: Vec<Value>,
    pub folder: TempDir,
}

impl Test {
    /// An empty folder, a minimal environment, and no receiver.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root = folder.path().to_str().expect("a path in UTF-8").to_owned();
        let env = vec![
            ("PATH".to_owned(), std::env::var("PATH").unwrap_or_default()),
            ("HOME".to_owned(), root.clone()),
            // Hides checkouts above the folder and the git configuration of this machine.
            ("GIT_CEILING_DIRECTORIES".to_owned(), root),
            ("GIT_CONFIG_NOSYSTEM".to_owned(), "1".to_owned()),
            // Hardly any pauses between attempts.
            ("MAX_BACKOFF_MILLIS".to_owned(), "20".to_owned()),
        ];
        Self { folder, env, receivers: Vec::new(), args: Vec::new(), given: Vec::new(), within: None }
    }

    pub fn env(mut self, name: &str, value: impl Into<String>) -> Self {
        self.env.retain(|(known, _)| known != name);
        self.env.push((name.to_owned(), value.into()));
        self
    }

    pub fn without_env(mut self, name: &str) -> Self {
        self.env.retain(|(known, _)| known != name);
        self
    }

    pub fn envs(self, variables: Variables) -> Self {
        variables.into_iter().fold(self, |test, (name, value)| test.env(&name, value))
    }

    pub fn file(mut self, name: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(&path, content).expect("a file");
        self.given.push(path);
        self
    }

    /// A file of zeros that takes no space on the disk.
    pub fn sparse_file(mut self, name: &str, size: u64) -> Self {
        let path = self.folder.path().join(name);
        std::fs::File::create(&path).expect("a file").set_len(size).expect("a sparse file");
        self.given.push(path);
        self
    }

    /// The event file of a GitHub workflow.
    pub fn event_file(self, content: &Value) -> Self {
        let path = self.folder.path().join("event.json").to_str().expect("UTF-8").to_owned();
        self.file("event.json", content.to_string()).env("GITHUB_EVENT_PATH", path)
    }

    /// Adds an endpoint with a receiver: `BUILDHOOK_URL`, then `BUILDHOOK_URL_2` and so on.
    pub fn endpoint(self, script: &[Reply]) -> Self {
        let receiver = Receiver::start(script);
        let url = receiver.url();
        let mut test = self.endpoint_at(&url);
        test.receivers.push(receiver);
        test
    }

    /// Adds an endpoint with this URL.
    pub fn endpoint_at(self, url: &str) -> Self {
        let count = self.env.iter().filter(|(name, _)| name.starts_with("BUILDHOOK_URL")).count();
        let name =
            if count == 0 { "BUILDHOOK_URL".to_owned() } else { format!("BUILDHOOK_URL_{}", count + 1) };
        self.env(&name, url)
    }

    pub fn args(mut self, args: &[&str]) -> Self {
        self.args.extend(args.iter().map(|arg| (*arg).to_owned()));
        self
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn within(mut self, folder: PathBuf) -> Self {
        self.within = Some(folder);
        self
    }

    pub fn receiver(&self, index: usize) -> Receiver {
        self.receivers[index].clone()
    }

    /// Runs these git commands in the folder, which make a checkout.
    pub fn checkout(self, commands: &[&[&str]]) -> Self {
        for command in commands {
            let output = Command::new("git")
                .args(*command)
                .current_dir(self.folder.path())
                .env_clear()
                .envs(self.env.iter().cloned())
                .envs([
                    ("GIT_AUTHOR_NAME", "A user"),
                    ("GIT_AUTHOR_EMAIL", "user@example.com"),
                    ("GIT_COMMITTER_NAME", "A user"),
                    ("GIT_COMMITTER_EMAIL", "user@example.com"),
                ])
                .output()
                .expect("git is installed");
            assert!(output.status.success(), "git {command:?}: {}", String::from_utf8_lossy(&output.stderr));
        }
        self
    }

    pub fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_buildhook"));
        let folder = self.within.as_deref().unwrap_or(self.folder.path());
        command.args(&self.args).current_dir(folder).env_clear().envs(self.env.iter().cloned());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs the program with these arguments and additional variables in the same folder.
    pub fn output(&self, args: &[&str], variables: &[(&str, &str)]) -> Output {
        let mut command = self.command();
        command.args(args).envs(variables.iter().copied());
        command.output().expect("the program starts")
    }

    pub fn run(self) -> Finished {
        let output = self.command().output().expect("the program starts");
        self.finish(output)
    }

    /// Starts the program and leaves it running.
    pub fn start(self) -> (Child, Self) {
        let mut command = self.command();
        // In a process group that no one waits for, as in some CIs, the system discards SIGTSTP.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        (command.spawn().expect("the program starts"), self)
    }

    /// Where records are kept: the folder of the user's state.
    pub fn deliveries(&self) -> PathBuf {
        self.folder.path().join(".local/state/buildhook/deliveries")
    }

    /// Delivery records as the program lists them, oldest first.
    pub fn records(&self) -> Vec<Value> {
        let mut command = self.command();
        let mut listing = Command::new(command.get_program());
        listing.args(["deliveries", "list", "--json", "--limit", "10000"]).env_clear();
        listing.current_dir(command.stdin(Stdio::null()).get_current_dir().expect("a folder"));
        let output = listing.envs(self.env.iter().cloned()).output().expect("the program starts");
        let mut records: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap_or_default();
        records.reverse();
        records
    }

    /// The result of a program that has exited.
    pub fn finish(self, output: Output) -> Finished {
        let finished = Finished {
            status: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).expect("stdout is UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("stderr is UTF-8"),
            requests: self.receivers.iter().map(Receiver::requests).collect(),
            records: self.records(),
            folder: self.folder,
        };
        finished.keeps_secrets(&self.given);
        finished
    }
}

impl Finished {
    /// Checks after every test that no output and no file written by the program contains a secret.
    fn keeps_secrets(&self, given: &[PathBuf]) {
        let mut places =
            vec![("stdout".to_owned(), self.stdout.clone()), ("stderr".to_owned(), self.stderr.clone())];
        for file in files_below(self.folder.path()).into_iter().filter(|file| !given.contains(file)) {
            let content = std::fs::read(&file).unwrap_or_default();
            places.push((file.display().to_string(), String::from_utf8_lossy(&content).into_owned()));
        }
        for (place, text) in &places {
            for secret in [SECRET, OTHER_SECRET, STANDARD_SECRET, SECRET_PATH] {
                assert!(!text.contains(secret), "a secret shows in {place}:\n{text}");
            }
        }
    }

    #[track_caller]
    pub fn status(self, expected: i32) -> Self {
        assert_eq!(self.status, expected, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    #[track_caller]
    pub fn stderr(self, expected: &str) -> Self {
        assert!(self.stderr.contains(expected), "no `{expected}` in stderr:\n{}", self.stderr);
        self
    }

    #[track_caller]
    pub fn stdout(self, expected: &str) -> Self {
        assert!(self.stdout.contains(expected), "no `{expected}` in stdout:\n{}", self.stdout);
        self
    }

    /// The only request of the only receiver.
    #[track_caller]
    pub fn request(&self) -> &Request {
        match self.requests.as_slice() {
            [requests] if requests.len() == 1 => &requests[0],
            other => panic!("expected one request to one receiver, got {other:?}\nstderr:\n{}", self.stderr),
        }
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error} in stdout:\n{}", self.stdout))
    }
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => files.extend(files_below(&path)),
            Ok(kind) if kind.is_file() => files.push(path),
            _ => {}
        }
    }
    files
}
