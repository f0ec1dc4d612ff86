//! Removes secrets from responses and errors, in case a receiver repeats them.

use std::fmt;

use crate::settings::Endpoint;

/// Shorter strings are not treated as secrets, in bytes.
const MIN_LEN: usize = 4;

/// The secrets of an endpoint, longest first: its secrets, header values, and the user, path and query of its URL.
pub(super) struct Redactor(Vec<String>);

/// Hides the secrets.
impl fmt::Debug for Redactor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Redactor(***)")
    }
}

impl Redactor {
    /// A redactor for the secrets of this endpoint.
    pub(super) fn new(endpoint: &Endpoint) -> Self {
        let secrets = endpoint.secret.iter().chain(&endpoint.previous_secret);
        let headers = endpoint.headers.iter().map(|(_, value)| value);
        let mut hidden = endpoint.url.hidden_parts();
        hidden.extend(secrets.chain(headers).map(|secret| secret.expose_secret().to_owned()));
        hidden.retain(|part| part.len() >= MIN_LEN);
        // If one secret contains another, replace the longer one first; otherwise part of it would remain.
        hidden.sort_by_key(|part| std::cmp::Reverse(part.len()));
        Self(hidden)
    }

    /// Replaces each secret with `***`, including one that is cut off by the end of the text.
    pub(super) fn redact(&self, text: &str) -> String {
        let mut text =
            self.0.iter().fold(text.to_owned(), |text, hidden| text.replace(hidden.as_str(), "***"));
        let cut = self.0.iter().filter_map(|hidden| prefix_at_end(&text, hidden)).max();
        if let Some(length) = cut {
            text.truncate(text.len() - length);
            text.push_str("***");
        }
        text
    }
}

/// Length in bytes of the longest prefix of `hidden` at the end of the text. `None` if it is shorter than [`MIN_LEN`].
fn prefix_at_end(text: &str, hidden: &str) -> Option<usize> {
    (MIN_LEN..hidden.len())
        .rev()
        .find(|length| hidden.get(..*length).is_some_and(|prefix| text.ends_with(prefix)))
}
