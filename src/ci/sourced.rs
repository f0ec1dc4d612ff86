//! A value together with where it came from.

use std::ops::Deref;

use serde::{Serialize, Serializer};

use super::reference::qualify_branch;

/// A value of the context and its source: a variable, a file, a git command or a flag. It derefs to the
/// value, so `as_deref` turns an `Option<Sourced>` into an `Option<&str>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sourced {
    /// The value, never blank.
    pub value: String,
    /// Its source, which a user can look up: `GITHUB_SHA`, `git remote get-url origin`.
    pub source: String,
}

impl Sourced {
    /// A value and its source.
    pub fn new(value: impl Into<String>, source: impl Into<String>) -> Self {
        Self { value: value.into(), source: source.into() }
    }

    /// Changes the value and keeps the source.
    #[must_use]
    pub fn map(mut self, change: impl FnOnce(&str) -> String) -> Self {
        self.value = change(&self.value);
        self
    }

    /// Changes or drops the value and keeps the source.
    pub fn and_then(mut self, change: impl FnOnce(&str) -> Option<String>) -> Option<Self> {
        self.value = change(&self.value)?;
        Some(self)
    }

    /// Another value that follows from this one, with the same source.
    pub(super) fn implies(&self, value: &str) -> Self {
        Self::new(value, self.source.clone())
    }

    /// The value in other words: each pair is a value and what it becomes. Other values are dropped.
    pub(super) fn translated(self, words: &[(&str, &str)]) -> Option<Self> {
        self.and_then(|value| {
            let (_, translation) = words.iter().find(|(word, _)| *word == value)?;
            Some((*translation).to_owned())
        })
    }

    /// The fully qualified reference of the branch with this exact name.
    pub(super) fn qualify_branch(self) -> Self {
        self.map(qualify_branch)
    }

    /// The page of the repository, from that of one of its pull or merge requests.
    pub(super) fn repository_of_pull_request(self) -> Option<Self> {
        let marks = [
            "/pull/",
            "/pulls/",
            "/-/merge_requests/",
            "/merge_requests/",
            "/pull-requests/",
            "/pullrequest/",
        ];
        marks.iter().find_map(|mark| self.clone().before(mark))
    }

    /// Scheme and host of a URL.
    pub(super) fn origin(self) -> Option<Self> {
        self.and_then(|url| {
            let (scheme, rest) = url.split_once("://")?;
            Some(format!("{scheme}://{}", rest.split(['/', '?', '#']).next()?))
        })
    }

    /// The part of the value before the first `mark`; `None` if it has none.
    pub(super) fn before(self, mark: &str) -> Option<Self> {
        self.and_then(|value| value.split_once(mark).map(|(before, _)| before.to_owned()))
    }
}

impl Deref for Sourced {
    type Target = str;

    fn deref(&self) -> &str {
        &self.value
    }
}

/// The value alone.
impl Serialize for Sourced {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.value)
    }
}
