//! Reads what the environment lacks from the git checkout.
//!
//! Runs the `git` program, which may be missing; then, or outside of a checkout, nothing is found and nothing
//! fails. `git` is asked only for missing values.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{Context, FieldType, Reference, Sourced};

/// The longest that one call of `git` may take: a checkout on a dead network drive must not delay an event.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Bytes of `git`'s output that are kept.
const MAX_OUTPUT: u64 = 4 << 20;
/// Bytes of `git`'s error messages that are kept.
const MAX_ERRORS: u64 = 16 << 10;

/// The checkout's folder: the CI's workspace if it exists, otherwise `current`.
pub(super) fn folder(workspace: Option<&Sourced>, current: &Path) -> PathBuf {
    match workspace.map(|found| Path::new(&found.value)) {
        Some(workspace) if workspace.is_dir() => workspace.to_owned(),
        _ => current.to_owned(),
    }
}

/// Reads what `known` lacks: repository, branch or tag, commit, message and author.
pub(super) fn read(folder: &Path, known: &Context, warnings: &mut Vec<String>) -> Context {
    let mut found = Context::default();
    let git = &known.git;
    let is_complete = git.repository_url.is_some()
        && git.commit_sha.is_some()
        && git.commit_message.is_some()
        && git.commit_author.is_some()
        && (git.branch.is_some() || git.tag.is_some());
    if is_complete || !folder.is_dir() {
        return found;
    }
    let mut checkout = Checkout { folder, is_refused: false };
    if git.commit_message.is_none() || git.commit_author.is_none() || git.commit_sha.is_none() {
        checkout.read_commit(git.commit_sha.as_deref().unwrap_or("HEAD"), &mut found);
    }
    if git.repository_url.is_none() {
        let remote = checkout.run(&["remote", "get-url", "origin"]);
        found.git.repository_url =
            remote.and_then(|remote| remote.and_then(|url| FieldType::Repository.parse(url).ok()));
    }
    if git.branch.is_none() && git.tag.is_none() {
        checkout.read_reference(known.pull_request.number.is_some(), &mut found);
    }
    if checkout.is_refused {
        warnings.push(format!(
            "git refuses this checkout (owned by another user); run \
             git config --global --add safe.directory {}",
            folder.display()
        ));
    }
    found
}

struct Checkout<'a> {
    folder: &'a Path,
    /// Whether `git` refuses the folder because another user owns it.
    is_refused: bool,
}

impl Checkout<'_> {
    fn read_commit(&mut self, commit: &str, found: &mut Context) {
        // `git` would take it for an option.
        if commit.starts_with('-') {
            return;
        }
        let format = "--format=%H%x00%an <%ae>%x00%B";
        let Some(output) =
            self.run(&["log", "-1", "--no-show-signature", "--encoding=UTF-8", format, commit, "--"])
        else {
            return;
        };
        let source = format!("git log -1 {commit}");
        let mut parts = output.splitn(3, '\0').map(str::trim);
        let mut next =
            || parts.next().filter(|part| !part.is_empty()).map(|part| Sourced::new(part, source.clone()));
        found.git.commit_sha = next();
        found.git.commit_author = next();
        found.git.commit_message = next();
    }

    /// Reads the branch that is checked out. On a detached head, reads the tag or the only remote branch at
    /// this commit, unless it is that of a pull request.
    fn read_reference(&mut self, is_pull_request: bool, found: &mut Context) {
        if let Some(branch) = self.run(&["symbolic-ref", "--quiet", "--short", "HEAD"]) {
            // The branch of a merge queue is not that of the pull request.
            found.git.branch = branch.and_then(|name| Reference::parse(name).branch());
            return;
        }
        if is_pull_request {
            return;
        }
        let Some(references) = self.run(&[
            "for-each-ref",
            "--points-at=HEAD",
            "--format=%(refname)",
            "refs/tags",
            "refs/remotes/origin",
        ]) else {
            return;
        };
        let source = "git for-each-ref --points-at=HEAD";
        let mut branches = Vec::new();
        for reference in references.lines() {
            match Reference::parse(reference) {
                Reference::Tag(tag) => {
                    found.git.tag.get_or_insert_with(|| Sourced::new(tag, source));
                }
                Reference::Branch(branch) => branches.push(branch),
                Reference::PullRequest(_) | Reference::Detached => {}
            }
        }
        if let (None, [branch]) = (&found.git.tag, branches.as_slice()) {
            found.git.branch = Some(Sourced::new(branch, source));
        }
    }

    /// Runs `git` and returns its output, trimmed, if it succeeds and has any.
    fn run(&mut self, arguments: &[&str]) -> Option<Sourced> {
        let mut child = Command::new("git")
            .arg("-C")
            .arg(self.folder)
            .args(arguments)
            .env("LC_ALL", "C")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_OPTIONAL_LOCKS", "0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .ok()?;
        let (stdout, stderr) = (child.stdout.take()?, child.stderr.take()?);
        let output = std::thread::spawn(move || read_up_to(stdout, MAX_OUTPUT));
        let errors = std::thread::spawn(move || read_up_to(stderr, MAX_ERRORS));
        let start = Instant::now();
        let mut pause = Duration::from_micros(200);
        let status = loop {
            match child.try_wait().ok()? {
                Some(status) => break status,
                None if start.elapsed() > TIMEOUT => {
                    // If it cannot be killed, it is left behind.
                    let _ = child.kill();
                    let _ = child.wait();
                    return None;
                }
                None => std::thread::sleep(pause),
            }
            pause = (pause * 2).min(Duration::from_millis(5));
        };
        let output = String::from_utf8_lossy(&output.join().ok()?).trim().to_owned();
        if !status.success() {
            self.is_refused |= String::from_utf8_lossy(&errors.join().ok()?).contains("dubious ownership");
            return None;
        }
        let source = format!("git {}", arguments.join(" "));
        (!output.is_empty()).then(|| Sourced::new(output, source))
    }
}

/// Reads to the end and keeps at most `limit` bytes.
fn read_up_to(mut stream: impl Read, limit: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    let kept = stream.by_ref().take(limit).read_to_end(&mut bytes);
    if kept.is_ok() {
        // The rest is read and dropped; otherwise `git` would wait forever for its reader.
        let _ = std::io::copy(&mut stream, &mut std::io::sink());
    }
    bytes
}
