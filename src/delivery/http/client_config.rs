//! The TLS side of an endpoint: which servers it trusts, and who it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ResolvesClientCert, WebPkiServerVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, InconsistentKeys, RootCertStore,
    SignatureScheme,
};
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
    let verifier = Verifier { trust: trust.clone(), provider: Arc::clone(&provider) };
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
    trust: Trust,
    provider: Arc<CryptoProvider>,
}

impl Verifier {
    fn verify_by(
        &self,
        roots: &Arc<RootCertStore>,
        presented: &Presented<'_>,
    ) -> Result<ServerCertVerified, Error> {
        let provider = Arc::clone(&self.provider);
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::clone(roots), provider).build();
        let verifier = verifier.map_err(|error| Error::General(error.to_string()))?;
        let Presented { end_entity, intermediates, server_name, ocsp_response, now } = presented;
        verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, *now)
    }

    /// By the authorities that the user named, or else by the system's.
    fn verify_by_authority(&self, presented: &Presented<'_>) -> Result<ServerCertVerified, Error> {
        let unknown = || Error::from(CertificateError::UnknownIssuer);
        let named = &self.trust.named;
        let by_named = if named.is_empty() { Err(unknown()) } else { self.verify_by(named, presented) };
        by_named.or_else(|error| {
            let by_system = self.trust.system().map(|roots| self.verify_by(roots, presented));
            match by_system {
                Some(Err(by_system)) if by_system != unknown() => Err(by_system),
                Some(Ok(verified)) => Ok(verified),
                Some(Err(_)) | None => Err(error),
            }
        })
    }

    /// Whether it is one of the trusted certificates itself, and nothing is wrong with it but that it claims to be an
    /// authority's. Dates are checked before that claim.
    fn is_trusted_itself(&self, presented: &Presented<'_>) -> bool {
        let Presented { end_entity: certificate, server_name: name, now, .. } = *presented;
        let Ok(end_entity) = EndEntityCert::try_from(certificate) else { return false };
        let algorithms = self.provider.signature_verification_algorithms.all;
        let (roots, usage) = (&self.trust.named.roots, KeyUsage::server_auth());
        let result = end_entity.verify_for_usage(algorithms, roots, &[], now, usage, None, None);
        self.trust.pinned.iter().any(|pinned| pinned == certificate)
            && matches!(result, Err(webpki::Error::CaUsedAsEndEntity))
            && end_entity.verify_is_valid_for_subject_name(name).is_ok()
    }
}

/// The certificates of a server, and what they are checked for.
struct Presented<'a> {
    end_entity: &'a CertificateDer<'a>,
    intermediates: &'a [CertificateDer<'a>],
    server_name: &'a ServerName<'a>,
    ocsp_response: &'a [u8],
    now: UnixTime,
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
        let presented = Presented { end_entity, intermediates, server_name, ocsp_response, now };
        self.verify_by_authority(&presented).or_else(|error| match self.is_trusted_itself(&presented) {
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
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
