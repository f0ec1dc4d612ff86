//! Secrets, which cannot be printed.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::placeholder::{is_placeholder, may_be_placeholder};
use super::setting::{Setting, unexpected};
use super::{Mistake, RawSetting};

/// The prefix of Standard Webhooks secrets, <https://www.standardwebhooks.com>.
const STANDARD_PREFIX: &str = "whsec_";

/// A secret. It is printed as `***`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The key of a Standard Webhooks secret, decoded from the base64 after `whsec_`, with or without
    /// padding. `None` for any other secret.
    pub fn standard_webhooks_key(&self) -> Option<Vec<u8>> {
        let key = self.0.strip_prefix(STANDARD_PREFIX)?;
        STANDARD_NO_PAD.decode(key.trim_end_matches('=')).ok().filter(|key| !key.is_empty())
    }

    /// Whether the secret starts with `whsec_`.
    pub fn is_standard_webhooks(&self) -> bool {
        self.0.starts_with(STANDARD_PREFIX)
    }

    /// The secret itself, only for signing and sending.
    pub fn expose_secret(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("***")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("***")
    }
}

/// Secrets shorter than this are easy to guess, in bytes.
const MIN_LEN: usize = 16;

/// A secret as people paste it, and the sentences about it that a warning has to state.
pub(super) struct Pasted<'a> {
    pub(super) secret: &'a str,
    pub(super) findings: Vec<&'static str>,
}

/// Removes what can only come from copying: a byte order mark, line ends, and around a `whsec_` secret also blanks,
/// quotation marks and the `v1,` of signatures. Around any other secret, blanks and quotation marks may be part of it.
pub(super) fn clean(text: &str) -> Pasted<'_> {
    let mut findings = Vec::new();
    let mut secret = text.strip_prefix('\u{feff}').unwrap_or(text);
    if secret.len() < text.len() {
        findings.push("begins with a byte order mark, which is left out");
    }
    let without_line_end = secret.trim_end_matches(['\r', '\n']);
    if without_line_end.len() < secret.len() {
        findings.push("ends with a line break, which is left out");
    }
    secret = without_line_end;
    let bare = secret.trim_matches(is_around);
    let bare = bare.strip_prefix("v1,").unwrap_or(bare).trim_matches(is_around);
    if bare.starts_with(STANDARD_PREFIX) {
        if bare != secret {
            findings.push("has blanks, quotation marks or `v1,` around `whsec_…`, which are left out");
        }
        secret = bare;
    } else if secret.starts_with(is_around) || secret.ends_with(is_around) {
        findings.push("starts or ends with blanks or quotation marks, which are part of the key");
    }
    if may_be_placeholder(secret) {
        findings.push("looks like a variable that was not replaced");
    }
    let length = Secret::new(secret).standard_webhooks_key().map_or(secret.len(), |key| key.len());
    if length < MIN_LEN {
        findings.push("is shorter than 16 bytes; `buildhook secret` generates one that cannot be guessed");
    }
    Pasted { secret, findings }
}

/// Whether it was copied from a log, where the CI hides secrets.
fn is_masked(secret: &str) -> bool {
    !secret.is_empty() && secret.chars().all(|c| c == '*')
}

fn is_around(c: char) -> bool {
    c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '\u{201c}' | '\u{201d}' | '\u{2018}' | '\u{2019}')
}

/// The text without what is removed from a pasted secret. After `whsec_` it must be base64.
impl Setting for Secret {
    const PLACEHOLDER: &'static str = "SECRET";
    const EXPECTED: &'static str = "base64 after `whsec_`; `buildhook secret` generates such a secret";
    const IS_SECRET: bool = true;

    fn parse(text: &str) -> Option<Self> {
        let secret = Self::new(clean(text).secret);
        let is_valid = !secret.is_standard_webhooks() || secret.standard_webhooks_key().is_some();
        let is_valid = is_valid && !is_placeholder(&secret.0) && !is_masked(&secret.0);
        (is_valid && !secret.0.trim_matches(is_around).is_empty()).then_some(secret)
    }

    fn read(raw: &RawSetting) -> Result<Self, Mistake> {
        let text = raw.as_exact_text().unwrap_or_default();
        Self::parse(text).ok_or_else(|| {
            let secret = clean(text).secret;
            if is_placeholder(secret) {
                return raw.mistake_without_value("a secret, not a variable that the CI did not replace");
            }
            if is_masked(secret) {
                return raw
                    .mistake_without_value("a secret, not the asterisks that a log shows instead of it");
            }
            let Some(key) = secret.strip_prefix(STANDARD_PREFIX) else {
                return raw.mistake_without_value("a secret, not only blanks and quotation marks");
            };
            let is_base64 = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=');
            match key.chars().position(|c| !is_base64(c)).zip(key.chars().find(|c| !is_base64(*c))) {
                Some((position, c)) => raw.mistake_without_value(format!(
                    "{}; character {} after it is `{}`",
                    Self::EXPECTED,
                    position + 1,
                    c.escape_debug()
                )),
                None => unexpected::<Self>(raw, None),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{RawSetting, Secret, Setting, clean};

    #[test]
    fn secrets_do_not_print_themselves() {
        let secret = Secret::new("s3cr3t");
        assert_eq!(format!("{secret} {secret:?}"), "*** ***");
    }

    #[test]
    fn a_standard_key_is_read_with_and_without_padding() {
        for (secret, key) in [
            ("whsec_a2V5MQ==", Some(&b"key1"[..])),
            ("whsec_a2V5MQ", Some(b"key1")),
            ("whsec_", None),
            ("whsec_not base64", None),
            ("a2V5MQ==", None),
        ] {
            assert_eq!(Secret::new(secret).standard_webhooks_key().as_deref(), key, "{secret}");
        }
    }

    #[test]
    fn what_copying_adds_is_left_out() {
        for (pasted, secret) in [
            ("s3cret\r\n", "s3cret"),
            ("\u{feff}s3cret\n\n", "s3cret"),
            (" s3cret\" ", " s3cret\" "),
            ("v1,s3cret", "v1,s3cret"),
            ("whsec_a2V5MQ==\n", "whsec_a2V5MQ=="),
            (" \"whsec_a2V5MQ==\"\r\n", "whsec_a2V5MQ=="),
            ("'v1,whsec_a2V5MQ=='", "whsec_a2V5MQ=="),
            ("v1, whsec_a2V5MQ==", "whsec_a2V5MQ=="),
        ] {
            assert_eq!(Secret::parse(pasted), Some(Secret::new(secret)), "{pasted:?}");
            let finding_count = usize::from(pasted != secret || pasted.starts_with(' '));
            assert!(clean(pasted).findings.len() > finding_count, "{pasted:?}: it is short, too");
        }
        for nothing in ["\"\"", "' '", "\u{feff}\n", "whsec_", "whsec_a!b"] {
            assert_eq!(Secret::parse(nothing), None, "{nothing:?}");
        }
    }

    #[test]
    fn a_mistake_names_the_character_that_is_no_base64() {
        let mistake =
            Secret::read(&RawSetting::text("whsec_aGVsbG8-d29ybGQ", "BUILDHOOK_SECRET")).unwrap_err();
        assert!(mistake.to_string().ends_with("character 8 after it is `-`"), "{mistake}");
        assert!(!mistake.to_string().contains("aGVs"), "{mistake}");
    }
}
