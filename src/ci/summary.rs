//! The CIs as a list for readers: how each is recognized, and where its result is.

use std::fmt;

use super::marker::Marker;
use super::provider::ResultVariable;
use super::providers::PROVIDERS;

/// A CI in a list.
#[derive(Debug)]
pub struct ProviderSummary {
    /// Its identifier.
    pub id: &'static str,
    /// Its name.
    pub name: &'static str,
    /// The first of the conditions that identify its jobs, in Markdown.
    pub detected_by: String,
    /// The variables from which the result of a build is read.
    pub result_variables: Vec<&'static str>,
}

/// Every CI whose variables are read, sorted by name.
pub fn provider_summaries() -> Vec<ProviderSummary> {
    let mut summaries: Vec<ProviderSummary> = PROVIDERS
        .iter()
        .map(|provider| ProviderSummary {
            id: provider.id,
            name: provider.name,
            detected_by: provider.markers.first().map(Marker::to_string).unwrap_or_default(),
            result_variables: provider.result.iter().map(ResultVariable::name).collect(),
        })
        .collect();
    summaries.sort_by_key(|summary| summary.name.to_lowercase());
    summaries
}

impl fmt::Display for Marker {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Set(name) => write!(formatter, "`{name}`"),
            Self::NotSet(name) => write!(formatter, "no `{name}`"),
            Self::Is(name, value) => write!(formatter, "`{name}` is `{value}`"),
            Self::IsNot(name, value) => write!(formatter, "`{name}` is not `{value}`"),
            Self::StartsWith(name, start) => write!(formatter, "`{name}` starts with `{start}`"),
            Self::NotStartsWith(name, start) => write!(formatter, "`{name}` does not start with `{start}`"),
            Self::EndsWith(name, end) => write!(formatter, "`{name}` ends with `{end}`"),
            Self::All(markers) => {
                let markers: Vec<String> = markers.iter().map(Self::to_string).collect();
                formatter.write_str(&markers.join(", "))
            }
        }
    }
}

impl ResultVariable {
    fn name(&self) -> &'static str {
        match *self {
            Self::Word(name)
            | Self::Failure(name)
            | Self::ExitCode(name)
            | Self::Succeeding(name)
            | Self::Cancelled(name) => name,
        }
    }
}
