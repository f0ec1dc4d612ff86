//! A provider's variables, read into its struct.

use std::collections::BTreeSet;

use serde::de::DeserializeOwned;

use crate::system::Environment;

/// Reads a provider's variables. Every field of the struct is an `Option<Found>` named like its variable in
/// lower case; blank variables and templates that nobody filled in are absent.
pub(super) fn read_variables<T: DeserializeOwned + Default>(environment: &Environment) -> T {
    envy::from_iter(named_values(environment)).unwrap_or_default()
}

/// Every variable that says something, its value as `NAME=value`.
fn named_values(environment: &Environment) -> Vec<(String, String)> {
    let unfilled = |value: &str| matches!(value, "null" | "undefined" | "<nil>") || value.starts_with("${");
    // NOTE: `envy` compares names in lower case, so a shell's own `ci_job_id` must not shadow `CI_JOB_ID`, or
    // stand beside it: serde refuses a field that comes twice.
    let mut seen = BTreeSet::new();
    let mut variables = Vec::new();
    for (name, value) in environment.iter() {
        let value = value.trim();
        if !value.is_empty() && !unfilled(value) && seen.insert(name.to_lowercase()) {
            variables.push((name.to_owned(), format!("{name}={value}")));
        }
    }
    variables
}
