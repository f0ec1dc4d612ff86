//! Trusted certificate authorities.

use std::path::Path;
use std::sync::Arc;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls_native_certs::{load_certs_from_paths, load_native_certs};
use ureq::tls::Certificate;

use crate::system::Environment;

/// The certificates that endpoints trust.
#[derive(Debug, Clone)]
pub(in crate::delivery) struct Trust {
    pub(super) roots: Arc<RootCertStore>,
    /// The certificates that the user named, which may be those of servers themselves.
    pub(super) pinned: Vec<CertificateDer<'static>>,
    /// The variable that names a file or folder without a certificate, and its value.
    pub(in crate::delivery) unusable: Option<String>,
}

impl Trust {
    /// The authorities of `ca_file` and those in `SSL_CERT_FILE` and `SSL_CERT_DIR`, or else the system's.
    ///
    /// If the system has none, as in an empty container, Mozilla's are used.
    pub(in crate::delivery) fn load(environment: &Environment, ca_file: &[Certificate<'static>]) -> Self {
        let file = environment.get("SSL_CERT_FILE");
        let folder = environment.get("SSL_CERT_DIR");
        let mut pinned: Vec<CertificateDer<'static>> =
            ca_file.iter().map(|certificate| certificate.der().to_vec().into()).collect();
        // Unreadable certificates are skipped: the others may be enough.
        let mut trusted = match (file, folder) {
            (None, None) => load_native_certs().certs,
            _ => load_certs_from_paths(file.map(Path::new), folder.map(Path::new)).certs,
        };
        if file.is_some() {
            pinned.extend(trusted.iter().cloned());
        }
        let unusable = (trusted.is_empty())
            .then(|| {
                let named = [("SSL_CERT_FILE", file), ("SSL_CERT_DIR", folder)];
                named.into_iter().find_map(|(name, value)| Some(format!("{name}={}", value?)))
            })
            .flatten();
        if trusted.is_empty() {
            trusted.extend(webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().cloned());
        }
        trusted.extend(pinned.iter().cloned());
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(trusted);
        Self { roots: Arc::new(roots), pinned, unusable }
    }

    /// Trusts no one, for endpoints without TLS.
    pub(in crate::delivery) fn none() -> Self {
        Self { roots: Arc::new(RootCertStore::empty()), pinned: Vec::new(), unusable: None }
    }
}
