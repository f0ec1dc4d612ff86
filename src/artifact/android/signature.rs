//! Whether an apk is signed. The signature is not verified: Android does that.
//!
//! <https://source.android.com/docs/security/features/apksigning>

use crate::artifact::archive::zip::Archive;
use crate::artifact::bytes::{Bytes, Endian};

/// Entries of a signing block to look at.
const MAX_BLOCKS: usize = 64;
/// Size and magic at the end of a signing block.
const FOOTER_BYTES: u64 = 24;

/// Whether a zip entry is a v1 signature: `META-INF/CERT.RSA`.
pub(super) fn is_v1_signature(name: &str) -> bool {
    name.strip_prefix("META-INF/").is_some_and(|file| {
        !file.contains('/')
            && [".RSA", ".DSA", ".EC"].iter().any(|extension| file.to_ascii_uppercase().ends_with(extension))
    })
}

/// Whether an APK Signing Block with signers of v2, v3 or v3.1 precedes the central directory. A block that does not fit
/// its size is none.
pub(super) fn has_signing_block(archive: &Archive) -> bool {
    signing_block(archive).unwrap_or(false)
}

/// The block begins and ends with its size, which does not include the first of the two.
fn signing_block(archive: &Archive) -> Option<bool> {
    let directory = archive.directory_offset();
    let end = directory.checked_sub(FOOTER_BYTES)?;
    let footer = archive.read_raw::<{ FOOTER_BYTES as usize }>(end)?;
    if footer[8..] != *b"APK Sig Block 42" {
        return Some(false);
    }
    let size = Bytes(&footer).u64(0, Endian::Little)?;
    let mut at = directory.checked_sub(size)?;
    if Bytes(&archive.read_raw::<8>(at.checked_sub(8)?)?).u64(0, Endian::Little)? != size {
        return Some(false);
    }
    let mut has_signers = false;
    for _ in 0..MAX_BLOCKS {
        if at == end {
            return Some(has_signers);
        }
        let block = archive.read_raw::<16>(at)?;
        let block = Bytes(&block);
        let length = block.u64(0, Endian::Little)?;
        let is_scheme = matches!(block.u32(8, Endian::Little)?, 0x7109_871a | 0xf053_68c0 | 0x1b93_ad61);
        let signers = u64::from(block.u32(12, Endian::Little)?);
        has_signers |= is_scheme && signers > 0 && signers.checked_add(8)? <= length;
        at = at.checked_add(8)?.checked_add(length).filter(|next| length >= 4 && *next <= end)?;
    }
    Some(false)
}
