//! The TLS side of an endpoint: which servers it trusts, and who it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ResolvesClientCert, WebPkiServerVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ClientConfig, DigitallySignedStruct, Error, InconsistentKeys, RootCertStore, SignatureScheme};
use webpki::{EndEntityCert, KeyUsage};

use super::tls;
use super::trust::Trust;
use crate::delivery::failure::Failure;
use crate::settings::ClientIdentity;

/// Whether the server has asked for a client certificate that is not configured.
#[derive(Debug, Clone, Default)]
pub(super) struct Asked(Arc<AtomicBool>);

impl Asked {
    pub(super) fn get(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Builds the configuration for one endpoint.
pub(super) fn client_config(
    trust: &Trust,
    identity: Option<&ClientIdentity>,
    asked: &Asked,
) -> Result<Arc<ClientConfig>, Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::Tls(error.to_string());
    let provider = Arc::new(tls::provider());
    let by_authority =
        WebPkiServerVerifier::builder_with_provider(Arc::clone(&trust.roots), Arc::clone(&provider))
            .build()
            .map_err(|error| failed(&error))?;
    let (roots, pinned) = (Arc::clone(&trust.roots), Arc::clone(&trust.pinned));
    let verifier = Verifier { by_authority, roots, pinned };
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(&error))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let config = match identity {
        Some(identity) => builder.with_client_cert_resolver(Arc::new(certified_key(identity)?)),
        None => builder.with_client_cert_resolver(Arc::new(asked.clone())),
    };
    Ok(Arc::new(config))
}

/// Fails if the key is of an unknown type or does not belong to the certificate, as far as that can be checked: old
/// versions of certificates cannot be read here, but servers may accept them.
fn certified_key(identity: &ClientIdentity) -> Result<SingleCertAndKey, Failure> {
    let key = tls::provider().key_provider.load_private_key(identity.key.clone_key());
    let key = CertifiedKey::new(identity.certificates.clone(), key.map_err(|_| Failure::ClientKey)?);
    match key.keys_match() {
        Err(Error::InconsistentKeys(InconsistentKeys::KeyMismatch)) => Err(Failure::ClientKey),
        _ => Ok(SingleCertAndKey::from(key)),
    }
}

/// Has no certificate, and remembers that one was asked for.
impl ResolvesClientCert for Asked {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.0.store(true, Ordering::Relaxed);
        None
    }

    fn has_certs(&self) -> bool {
        false
    }
}

/// Trusts servers by their authority, and servers whose own certificate the user has put into `ca_file`, as curl does:
/// a self-signed certificate often claims to be an authority's, which no server's may be.
#[derive(Debug)]
struct Verifier {
    by_authority: Arc<WebPkiServerVerifier>,
    roots: Arc<RootCertStore>,
    pinned: Arc<[CertificateDer<'static>]>,
}

impl Verifier {
    /// Whether it is one of the trusted certificates itself, and nothing is wrong with it but that it claims to be an
    /// authority's. Dates are checked before that claim.
    fn is_trusted_itself(
        &self,
        certificate: &CertificateDer<'_>,
        name: &ServerName<'_>,
        now: UnixTime,
    ) -> bool {
        let Ok(end_entity) = EndEntityCert::try_from(certificate) else { return false };
        let algorithms = tls::provider().signature_verification_algorithms.all;
        let (roots, usage) = (&self.roots.roots, KeyUsage::server_auth());
        let result = end_entity.verify_for_usage(algorithms, roots, &[], now, usage, None, None);
        self.pinned.iter().any(|pinned| pinned == certificate)
            && matches!(result, Err(webpki::Error::CaUsedAsEndEntity))
            && end_entity.verify_is_valid_for_subject_name(name).is_ok()
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.by_authority
            .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
            .or_else(|error| match self.is_trusted_itself(end_entity, server_name, now) {
                true => Ok(ServerCertVerified::assertion()),
                false => Err(error),
            })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.by_authority.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.by_authority.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.by_authority.supported_verify_schemes()
    }
}
