//! The deliveries that `redeliver` does not send, grouped by endpoint and reason.

use crate::delivery::Record;
use crate::report::{Console, printable};

/// The most groups. Anyone may have written records, with any names of endpoints.
const MAX_GROUPS: usize = 10;

/// Why a delivery is not resent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    NoEndpoint,
    BeforeSecret,
    OtherSecret,
    Disabled,
    BeingSent,
}

impl Reason {
    /// Whether the delivery needs the user.
    fn is_failure(self) -> bool {
        !matches!(self, Self::Disabled | Self::BeingSent)
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::NoEndpoint => "no endpoint has this name; configure it or use --to",
            Self::BeforeSecret => {
                "recorded before the endpoint had a secret, when anyone who knew its URL could write records"
            }
            Self::OtherSecret => {
                "sealed with another secret; if it was changed, set the old one as previous_secret"
            }
            Self::Disabled => "the endpoint is disabled",
            Self::BeingSent => "already being sent by another process",
        }
    }
}

/// The deliveries that are not resent.
#[derive(Debug, Default)]
pub(super) struct NotResent {
    groups: Vec<Group>,
    /// Those of further groups.
    ungrouped: usize,
    /// The number of all of them.
    pub(super) count: usize,
    /// Whether one of them needs the user.
    pub(super) has_failure: bool,
}

#[derive(Debug)]
struct Group {
    endpoint: String,
    reason: Reason,
    first_id: String,
    count: usize,
}

impl NotResent {
    /// Adds a delivery to this endpoint, to be reported.
    pub(super) fn add(&mut self, record: &Record, endpoint: &str, reason: Reason) {
        self.count += 1;
        self.has_failure |= reason.is_failure();
        let mut groups = self.groups.iter_mut();
        if let Some(group) = groups.find(|group| group.endpoint == endpoint && group.reason == reason) {
            group.count += 1;
        } else if self.groups.len() < MAX_GROUPS {
            let (endpoint, first_id) = (endpoint.to_owned(), record.id.clone());
            self.groups.push(Group { endpoint, reason, first_id, count: 1 });
        } else {
            self.ungrouped += 1;
        }
    }

    /// Adds deliveries that were reported.
    pub(super) fn add_reported(&mut self, count: usize, is_failure: bool) {
        self.count += count;
        self.has_failure |= is_failure && count > 0;
    }

    /// Reports each group in a line.
    pub(super) fn report(&self, console: &mut Console) {
        for Group { endpoint, reason, first_id, count } in &self.groups {
            let deliveries = match count {
                1 => format!("delivery {first_id}"),
                _ => format!("{count} deliveries"),
            };
            let text = format!("{deliveries} to {}: {}", printable(endpoint), reason.as_str());
            if reason.is_failure() { console.warning(&text) } else { console.notice(&text) }
        }
        if self.ungrouped > 0 {
            console.warning(&format!("not resent for such reasons: {} other deliveries", self.ungrouped));
        }
    }
}
