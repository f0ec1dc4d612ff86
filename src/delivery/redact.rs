//! Removes secrets from responses and errors, in case a receiver or a proxy repeats them, whole or in part.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::http::proxy_credentials;
use crate::settings::{Endpoint, Secret};
use crate::system::Environment;

/// Shorter secrets are not removed, in bytes: they occur everywhere.
const MIN_LEN: usize = 4;
/// Shorter parts of secrets are not removed, in bytes.
const MIN_PART_LEN: usize = 8;

/// The secrets of an endpoint and its proxy, longest first.
pub(super) struct Redactor(Vec<String>);

/// Hides the secrets.
impl fmt::Debug for Redactor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Redactor(***)")
    }
}

impl Redactor {
    /// A redactor for the secrets of this endpoint: its secrets, the values of its headers, the user, path and query of its
    /// URL, and the user and password of any proxy.
    pub(super) fn new(endpoint: &Endpoint, environment: &Environment) -> Self {
        let secrets = endpoint.secret.iter().chain(&endpoint.previous_secret).map(Secret::expose_secret);
        let headers: Vec<&str> = endpoint.headers.iter().map(|(_, value)| value.expose_secret()).collect();
        let mut parts: Vec<String> = secrets.clone().filter_map(without_prefix).collect();
        parts.extend(headers.iter().flat_map(|value| parts_of_header(value)));
        parts.extend(proxy_credentials(environment));
        parts.retain(|part| part.len() >= MIN_PART_LEN);

        let mut hidden = endpoint.url.hidden_parts();
        hidden.extend(secrets.chain(headers).map(str::to_owned));
        hidden.extend(parts);
        hidden.retain(|part| part.len() >= MIN_LEN);
        let encoded: Vec<String> = hidden.iter().flat_map(|part| encodings(part)).collect();
        hidden.extend(encoded);
        hidden.sort_unstable();
        hidden.dedup();
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

/// A Standard Webhooks key without `whsec_`.
fn without_prefix(secret: &str) -> Option<String> {
    secret.strip_prefix("whsec_").map(str::to_owned)
}

/// The parts of a header's value: a token without `Bearer`, the credentials within `Basic`, and everything between
/// separators.
fn parts_of_header(value: &str) -> Vec<String> {
    let is_separator = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | ':' | '=' | '"' | '\'');
    let mut parts: Vec<String> = value.split(is_separator).map(str::to_owned).collect();
    let words: Vec<&str> = value.split_whitespace().collect();
    parts.extend(words.iter().map(|word| (*word).to_owned()));
    for word in words {
        let decoded = STANDARD.decode(word).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        if let Some(credentials) = decoded {
            parts.extend(credentials.split(':').map(str::to_owned));
            parts.push(credentials);
        }
    }
    parts
}

/// The forms in which a receiver may repeat a string: as part of a URL, and in JSON.
fn encodings(text: &str) -> Vec<String> {
    let percent_encoded = utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let json = serde_json::Value::from(text).to_string();
    let in_json = json.trim_matches('"').to_owned();
    [percent_encoded, in_json].into_iter().filter(|encoded| encoded != text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::EndpointUrl;

    #[test]
    fn parts_and_encodings_are_removed_too() {
        let url = EndpointUrl::parse("https://hook-user:p%40ss-word-1@hooks.example/T0PS3CR3T?key=abcdefgh")
            .unwrap();
        let mut endpoint =
            Endpoint::new("lab", url, Some(Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")));
        endpoint.headers = vec![
            ("authorization".to_owned(), Secret::new("Bearer token-of-the-lab")),
            ("x-basic".to_owned(), Secret::new("Basic Y29ycmVjdC11c2VyOmhvcnNlLWJhdHRlcnk=")),
            ("x-parts".to_owned(), Secret::new("id=short; key=long-enough-part")),
            ("x-odd".to_owned(), Secret::new("odd/\"value\"&more")),
        ];
        let environment =
            [("HTTPS_PROXY", "http://proxy-user:proxy%21pass@proxy:3128")].into_iter().collect();
        let redactor = Redactor::new(&endpoint, &environment);
        for secret in [
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "token-of-the-lab",
            "Y29ycmVjdC11c2VyOmhvcnNlLWJhdHRlcnk=",
            "correct-user:horse-battery",
            "correct-user",
            "horse-battery",
            "long-enough-part",
            "odd%2F%22value%22%26more",
            "odd/\\\"value\\\"&more",
            "/T0PS3CR3T",
            "p@ss-word-1",
            "proxy!pass",
            "proxy%21pass",
            "cHJveHktdXNlcjpwcm94eSFwYXNz",
        ] {
            let redacted = redactor.redact(&format!("You sent {secret}, which is wrong"));
            assert!(!redacted.contains(secret) && redacted.contains("You sent ***"), "{secret}: {redacted}");
            let half = &secret[..secret.len() - 2];
            let cut = redactor.redact(&format!("You sent {half}"));
            assert!(!cut.contains(half) || half.len() < MIN_PART_LEN, "{half}: {cut}");
        }
        assert_eq!(redactor.redact("id is short, not found"), "id is short, not found");
    }
}
