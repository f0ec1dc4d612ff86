//! Trusted certificate authorities.

use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::thread;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls_native_certs::{load_certs_from_paths, load_native_certs};
use ureq::tls::Certificate;

use crate::file_rules::FileRules;
use crate::system::Environment;

/// The certificates that endpoints trust, read when they are first needed.
#[derive(Debug, Clone)]
pub struct SharedTrust(Arc<LazyLock<Trust, Box<dyn FnOnce() -> Trust + Send>>>);

impl SharedTrust {
    /// The authorities of `ca_file` and those of the environment or the system.
    pub fn new(environment: &Environment, ca_file: &[Certificate<'static>], rules: &FileRules) -> Self {
        let (environment, ca_file, rules) = (environment.clone(), ca_file.to_vec(), rules.clone());
        Self(Arc::new(LazyLock::new(Box::new(move || Trust::load(&environment, &ca_file, &rules)))))
    }

    /// Reads them now, on a thread.
    pub fn prepare(&self) {
        let trust = Arc::clone(&self.0);
        // Without a thread they are read later.
        let _ = thread::Builder::new().spawn(move || {
            LazyLock::force(&trust);
        });
    }

    pub(in crate::delivery) fn get(&self) -> &Trust {
        &self.0
    }
}

/// The certificates that endpoints trust.
#[derive(Debug)]
pub(in crate::delivery) struct Trust {
    pub(super) roots: Arc<RootCertStore>,
    /// The certificates that the user named, which may be those of servers themselves.
    pub(super) pinned: Arc<[CertificateDer<'static>]>,
    /// The variable that names a file or folder without a certificate, or in the checkout, and its value.
    pub(in crate::delivery) unusable: Option<String>,
}

impl Trust {
    /// The authorities of `ca_file` and those in `SSL_CERT_FILE` and `SSL_CERT_DIR`, or else the system's.
    ///
    /// If the system has none, as in an empty container, Mozilla's are used. Files in the checkout are not trusted.
    pub(in crate::delivery) fn load(
        environment: &Environment,
        ca_file: &[Certificate<'static>],
        rules: &FileRules,
    ) -> Self {
        const NAMES: [&str; 2] = ["SSL_CERT_FILE", "SSL_CERT_DIR"];
        let named = NAMES.map(|name| environment.get(name));
        let [file, folder] =
            named.map(|path| path.filter(|path| rules.permits_configuration(Path::new(path))));
        let mut pinned: Vec<CertificateDer<'static>> =
            ca_file.iter().map(|certificate| certificate.der().to_vec().into()).collect();
        // Unreadable certificates are skipped: the others may be enough.
        let mut trusted = match named {
            [None, None] => system_authorities(),
            _ => load_certs_from_paths(file.map(Path::new), folder.map(Path::new)).certs,
        };
        if file.or(folder).is_some() {
            pinned.extend(trusted.iter().cloned());
        }
        let mut settings = NAMES.into_iter().zip(named).filter(|_| trusted.is_empty());
        let unusable = settings.find_map(|(name, path)| Some(format!("{name}={}", path?)));
        if trusted.is_empty() {
            trusted.extend(webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().cloned());
        }
        trusted.extend(pinned.iter().cloned());
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(trusted);
        Self { roots: Arc::new(roots), pinned: pinned.into(), unusable }
    }
}

/// The system's authorities. Its folders contain those of its bundle once more, one file each.
fn system_authorities() -> Vec<CertificateDer<'static>> {
    #[cfg(all(unix, not(target_os = "macos")))]
    {
        let bundle = openssl_probe::probe().cert_file;
        let certificates = load_certs_from_paths(bundle.as_deref(), None).certs;
        if !certificates.is_empty() {
            return certificates;
        }
    }
    load_native_certs().certs
}
