//! Endpoints that do not answer.

use std::collections::BTreeMap;

use crate::delivery::Outcome;

/// The names of endpoints that have answered none of a batch, with the number of deliveries that were left out for this reason. Each
/// batch would take a whole deadline.
#[derive(Default)]
pub(super) struct SilentEndpoints(BTreeMap<String, usize>);

impl SilentEndpoints {
    pub(super) fn skips(&mut self, name: &str) -> bool {
        let count = self.0.get_mut(name);
        let is_silent = count.is_some();
        count.into_iter().for_each(|count| *count += 1);
        is_silent
    }

    pub(super) fn learn(&mut self, outcomes: &[Outcome]) {
        for outcome in outcomes {
            let is_silent = outcomes
                .iter()
                .filter(|other| other.endpoint == outcome.endpoint)
                .all(|other| other.response_code.is_none() && other.error.is_some());
            if is_silent {
                self.0.entry(outcome.endpoint.to_string()).or_default();
            }
        }
    }

    /// Those to which deliveries were left out, and how many.
    pub(super) fn skipped(self) -> impl Iterator<Item = (String, usize)> {
        self.0.into_iter().filter(|(_, count)| *count > 0)
    }
}
