//! The release that a pipeline runs for, as its CI describes it.

use std::cell::RefCell;

use jiff::Timestamp;

use super::providers::PROVIDERS;
use super::variables::Variables;
use crate::system::Environment;

/// A release in the words of the CI.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Release {
    /// Its tag.
    pub tag: Option<String>,
    /// Its title.
    pub title: Option<String>,
    /// Its notes, Markdown.
    pub notes: Option<String>,
    /// When it was created.
    pub created_at: Option<Timestamp>,
}

impl Release {
    /// The release that this job runs for. All fields are `None` if there is none.
    pub fn detect(environment: &Environment) -> Self {
        // Warnings about these variables are those of the context's detection.
        let warnings = RefCell::default();
        let detected = PROVIDERS.iter().filter(|provider| provider.detect(environment).is_some());
        let found = detected.filter_map(|provider| {
            Some((provider.release?)(&Variables::new(environment, provider.prefixes, &warnings)))
        });
        found.into_iter().find(|release| *release != Self::default()).unwrap_or_default()
    }
}
