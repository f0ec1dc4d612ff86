//! The client certificate of an endpoint, for mutual TLS.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::{Endpoint, Mistake, RawSettings, Setting};
use crate::file_rules::FileRules;

/// Largest file, in bytes.
const MAX_BYTES: u64 = 1 << 20;

/// A certificate chain and its private key.
#[derive(Debug)]
pub struct ClientIdentity {
    /// The client's certificate, and those of the authorities between it and the one that the server trusts.
    pub certificates: Vec<CertificateDer<'static>>,
    /// The key of the first certificate. It never prints itself.
    pub key: PrivateKeyDer<'static>,
}

/// A PEM file. Its content is never printed.
#[derive(Clone)]
pub struct PemFile {
    /// The path as written.
    path: PathBuf,
    content: Arc<[u8]>,
}

impl fmt::Debug for PemFile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.path, formatter)
    }
}

impl Setting for PemFile {
    const PLACEHOLDER: &'static str = "FILE";
    const EXPECTED: &'static str = "a path";

    fn parse(text: &str) -> Option<Self> {
        Some(Self { path: text.into(), content: Arc::default() })
    }
}

impl PemFile {
    fn load(&mut self, origin: &str, rules: &FileRules, folder: &Path) -> Result<(), Mistake> {
        let content = rules.read_configuration(&folder.join(&self.path), MAX_BYTES);
        let content = content.map_err(|error| Mistake::UnreadableFile {
            origin: origin.to_owned(),
            path: self.path.display().to_string(),
            reason: error.to_string(),
        })?;
        self.content = content.into();
        Ok(())
    }
}

impl Endpoint {
    /// Reads the files of the client certificate and checks that they belong together.
    pub(super) fn load_client_identity(
        &mut self,
        raw: &RawSettings,
        rules: &FileRules,
        folder: &Path,
    ) -> Result<(), Mistake> {
        let origin = |name: &str| raw.get(name).map(|raw| raw.origin.clone()).unwrap_or_default();
        let mistake = |name: &str, expected: &str| Mistake::BadValue {
            origin: origin(name),
            found: None,
            expected: expected.to_owned(),
        };
        let (certificate, key) = match (&mut self.client_cert, &mut self.client_key) {
            (None, None) => return Ok(()),
            (Some(certificate), Some(key)) => (certificate, key),
            (Some(_), None) => return Err(mistake("client_cert", "`client_key` too, the file with its key")),
            (None, Some(_)) => {
                return Err(mistake("client_key", "`client_cert` too, the certificate of this key"));
            }
        };
        certificate.load(&origin("client_cert"), rules, folder)?;
        key.load(&origin("client_key"), rules, folder)?;
        let certificates: Vec<_> = CertificateDer::pem_slice_iter(&certificate.content).flatten().collect();
        if certificates.is_empty() {
            return Err(mistake(
                "client_cert",
                "a PEM file with a certificate (-----BEGIN CERTIFICATE-----)",
            ));
        }
        if PrivateKeyDer::from_pem_slice(&key.content).is_err() {
            let expected =
                "a PEM file with a private key that is not encrypted (-----BEGIN PRIVATE KEY-----)";
            return Err(mistake("client_key", expected));
        }
        Ok(())
    }

    /// The client certificate, if there is one.
    pub fn client_identity(&self) -> Option<ClientIdentity> {
        let (certificate, key) = (self.client_cert.as_ref()?, self.client_key.as_ref()?);
        Some(ClientIdentity {
            certificates: CertificateDer::pem_slice_iter(&certificate.content).flatten().collect(),
            key: PrivateKeyDer::from_pem_slice(&key.content).ok()?,
        })
    }
}
