//! Takes out of a text what must not be written down, in case a receiver or an error repeats it.

use crate::settings::Endpoint;

/// Fewer bytes than these are no secret.
const MIN_LEN: usize = 4;

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
    /// What of this endpoint must not show.
    pub(super) fn new(endpoint: &Endpoint) -> Self {
        let secrets = endpoint.secret.iter().chain(&endpoint.previous_secret);
        let headers = endpoint.headers.iter().map(|(_, value)| value);
        let mut hidden = endpoint.url.hidden_parts();
        hidden.extend(secrets.chain(headers).map(|secret| secret.expose_secret().to_owned()));
        hidden.retain(|part| part.len() >= MIN_LEN);
        // A part that contains another goes first, or a remainder of it would stay.
        hidden.sort_by_key(|part| std::cmp::Reverse(part.len()));
        Self(Hidden(hidden))
    }

    /// The text with `***` in the place of each hidden part, also of one that the end of the text cuts off.
    pub(super) fn redact(&self, text: &str) -> String {
        let mut text =
            self.0.0.iter().fold(text.to_owned(), |text, hidden| text.replace(hidden.as_str(), "***"));
        let cut = self.0.0.iter().filter_map(|hidden| beginning_at_end(&text, hidden)).max();
        if let Some(length) = cut {
            text.truncate(text.len() - length);
            text.push_str("***");
        }
        text
    }
}

/// How many bytes at the end of the text are the beginning of a hidden part, if they are four or more.
fn beginning_at_end(text: &str, hidden: &str) -> Option<usize> {
    (MIN_LEN..hidden.len()).rev().find(|length| {
        let beginning = hidden.get(..*length);
        beginning.is_some_and(|beginning| text.ends_with(beginning))
    })
}
