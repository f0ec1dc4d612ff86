//! Reads what the environment lacks from the git checkout.
//!
//! Runs the `git` program, which may be missing; then, or outside of a checkout, nothing is found and nothing
//! fails. `git` is asked only for missing values.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::git::Git;
use super::variables::MAX_BYTES;
use super::{CheckedOut, Context, FieldType, Reference, Sourced};
use crate::system::System;

/// The longest that all calls of `git` together may take: a checkout on a dead network drive must not delay
/// an event.
const TIMEOUT: Duration = Duration::from_secs(5);

/// What git is asked for.
#[derive(Debug, Clone, Copy)]
pub struct GitQuestions {
    /// The longest that all answers together may take.
    pub limit: Duration,
    /// Whether the commit's message is wanted.
    pub message: bool,
    /// Whether the commit's author is wanted.
    pub author: bool,
}

impl GitQuestions {
    /// Everything that the environment lacks.
    pub fn all(limit: Duration) -> Self {
        Self { limit, message: true, author: true }
    }
}

/// The checkout's folder: the CI's workspace if it exists, otherwise `current`.
pub(super) fn folder(workspace: Option<&Sourced>, current: &Path) -> PathBuf {
    match workspace.map(|found| Path::new(&found.value)) {
        Some(workspace) if workspace.is_dir() => workspace.to_owned(),
        _ => current.to_owned(),
    }
}

/// Reads what `known` lacks: repository, branch or tag, commit, message and author. Takes no more than a few seconds. Runs no
/// process where there is no checkout, or nothing to ask.
pub(super) fn read(
    folder: &Path,
    known: &Context,
    questions: &GitQuestions,
    system: &System,
    warnings: &mut Vec<String>,
) -> Context {
    let mut found = Context::default();
    let git = &known.git;
    // The message of a merge commit names the head of a pull request.
    let needs_message = questions.message || known.pull_request.number.is_some();
    let lacks_text =
        (needs_message && git.commit_message.is_none()) || (questions.author && git.commit_author.is_none());
    let is_complete = git.repository_url.is_some()
        && git.commit_sha.is_some()
        && !lacks_text
        && (git.branch.is_some() || git.tag.is_some());
    if is_complete || !has_checkout(folder, system) {
        return found;
    }
    let is_pull_request = known.pull_request.number.is_some();
    let wants_reference = git.branch.is_none() && git.tag.is_none() && git.checked_out == CheckedOut::Commit;
    let mut checkout =
        Checkout { git: Git::new(folder, system, questions.limit.min(TIMEOUT)), knows_reference: false };
    match (&git.commit_sha, &git.checked_out) {
        (Some(commit), _) if lacks_text => {
            checkout.read_commit(commit, &mut found);
        }
        (None, CheckedOut::Commit) => {
            let is_read = wants_reference && checkout.read_all(is_pull_request, &mut found);
            if !is_read {
                checkout.read_commit("HEAD", &mut found);
            }
        }
        (None, CheckedOut::Merge(merge)) => checkout.read_head(merge, None, &mut found),
        (None, CheckedOut::Target(target)) => checkout.read_head("HEAD", Some(target), &mut found),
        (Some(_), _) | (None, CheckedOut::Other) => {}
    }
    if git.repository_url.is_none() {
        found.git.repository_url = checkout.read_remote();
    }
    if wants_reference && !checkout.knows_reference {
        checkout.read_reference(is_pull_request, &mut found);
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

/// Whether git can find a repository: in the folder, in one above, or where its own variable is.
fn has_checkout(folder: &Path, system: &System) -> bool {
    let has_git = |folder: &Path| folder.join(".git").symlink_metadata().is_ok();
    let above = || folder.canonicalize().is_ok_and(|folder| folder.ancestors().any(has_git));
    folder.is_dir() && (system.environment.is_set("GIT_DIR") || above())
}

struct Checkout<'a> {
    git: Git<'a>,
    /// Whether the branch or tag was read together with the commit.
    knows_reference: bool,
}

impl Checkout<'_> {
    /// Reads the page of the repository, from the remote `origin`, or the only one.
    fn read_remote(&mut self) -> Option<Sourced> {
        let output = self.git.run(&["remote", "-v"])?;
        let remotes = output.lines().filter_map(|line| line.split_once('\t'));
        // The filter of a partial clone may follow.
        let fetched = remotes.filter_map(|(name, text)| Some((name, text.rsplit_once(" (fetch)")?.0)));
        let fetched: Vec<(&str, &str)> = fetched.collect();
        let origin = fetched.iter().find(|(name, _)| *name == "origin");
        let (name, url) = match fetched.as_slice() {
            [only] => only,
            _ => origin?,
        };
        let url = Sourced::new(*url, format!("git remote get-url {name}"));
        url.and_then(|url| FieldType::Repository.parse(url).ok())
    }

    fn read_commit(&mut self, commit: &str, found: &mut Context) {
        // `git` would take it for an option.
        if commit.starts_with('-') {
            return;
        }
        let format = "--format=%H%x00%an <%ae>%x00%B";
        let Some(output) = self.log(&[format, commit, "--"]) else { return };
        add_commit(output.splitn(3, '\0'), &format!("git log -1 {commit}"), found);
    }

    /// Reads the commit that is checked out and its branch or tag at once. `false` if git cannot do that, because it is too old.
    fn read_all(&mut self, is_pull_request: bool, found: &mut Context) -> bool {
        // Settings may leave out some references, but not those that are asked for.
        let Some(output) = self.log(&[
            "--decorate=full",
            "--decorate-refs=HEAD",
            "--decorate-refs=refs/heads",
            "--decorate-refs=refs/tags",
            "--decorate-refs=refs/remotes",
            "--format=%D%x00%H%x00%an <%ae>%x00%B",
            "HEAD",
            "--",
        ]) else {
            return false;
        };
        let Some((references, commit)) = output.split_once('\0') else { return false };
        let source = "git log -1 HEAD";
        add_commit(commit.splitn(3, '\0'), source, found);
        self.knows_reference = true;
        // Names of references contain no blanks.
        let references: Vec<&str> = references.split(", ").collect();
        match references.iter().find_map(|reference| reference.strip_prefix("HEAD -> ")) {
            Some(branch) => add_branch(&Sourced::new(branch, source), is_pull_request, found),
            None if is_pull_request => {}
            None => {
                let references = references.iter().map(|name| name.strip_prefix("tag: ").unwrap_or(name));
                let is_wanted = |name: &&str| !name.starts_with("refs/heads/");
                let mut references: Vec<&str> = references.filter(is_wanted).collect();
                references.sort_unstable();
                add_reference(references, source, found);
            }
        }
        true
    }

    fn log(&mut self, arguments: &[&str]) -> Option<Sourced> {
        let common = ["log", "-1", "-s", "--no-show-signature", "--encoding=UTF-8"];
        self.git.run(&[&common, arguments].concat())
    }

    /// Reads the head of a pull request, the second parent of a merge commit, if the first one is `target`. Unlike `git log`,
    /// this finds the parents in a shallow clone too.
    fn read_head(&mut self, merge: &str, target: Option<&str>, found: &mut Context) {
        let Some(commit) = self.git.run(&["cat-file", "commit", merge]) else { return };
        let header = commit.lines().take_while(|line| !line.is_empty());
        let parents: Vec<&str> = header.filter_map(|line| line.strip_prefix("parent ")).collect();
        if let [first, head] = parents.as_slice()
            && target.is_none_or(|target| target == *first)
        {
            self.read_commit(head, found);
            let source = format!("{} (second parent)", commit.source);
            found.git.commit_sha = Some(Sourced::new(*head, source));
        }
    }

    /// Reads the branch that is checked out. On a detached head, reads the tag or the only remote branch at
    /// this commit, unless it is that of a pull request.
    fn read_reference(&mut self, is_pull_request: bool, found: &mut Context) {
        if let Some(branch) = self.git.run(&["symbolic-ref", "--quiet", "HEAD"]) {
            add_branch(&branch, is_pull_request, found);
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
            "refs/remotes",
        ]) else {
            return;
        };
        add_reference(references.lines(), "git for-each-ref --points-at=HEAD", found);
    }
}

