//! Keys for what is kept between commands, made from the secrets of the endpoints.

use super::{Endpoint, Settings};
use crate::state::SealKey;

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

    /// The key of the URL.
    pub fn url_key(&self) -> SealKey {
        SealKey::new(&self.url.expose_secret())
    }

    /// The keys that open the records of this endpoint: those of its secrets, or of its URL without a secret.
    pub fn opening_keys(&self) -> Vec<SealKey> {
        if self.secret.is_some() { self.secret_keys() } else { vec![self.url_key()] }
    }
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
