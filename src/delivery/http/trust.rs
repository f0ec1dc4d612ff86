//! Trusted certificate authorities.

use std::path::Path;

use rustls_native_certs::{load_certs_from_paths, load_native_certs};
use ureq::tls::{Certificate, RootCerts};

use crate::system::Environment;

/// [`trusted_certificates`] for the HTTP client.
pub(in crate::delivery) fn trusted_roots(
    environment: &Environment,
    ca_file: &[Certificate<'static>],
) -> RootCerts {
    RootCerts::new_with_certs(&trusted_certificates(environment, ca_file))
}

/// The authorities of `ca_file` and those in `SSL_CERT_FILE` and `SSL_CERT_DIR`, or else the system's.
///
/// If the system has none, as in an empty container, Mozilla's are used.
pub(in crate::delivery) fn trusted_certificates(
    environment: &Environment,
    ca_file: &[Certificate<'static>],
) -> Vec<Certificate<'static>> {
    let file = environment.get("SSL_CERT_FILE").map(Path::new);
    let folder = environment.get("SSL_CERT_DIR").map(Path::new);
    // Unreadable certificates are skipped: the others may be enough.
    let system = match (file, folder) {
        (None, None) => load_native_certs().certs,
        _ => load_certs_from_paths(file, folder).certs,
    };
    let mut trusted: Vec<Certificate<'static>> =
        system.iter().map(|certificate| Certificate::from_der(certificate).to_owned()).collect();
    if trusted.is_empty() {
        let mozilla = webpki_root_certs::TLS_SERVER_ROOT_CERTS;
        trusted.extend(mozilla.iter().map(|certificate| Certificate::from_der(certificate)));
    }
    trusted.extend(ca_file.iter().cloned());
    trusted
}
