//! Who wrote a record. Only what this program recorded for an endpoint is sent to it.

use serde::Serialize;

use crate::settings::Endpoint;
use crate::state::{SealKey, Sealed};

/// Who wrote a record, by its seal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// This program, with the secret of the endpoint of the record's name, or with its URL while it has no secret.
    Ours,
    /// This program, or anyone who knows the endpoint's URL, before the endpoint had a secret.
    BeforeSecret,
    /// This program with a secret that is no longer configured, or someone else.
    OtherSecret,
    /// Unknown: no configured endpoint has this name.
    Unchecked,
}

impl Origin {
    /// Checks a seal with the configured endpoint of the record's name.
    pub(super) fn detect(sealed: &Sealed, endpoint_name: &str, endpoints: &[Endpoint]) -> Self {
        let Some(endpoint) = endpoints.iter().find(|endpoint| endpoint.name == endpoint_name) else {
            return Self::Unchecked;
        };
        if sealed.open(&endpoint.opening_keys()).is_some() {
            Self::Ours
        } else if sealed.open(&[endpoint.url_key()]).is_some() {
            Self::BeforeSecret
        } else {
            Self::OtherSecret
        }
    }

    /// Whether a record of another endpoint may be sent to `target`: if a secret of any
    /// configured endpoint sealed it, or the URL of any, as long as the target has no secret.
    fn allows(sealed: &Sealed, target: &Endpoint, endpoints: &[Endpoint]) -> bool {
        let secrets: Vec<SealKey> = endpoints.iter().flat_map(Endpoint::secret_keys).collect();
        let is_open = sealed.open(&secrets).is_some();
        is_open
            || (target.secret.is_none()
                && endpoints.iter().any(|one| sealed.open(&[one.url_key()]).is_some()))
    }

    /// Whether a record of `name` may be sent to `target`.
    pub(super) fn admits(sealed: &Sealed, name: &str, target: &Endpoint, endpoints: &[Endpoint]) -> bool {
        if target.name == name {
            Self::detect(sealed, name, endpoints) == Self::Ours
        } else {
            Self::allows(sealed, target, endpoints)
        }
    }

    /// The mark in tables. Empty for our own records.
    pub fn mark(self) -> &'static str {
        match self {
            Self::Ours => "",
            Self::BeforeSecret => "before secret",
            Self::OtherSecret => "other secret",
            Self::Unchecked => "unchecked",
        }
    }

    /// The consequence for a redelivery.
    pub fn explanation(self) -> &'static str {
        match self {
            Self::Ours => "recorded for this endpoint",
            Self::BeforeSecret => {
                "recorded before the endpoint had a secret; not sent, because anyone who knew its URL can have written it"
            }
            Self::OtherSecret => {
                "sealed with another secret: it was changed, or someone else wrote the record; set the old one as previous_secret \
                 to resend it"
            }
            Self::Unchecked => "unchecked: no configured endpoint has this name",
        }
    }
}
