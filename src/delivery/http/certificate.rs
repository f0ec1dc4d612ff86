//! The validity of a certificate chain.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rustls::RootCertStore;
use rustls::pki_types::{CertificateDer, UnixTime};
use webpki::{EndEntityCert, KeyUsage};

use super::{Trust, tls};

/// How far ahead to look, in seconds.
const MAX_SECONDS: u64 = 50 * 365 * 86_400;

/// The last second at which the chain is valid. `None` if it is not valid now.
///
/// The result is found by bisection, because the first certificate of the chain to expire, or of several possible
/// chains the last, decides.
pub(super) fn valid_until(chain: &[CertificateDer], trust: &Trust, now: Timestamp) -> Option<Timestamp> {
    let (certificate, intermediates) = chain.split_first()?;
    let leaf = EndEntityCert::try_from(certificate).ok()?;
    let is_pinned = trust.pinned.iter().any(|pinned| pinned == certificate);
    let algorithms = tls::provider().signature_verification_algorithms.all;
    let is_valid_at = |seconds: u64| {
        let time = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        let usage = KeyUsage::server_auth();
        let is_valid_by = |roots: &Arc<RootCertStore>| {
            match leaf.verify_for_usage(algorithms, &roots.roots, intermediates, time, usage, None, None) {
                Ok(_) => true,
                // Dates are checked before this.
                Err(webpki::Error::CaUsedAsEndEntity) => is_pinned,
                Err(_) => false,
            }
        };
        is_valid_by(&trust.named) || trust.system().is_some_and(is_valid_by)
    };
    let mut valid = u64::try_from(now.as_second()).ok()?;
    let mut invalid = valid + MAX_SECONDS;
    if !is_valid_at(valid) {
        return None;
    }
    while invalid - valid > 1 {
        let middle = valid + (invalid - valid) / 2;
        if is_valid_at(middle) {
            valid = middle;
        } else {
            invalid = middle;
        }
    }
    Timestamp::from_second(i64::try_from(valid).ok()?).ok()
}
