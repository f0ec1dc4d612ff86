//! A value and where it was found.

use std::ops::Deref;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A value of the context together with its source: a variable, a file, a git command, a flag.
///
/// Providers get it from `envy` as the type of their variables: each value is handed over as `NAME=value`, so that
/// the name travels with it.
// NOTE: boxed, because providers have structs of dozens of them, and every move and drop is code in each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found(Box<Parts>);

/// What a [`Found`] consists of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    /// The value itself, never blank.
    pub value: String,
    /// Where it came from, in words a user can act on: `GITHUB_SHA`, `git remote get-url origin`.
    pub source: String,
}

impl Found {
    /// A value from a source.
    pub fn new(value: impl Into<String>, source: impl Into<String>) -> Self {
        Self(Box::new(Parts { value: value.into(), source: source.into() }))
    }

    /// The value changed, its source kept.
    #[must_use]
    pub fn map(mut self, change: impl FnOnce(&str) -> String) -> Self {
        self.0.value = change(&self.0.value);
        self
    }

    /// The value changed or dropped, its source kept.
    pub fn and_then(mut self, change: impl FnOnce(&str) -> Option<String>) -> Option<Self> {
        self.0.value = change(&self.0.value)?;
        Some(self)
    }
}

impl Deref for Found {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Found {
    // NOTE: kept out of line, or each variable of each provider would hold a copy of it.
    #[inline(never)]
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let variable = String::deserialize(deserializer)?;
        let (name, value) = variable.split_once('=').unwrap_or(("", &variable));
        Ok(Self::new(value, name))
    }
}

/// Only the value: the source is for people.
impl Serialize for Found {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.value)
    }
}

/// The value without its source.
pub fn value_of(found: &Option<Found>) -> Option<&str> {
    found.as_ref().map(|found| found.value.as_str())
}
