//! Secrets, which cannot be printed.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

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

/// The exact text, since white space may be part of the key. After `whsec_` it must be base64.
impl Setting for Secret {
    const PLACEHOLDER: &'static str = "SECRET";
    const EXPECTED: &'static str = "base64 after `whsec_`; `buildhook secret` generates such a secret";
    const IS_SECRET: bool = true;

    fn parse(text: &str) -> Option<Self> {
        let secret = Self::new(text);
        (!secret.is_standard_webhooks() || secret.standard_webhooks_key().is_some()).then_some(secret)
    }

    fn read(raw: &RawSetting) -> Result<Self, Mistake> {
        raw.as_exact_text().and_then(Self::parse).ok_or_else(|| unexpected::<Self>(raw, None))
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

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
}
