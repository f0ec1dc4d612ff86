//! Removes secrets from responses and errors, in case a receiver or a proxy repeats them, whole or in part.

use std::fmt;
use std::ops::Range;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::decoded::Decoded;
use super::http::proxy_credentials;
use crate::settings::{Endpoint, Secret};
use crate::system::Environment;

/// Shorter secrets are not removed, in bytes: they occur everywhere.
const MIN_LEN: usize = 4;
/// Shorter parts of secrets are not removed, in bytes.
const MIN_PART_LEN: usize = 8;

/// The secrets of an endpoint and its proxy.
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
        hidden.sort_unstable();
        hidden.dedup();
        Self(hidden)
    }

    /// Replaces each secret with `***`, also one with escapes or in another letter case, and one that is cut off by the end of
    /// the text.
    pub(super) fn redact(&self, text: &str) -> String {
        let plain = Decoded::plain(text);
        let once = plain.decode();
        let twice = once.decode();
        let mut ranges: Vec<Range<usize>> =
            [plain, once, twice].iter().flat_map(|decoded| self.find(decoded, text.len())).collect();
        ranges.sort_by_key(|range| range.start);
        let (mut redacted, mut end) = (String::new(), 0);
        for range in ranges {
            if range.start >= end {
                redacted.push_str(text.get(end..range.start).unwrap_or_default());
                redacted.push_str("***");
            }
            end = end.max(range.end);
        }
        redacted.push_str(text.get(end..).unwrap_or_default());
        redacted
    }

    /// Where the text, of this length, has secrets.
    fn find(&self, decoded: &Decoded, length: usize) -> Vec<Range<usize>> {
        let bytes = &decoded.bytes;
        let mut found = Vec::new();
        for hidden in self.0.iter().map(String::as_bytes) {
            let mut at = 0;
            while let Some(position) =
                bytes[at..].windows(hidden.len()).position(|window| window.eq_ignore_ascii_case(hidden))
            {
                found.push(decoded.origin(at + position..at + position + hidden.len()));
                at += position + hidden.len();
            }
            let ends_with = |part: &[u8]| {
                bytes.len().checked_sub(part.len()).is_some_and(|at| bytes[at..].eq_ignore_ascii_case(part))
            };
            let cut = (MIN_LEN..hidden.len()).rev().find(|length| ends_with(&hidden[..*length]));
            found.extend(
                cut.map(|length_of_cut| {
                    decoded.origin(bytes.len() - length_of_cut..bytes.len()).start..length
                }),
            );
        }
        found
    }
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

#[cfg(test)]
mod tests {
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

    use super::*;
    use crate::settings::EndpointUrl;

    /// In the forms that receivers repeat what they were sent in.
    #[test]
    fn escaped_secrets_are_removed() {
        let url = EndpointUrl::parse("https://hooks.example/services/T012/B345/tok-key?auth=k3y-5ecret&x=1")
            .unwrap();
        let mut endpoint = Endpoint::new("lab", url, None);
        let secret = "sk-live_abc/DEF+ghi\"jk&lö=";
        endpoint.headers = vec![("x-api-key".to_owned(), Secret::new(secret))];
        let redactor = Redactor::new(&endpoint, &Environment::default());
        let percent = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
        let json = serde_json::Value::from(secret).to_string();
        let html = secret.replace('&', "&amp;").replace('"', "&quot;");
        for form in [
            secret.to_owned(),
            percent.clone(),
            percent.to_lowercase().replace("def", "DEF"),
            percent.replace("%2D", "-").replace("%5F", "_"),
            utf8_percent_encode(&percent, NON_ALPHANUMERIC).to_string(),
            json.clone(),
            json.replace('/', "\\/").replace('+', "\\u002B").replace('ö', "\\u00f6"),
            serde_json::Value::from(html.clone()).to_string(),
            html,
            "/services/T012/B345/tok-key?auth=k3y-5ecret&amp;x=1".to_owned(),
            r"\/services\/T012\/B345\/tok-key".to_owned(),
            "invalid token k3y-5ecret in path".to_owned(),
            "/SERVICES/t012/b345/TOK-KEY?auth=K3Y-5ECRET".to_owned(),
            "/services%2Ft012%2fb345/tok-Key".to_owned(),
        ] {
            for cut in 0..=2 {
                let text = format!("before {form}");
                let Some(text) = text.get(..text.len() - cut) else { continue };
                let redacted = redactor.redact(text);
                let is_removed = ["live", "5ecret", "b345", "def"]
                    .iter()
                    .all(|part| !redacted.to_lowercase().contains(part));
                assert!(is_removed && redacted.starts_with("before "), "{text} -> {redacted}");
            }
        }
        assert_eq!(redactor.redact("nothing to hide: 100% & more"), "nothing to hide: 100% & more");
    }

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