/// Adds hash, author and message of a commit.
fn add_commit<'a>(parts: impl Iterator<Item = &'a str>, source: &str, found: &mut Context) {
    // The limit of variables.
    let is_usable = |part: &&str| !part.is_empty() && part.len() <= MAX_BYTES;
    let mut parts = parts.map(str::trim);
    let mut next = || parts.next().filter(is_usable).map(|part| Sourced::new(part, source));
    found.git.commit_sha = next();
    found.git.commit_author = next();
    found.git.commit_message = next();
}

/// Adds the branch that is checked out.
fn add_branch(reference: &Sourced, is_pull_request: bool, found: &mut Context) {
    match Reference::parse(reference) {
        // CIs call the local branch of a pull request `pull/7` or the like.
        Reference::Branch(name)
            if !is_pull_request || Reference::parse(&name) == Reference::Branch(name.clone()) =>
        {
            found.git.branch = Some(reference.implies(&name));
        }
        Reference::MergeQueue { number, target } => {
            found.pull_request.number = Some(reference.implies(&number));
            found.git.target_branch = Some(reference.implies(&target));
        }
        _ => {}
    }
}

/// Adds the first tag of these references, or else the only branch.
fn add_reference<'a>(references: impl IntoIterator<Item = &'a str>, source: &str, found: &mut Context) {
    let mut branches = Vec::new();
    for reference in references {
        match Reference::parse(reference) {
            Reference::Tag(tag) => {
                found.git.tag.get_or_insert_with(|| Sourced::new(tag, source));
            }
            Reference::Branch(branch) if !branches.contains(&branch) => branches.push(branch),
            _ => {}
        }
    }
    if let (None, [branch]) = (&found.git.tag, branches.as_slice()) {
        found.git.branch = Some(Sourced::new(branch, source));
    }
}
