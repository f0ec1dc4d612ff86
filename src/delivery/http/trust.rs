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

    /// Starts to read, on a thread, those that will be needed.
    pub fn prepare(&self) {
        let trust = self.clone();
        // Without a thread they are read later.
        let _ = thread::Builder::new().spawn(move || {
            let trust = trust.get();
            if trust.named.is_empty() {
                trust.system();
            }
        });
    }

    pub(in crate::delivery) fn get(&self) -> &Trust {
        &self.0
    }
}

/// The certificates that endpoints trust.
#[derive(Debug, Clone)]
pub(in crate::delivery) struct Trust {
    /// The authorities that the user named.
    pub(super) named: Arc<RootCertStore>,
    /// The certificates that the user named, which may be those of servers themselves.
    pub(super) pinned: Arc<[CertificateDer<'static>]>,
    /// `NAME=value` of the variable whose certificates cannot be used: there are none, or they are in the checkout.
    pub(in crate::delivery) unusable: Option<String>,
    /// The authorities of the system, if they are trusted too. They are many, so they are read only if the named ones do not suffice.
    system: Option<Arc<LazyLock<Arc<RootCertStore>>>>,
}

impl Trust {
    /// Those of `ca_file`; and those in `SSL_CERT_FILE` and `SSL_CERT_DIR` or, without these variables, the system's.
    ///
    /// If there are none, as in an empty container, Mozilla's are used in place of the system's. Files in the checkout are not trusted.
    pub(in crate::delivery) fn load(
        environment: &Environment,
        ca_file: &[Certificate<'static>],
        rules: &FileRules,
    ) -> Self {
        const NAMES: [&str; 2] = ["SSL_CERT_FILE", "SSL_CERT_DIR"];
        let named = NAMES.map(|name| environment.get(name));
        let [file, folder] =
            named.map(|path| path.filter(|path| rules.permits_configuration(Path::new(path))));
        // Unreadable certificates are skipped: the others may be enough.
        let by_variables = match named {
            [None, None] => Vec::new(),
            _ => load_certs_from_paths(file.map(Path::new), folder.map(Path::new)).certs,
        };
        let mut settings = NAMES.into_iter().zip(named).filter(|_| by_variables.is_empty());
        let unusable = settings.find_map(|(name, path)| Some(format!("{name}={}", path?)));
        let system = match (by_variables.is_empty(), named) {
            (true, [None, None]) => Some(Arc::new(LazyLock::new(system_roots as fn() -> _))),
            (true, _) => Some(Arc::new(LazyLock::new(mozillas_roots as fn() -> _))),
            (false, _) => None,
        };
        let mut pinned: Vec<CertificateDer<'static>> =
            ca_file.iter().map(|certificate| certificate.der().to_vec().into()).collect();
        pinned.extend(by_variables);
        Self { named: roots(pinned.iter().cloned()), pinned: pinned.into(), unusable, system }
    }

    /// The authorities of the system, or Mozilla's, if they are trusted.
    pub(super) fn system(&self) -> Option<&Arc<RootCertStore>> {
        self.system.as_ref().map(|system| LazyLock::force(system))
    }
}

fn roots(certificates: impl IntoIterator<Item = CertificateDer<'static>>) -> Arc<RootCertStore> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificates);
    Arc::new(roots)
}

fn system_roots() -> Arc<RootCertStore> {
    let certificates = system_authorities();
    if certificates.is_empty() { mozillas_roots() } else { roots(certificates) }
}

fn mozillas_roots() -> Arc<RootCertStore> {
    Arc::new(RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() })
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
