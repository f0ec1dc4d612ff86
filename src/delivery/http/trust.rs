//! Which certificate authorities are trusted.

use rustls_native_certs::{load_certs_from_paths, load_native_certs};
use ureq::tls::{Certificate, RootCerts};

use crate::system::Environment;

/// The system's authorities, or those that `SSL_CERT_FILE` and `SSL_CERT_DIR` name, and those of `ca_file`.
///
/// Where the system has none, as in an empty container, Mozilla's stand in for them. Verification is never off.
pub(in crate::delivery) fn authorities(
    environment: &Environment,
    ca_file: &[Certificate<'static>],
) -> RootCerts {
    RootCerts::new_with_certs(&certificates(environment, ca_file))
}

/// The same as certificates.
pub(in crate::delivery) fn certificates(
    environment: &Environment,
    ca_file: &[Certificate<'static>],
) -> Vec<Certificate<'static>> {
    let file = environment.get("SSL_CERT_FILE").map(std::path::Path::new);
    let folder = environment.get("SSL_CERT_DIR").map(std::path::Path::new);
    // What cannot be read of a store is left out: the rest of it may be enough.
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
