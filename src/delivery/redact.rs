//! Takes out of a text what must not be written down, in case a receiver or an error repeats it.

use crate::settings::Endpoint;

/// What of an endpoint must not show: secrets, values of its headers, and user, path and query of its address.
#[derive(Debug, Clone)]
pub(super) struct Redactor(Hidden);

#[derive(Clone)]
struct Hidden(Vec<String>);

impl std::fmt::Debug for Hidden {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("***")
    }
}

impl Redactor {
    /// What of this endpoint must not show. Parts of fewer than four characters are no secrets.
    pub(super) fn of(endpoint: &Endpoint) -> Self {
        let secrets = endpoint.secret.iter().chain(&endpoint.previous_secret);
        let headers = endpoint.headers.iter().map(|(_, value)| value);
        let mut hidden = endpoint.url.hidden_parts();
        hidden.extend(secrets.chain(headers).map(|secret| secret.expose().to_owned()));
        hidden.retain(|part| part.len() >= 4);
        // A part that contains another goes first, or a remainder of it would stay.
        hidden.sort_by_key(|part| std::cmp::Reverse(part.len()));
        Self(Hidden(hidden))
    }

    /// The text with `***` in the place of each hidden part.
    pub(super) fn redact(&self, text: &str) -> String {
        self.0.0.iter().fold(text.to_owned(), |text, hidden| text.replace(hidden.as_str(), "***"))
    }
}
