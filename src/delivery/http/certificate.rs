//! The validity of a certificate chain, and the names in a certificate.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rustls::RootCertStore;
use rustls::pki_types::{CertificateDer, UnixTime};
use webpki::{EndEntityCert, KeyUsage};

use super::{Trust, tls};

/// Whose certificate it is, and who issued it.
#[derive(Debug, Default)]
pub(in crate::delivery) struct Names {
    pub(in crate::delivery) subject: Option<String>,
    pub(in crate::delivery) issuer: Option<String>,
}

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

/// The names in a certificate, as its issuer wrote them.
pub(super) fn names(certificate: &CertificateDer) -> Names {
    let Ok(certificate) = EndEntityCert::try_from(certificate) else { return Names::default() };
    let first_host = || certificate.valid_dns_names().next().map(str::to_owned);
    let issuer = certificate.issuer();
    let parts = [attribute(issuer, ORGANIZATION), attribute(issuer, COMMON_NAME)];
    let issuer = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
    Names {
        subject: attribute(certificate.subject(), COMMON_NAME).or_else(first_host),
        issuer: Some(issuer).filter(|issuer| !issuer.is_empty()),
    }
}

/// The last byte of an attribute's type, which begins with 2.5.4, <https://www.rfc-editor.org/rfc/rfc5280#appendix-A.1>.
const COMMON_NAME: u8 = 3;
const ORGANIZATION: u8 = 10;

/// The first value of an attribute in a name in DER. Longer values than 127 bytes are not read.
fn attribute(name: &[u8], attribute_type: u8) -> Option<String> {
    let oid = [6, 3, 0x55, 4, attribute_type];
    let start = name.windows(oid.len()).position(|window| window == oid)? + oid.len();
    let length = name.get(start + 1).filter(|length| **length < 0x80)?;
    let value = name.get(start + 2..start + 2 + usize::from(*length))?;
    Some(String::from_utf8_lossy(value).into_owned()).filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_found_and_damaged_names_are_not_read() {
        let name = b"\x30\x1f\x31\x0b\x30\x09\x06\x03\x55\x04\x0a\x0c\x02Lab\x31\x0c\x30\x0a\x06\x03\x55\x04\x03\x13\x03ca1";
        assert_eq!(attribute(name, ORGANIZATION).as_deref(), Some("La"));
        assert_eq!(attribute(name, COMMON_NAME).as_deref(), Some("ca1"));
        assert_eq!(attribute(name, 6), None);
        for end in 0..name.len() {
            assert_eq!(attribute(&name[..end], COMMON_NAME), None, "{end}");
        }
        assert_eq!(attribute(b"\x06\x03\x55\x04\x03\x13\xff", COMMON_NAME), None);
    }
}
