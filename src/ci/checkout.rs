//! What the environment did not say, from the git checkout.
//!
//! Asks the `git` program, if there is one; without it, or outside a checkout, nothing is found and nothing
//! fails. The program is asked only for what is missing, and given a few seconds.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{Context, Reference, RepositoryUrl, Sourced};

/// How long one call of `git` may take: a checkout on a dead network drive must not hold up an event.
const PATIENCE: Duration = Duration::from_secs(5);

/// The folder to look in: the CI's workspace where it exists, else `current`.
pub(super) fn checkout_folder(workspace: Option<&Sourced>, current: &Path) -> PathBuf {
    match workspace.map(|found| Path::new(&found.value)) {
        Some(workspace) if workspace.is_dir() => workspace.to_owned(),
        _ => current.to_owned(),
    }
}

/// Finds what `known` lacks: repository, branch or tag, commit, message and author.
pub(super) fn read(folder: &Path, known: &Context, warnings: &mut Vec<String>) -> Context {
    let mut found = Context::default();
    let git = &known.git;
    let complete = git.repository_url.is_some()
        && git.commit_sha.is_some()
        && git.commit_message.is_some()
        && git.commit_author.is_some()
        && (git.branch.is_some() || git.tag.is_some());
    if complete {
        return found;
    }
    let mut checkout = Checkout { folder, refused: false };
    if git.commit_message.is_none() || git.commit_author.is_none() || git.commit_sha.is_none() {
        let commit = git.commit_sha.as_ref().map_or("HEAD", |sha| sha.value.as_str());
        checkout.read_commit(commit, &mut found);
    }
    if git.repository_url.is_none() {
        found.git.repository_url = checkout.ask(&["remote", "get-url", "origin"]).and_then(|remote| {
            remote.and_then(|address| RepositoryUrl::parse(address).map(|url| url.page()))
        });
    }
    if git.branch.is_none() && git.tag.is_none() {
        checkout.read_reference(known.pull_request.number.is_some(), &mut found);
    }
    if checkout.refused {
        warnings.push(format!(
            "git does not trust the checkout, which belongs to another user; to let it: \
             git config --global --add safe.directory {}",
            folder.display()
        ));
    }
    found
}

struct Checkout<'a> {
    folder: &'a Path,
    /// Whether `git` said that the folder belongs to somebody else.
    refused: bool,
}

impl Checkout<'_> {
    fn read_commit(&mut self, commit: &str, found: &mut Context) {
        // A commit that looks like an option is none.
        if commit.starts_with('-') {
            return;
        }
        let format = "--format=%H%x00%an <%ae>%x00%B";
        let Some(answer) =
            self.ask(&["log", "-1", "--no-show-signature", "--encoding=UTF-8", format, commit, "--"])
        else {
            return;
        };
        let source = format!("git log -1 {commit}");
        let mut parts = answer.value.splitn(3, '\0').map(str::trim);
        let mut next =
            || parts.next().filter(|part| !part.is_empty()).map(|part| Sourced::new(part, source.clone()));
        found.git.commit_sha = next();
        found.git.commit_author = next();
        found.git.commit_message = next();
    }

    /// The branch that is checked out. On a detached head the tag or the one remote branch that points at it;
    /// not for a pull request, which is neither.
    fn read_reference(&mut self, is_pull_request: bool, found: &mut Context) {
        if let Some(branch) = self.ask(&["symbolic-ref", "--quiet", "--short", "HEAD"]) {
            // A merge queue has branches of its own, which are not the pull request's.
            found.git.branch = branch.and_then(|name| Reference::parse(name).branch());
            return;
        }
        if is_pull_request {
            return;
        }
        let Some(references) = self.ask(&[
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
        for reference in references.value.lines() {
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

    /// Runs `git`; its output, trimmed, if it succeeded and said something.
    fn ask(&mut self, arguments: &[&str]) -> Option<Sourced> {
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
        let output = std::thread::spawn(move || read_up_to(stdout, 4 << 20));
        let errors = std::thread::spawn(move || read_up_to(stderr, 16 << 10));
        let start = Instant::now();
        let mut pause = Duration::from_micros(200);
        let status = loop {
            match child.try_wait().ok()? {
                Some(status) => break status,
                None if start.elapsed() > PATIENCE => {
                    // The answer no longer matters, only that nothing waits for it.
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
            self.refused |= String::from_utf8_lossy(&errors.join().ok()?).contains("dubious ownership");
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
        // What is beyond the limit is read and dropped, so that `git` can end.
        let _ = std::io::copy(&mut stream, &mut std::io::sink());
    }
    bytes
}
