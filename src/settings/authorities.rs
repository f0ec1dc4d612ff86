//! The certificate authorities in `ca_file`.

use std::path::Path;

use ureq::tls::{Certificate, PemItem, parse_pem};

use super::{General, Mistake, RawSettings};

/// The certificates in `ca_file`; none if it is not set. Its path is relative to `folder`.
pub(super) fn read(settings: &RawSettings, folder: &Path) -> Result<Vec<Certificate<'static>>, Mistake> {
    let (Some(raw), Some(path)) = (settings.get("ca_file"), General::ca_file(settings)?) else {
        return Ok(Vec::new());
    };
    let path = folder.join(path);
    let pem = std::fs::read(&path).map_err(|error| Mistake::UnreadableFile {
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
