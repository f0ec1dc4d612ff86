//! Whether an apk is signed.
//!
//! <https://source.android.com/docs/security/features/apksigning>. Tells that a signature is there, not that it holds: Android
//! checks that.

use crate::artifact::bytes::{Bytes, Endian};
use crate::artifact::{ReadSeek, read_from};

/// Blocks of a signing block that are looked at.
const BLOCKS: usize = 64;

/// Whether an entry is a v1 signature block: `META-INF/CERT.RSA`.
pub(crate) fn is_v1_block(name: &str) -> bool {
    name.strip_prefix("META-INF/").is_some_and(|file| {
        !file.contains('/')
            && [".RSA", ".DSA", ".EC"].iter().any(|ending| file.to_ascii_uppercase().ends_with(ending))
    })
}

/// Whether an APK Signing Block stands before the central directory and holds signers of v2, v3 or v3.1.
pub(crate) fn has_signing_block(source: &mut dyn ReadSeek, directory: u64) -> bool {
    signing_block(source, directory).unwrap_or(false)
}

fn signing_block(source: &mut dyn ReadSeek, directory: u64) -> Option<bool> {
    let footer = read_from(source, directory.checked_sub(24)?, 24)?;
    if footer.get(8..)? != b"APK Sig Block 42" {
        return Some(false);
    }
    let size = Bytes(&footer).u64(0, Endian::Little)?;
    let end = directory - 24;
    let mut at = directory.checked_sub(size)?;
    for _ in 0..BLOCKS {
        if at >= end {
            break;
        }
        let block = read_from(source, at, 16)?;
        let block = Bytes(&block);
        let length = block.u64(0, Endian::Little)?;
        let is_scheme = matches!(block.u32(8, Endian::Little)?, 0x7109_871a | 0xf053_68c0 | 0x1b93_ad61);
        let signers = block.u32(12, Endian::Little)?;
        if is_scheme && signers > 0 && length > 8 {
            return Some(true);
        }
        at = at.checked_add(8)?.checked_add(length)?;
    }
    Some(false)
}
