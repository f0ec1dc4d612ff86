//! A value together with where it came from.

use std::ops::Deref;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A value of the context and its source: a variable, a file, a git command or a flag. It derefs to the value, so
/// `as_deref` turns an `Option<Sourced>` into an `Option<&str>`.
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
}

impl Deref for Sourced {
    type Target = str;

    fn deref(&self) -> &str {
        &self.value
    }
}

/// From `NAME=value`.
impl<'de> Deserialize<'de> for Sourced {
    // NOTE: kept out of line, or each variable of each provider would hold a copy of it.
    #[inline(never)]
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let variable = String::deserialize(deserializer)?;
        let (name, value) = variable.split_once('=').unwrap_or(("", &variable));
        Ok(Self::new(value, name))
    }
}

/// The value alone.
impl Serialize for Sourced {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.value)
    }
}
