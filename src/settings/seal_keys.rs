//! Keys for what is kept between commands, made from the secrets of the endpoints.

use super::{Endpoint, Secret, Settings};
use crate::state::{LogKey, SealKey};

impl Endpoint {
    /// The key that seals records of deliveries to this endpoint: its secret's, or that of its URL without a secret.
    pub fn seal_key(&self) -> SealKey {
        match &self.secret {
            Some(secret) => SealKey::new(secret.expose_secret()),
            None => self.url_key(),
        }
    }

    /// The keys of the current and the previous secret. Empty without secrets.
    pub fn secret_keys(&self) -> Vec<SealKey> {
        let secrets = self.secret.iter().chain(&self.previous_secret);
        secrets.map(|secret| SealKey::new(secret.expose_secret())).collect()
    }

    /// The key for records in logs. `None` without a secret that is too long to be guessed from a public log.
    pub fn log_key(&self) -> Option<LogKey> {
        self.secret.as_ref().and_then(log_key)
    }

    /// The keys that open records in logs: those of the current and the previous secret.
    pub fn log_keys(&self) -> impl Iterator<Item = LogKey> {
        self.secret.iter().chain(&self.previous_secret).filter_map(log_key)
    }

    /// The key of the URL.
    pub fn url_key(&self) -> SealKey {
        SealKey::new(&self.url.expose_secret())
    }

    /// The keys that open the records of this endpoint: those of its secrets, or of its URL without a secret.
    pub fn opening_keys(&self) -> Vec<SealKey> {
        if self.secret.is_some() { self.secret_keys() } else { vec![self.url_key()] }
    }
}

/// The shortest key of a secret that may protect a line in a log, in bytes.
const MIN_LOG_KEY_LEN: usize = 24;

fn log_key(secret: &Secret) -> Option<LogKey> {
    let length = secret.standard_webhooks_key().map_or(secret.expose_secret().len(), |key| key.len());
    (length >= MIN_LOG_KEY_LEN).then(|| LogKey::new(secret.expose_secret()))
}

impl Settings {
    /// The key that seals what belongs to no endpoint: that of the first secret, else of the first URL. `None` without
    /// endpoints.
    pub fn seal_key(&self) -> Option<SealKey> {
        let with_secret = self.endpoints.iter().find(|endpoint| endpoint.secret.is_some());
        with_secret.or(self.endpoints.first()).map(Endpoint::seal_key)
    }

    /// The keys that open what [`Settings::seal_key`] sealed: those of all secrets, or of all URLs if no endpoint has a
    /// secret.
    pub fn opening_keys(&self) -> Vec<SealKey> {
        let secrets: Vec<SealKey> = self.endpoints.iter().flat_map(Endpoint::secret_keys).collect();
        let has_secret = self.endpoints.iter().any(|endpoint| endpoint.secret.is_some());
        if has_secret { secrets } else { self.endpoints.iter().map(Endpoint::url_key).collect() }
    }
}
