//! The certificate authorities in `ca_file`.

use ureq::tls::{Certificate, PemItem, parse_pem};

use super::{General, Mistake, RawSettings};
use crate::file_rules::FileRules;
use crate::system::System;

/// Largest file, in bytes. The system's authorities take a quarter of it.
const MAX_BYTES: u64 = 1 << 20;

/// The certificates in `ca_file`; none if it is not set. It must not be in the checkout.
pub(super) fn read(
    settings: &RawSettings,
    rules: &FileRules,
    system: &System,
) -> Result<Vec<Certificate<'static>>, Mistake> {
    let (Some(raw), Some(path)) = (settings.get("ca_file"), General::ca_file(settings)?) else {
        return Ok(Vec::new());
    };
    let path = system.folder.join(path);
    let pem = rules.read_configuration(&path, MAX_BYTES).map_err(|error| Mistake::UnreadableFile {
        origin: raw.origin.clone(),
        path: path.display().to_string(),
        reason: error.to_string(),
    })?;
    let certificates: Vec<_> = parse_pem(&pem)
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        })
        .collect();
    if certificates.is_empty() {
        return Err(raw.mistake("a PEM file with at least one certificate (-----BEGIN CERTIFICATE-----)"));
    }
    Ok(certificates)
}
