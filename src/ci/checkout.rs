//! Reads what the environment lacks from the git checkout.
//!
//! Runs the `git` program, which may be missing; then, or outside of a checkout, nothing is found and nothing
//! fails. `git` is asked only for missing values.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::git::Git;
use super::variables::MAX_BYTES;
use super::{Context, FieldType, Reference, Sourced};
use crate::system::System;

/// The longest that all calls of `git` together may take: a checkout on a dead network drive must not delay
/// an event.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The checkout's folder: the CI's workspace if it exists, otherwise `current`.
pub(super) fn folder(workspace: Option<&Sourced>, current: &Path) -> PathBuf {
    match workspace.map(|found| Path::new(&found.value)) {
        Some(workspace) if workspace.is_dir() => workspace.to_owned(),
        _ => current.to_owned(),
    }
}

/// Reads what `known` lacks: repository, branch or tag, commit, message and author. Takes at most `limit`,
/// and no more than a few seconds.
pub(super) fn read(
    folder: &Path,
    known: &Context,
    system: &System,
    limit: Duration,
    warnings: &mut Vec<String>,
) -> Context {
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
    let mut checkout = Checkout { git: Git::new(folder, system, limit.min(TIMEOUT)) };
    if git.commit_message.is_none() || git.commit_author.is_none() || git.commit_sha.is_none() {
        checkout.read_commit(git.commit_sha.as_deref().unwrap_or("HEAD"), &mut found);
    }
    if git.repository_url.is_none() {
        let remote = checkout.git.run(&["remote", "get-url", "origin"]);
        found.git.repository_url =
            remote.and_then(|remote| remote.and_then(|url| FieldType::Repository.parse(url).ok()));
    }
    if git.branch.is_none() && git.tag.is_none() {
        checkout.read_reference(known.pull_request.number.is_some(), &mut found);
    }
    if checkout.git.is_refused {
        warnings.push(format!(
            "git refuses this checkout (owned by another user); run \
             git config --global --add safe.directory {}",
            folder.display()
        ));
    }
    found
}

struct Checkout<'a> {
    git: Git<'a>,
}

impl Checkout<'_> {
    fn read_commit(&mut self, commit: &str, found: &mut Context) {
        // `git` would take it for an option.
        if commit.starts_with('-') {
            return;
        }
        let format = "--format=%H%x00%an <%ae>%x00%B";
        let Some(output) = self.git.run(&[
            "log",
            "-1",
            "-s",
            "--no-show-signature",
            "--encoding=UTF-8",
            format,
            commit,
            "--",
        ]) else {
            return;
        };
        let source = format!("git log -1 {commit}");
        let mut parts = output.splitn(3, '\0').map(str::trim);
        // The limit of variables.
        let is_usable = |part: &&str| !part.is_empty() && part.len() <= MAX_BYTES;
        let mut next = || parts.next().filter(is_usable).map(|part| Sourced::new(part, source.clone()));
        found.git.commit_sha = next();
        found.git.commit_author = next();
        found.git.commit_message = next();
    }

    /// Reads the branch that is checked out. On a detached head, reads the tag or the only remote branch at
    /// this commit, unless it is that of a pull request.
    fn read_reference(&mut self, is_pull_request: bool, found: &mut Context) {
        if let Some(branch) = self.git.run(&["symbolic-ref", "--quiet", "--short", "HEAD"]) {
            // The branch of a merge queue is not that of the pull request.
            found.git.branch = branch.and_then(|name| Reference::parse(name).branch());
            return;
        }
        if is_pull_request {
            return;
        }
        let Some(references) = self.git.run(&[
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
}
