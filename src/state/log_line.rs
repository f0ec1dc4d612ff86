//! Records in logs: lines that only the user's secret opens, for machines that are thrown away with their state folder.
//!
//! `bh1:` and, in base64url without padding, a nonce of 12 bytes and a ciphertext: the record's first line, compressed (raw deflate),
//! encrypted and authenticated (ChaCha20-Poly1305, with `bh1` as additional data).

use std::collections::HashSet;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::decompress_to_vec_with_limit;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use sha2::Sha256;

/// Distinguishes the key from that of seals, which the same secret makes.
const PURPOSE: &[u8] = b"buildhook log v1";
const PREFIX: &str = "bh1:";
const ADDITIONAL_DATA: &[u8] = b"bh1";
/// Level of compression, 0 to 10.
const LEVEL: u8 = 8;
/// Largest record that is decompressed, in bytes.
const MAX_BYTES: usize = 1 << 20;

/// A key for records in logs. It never prints itself.
pub struct LogKey([u8; 32]);

impl fmt::Debug for LogKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("LogKey(***)")
    }
}

impl LogKey {
    /// The key made from an endpoint's secret.
    #[expect(clippy::expect_used, reason = "HMAC accepts keys of any length")]
    pub fn new(secret: &str) -> Self {
        let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("keys of any length");
        Self(mac.chain_update(PURPOSE).finalize().into_bytes().into())
    }

    /// The line for the log. Each needs a new nonce. `None` if the record is too large to be encrypted.
    pub fn seal(&self, record: &[u8], nonce: [u8; NONCE_LEN]) -> Option<String> {
        let mut bytes = compress_to_vec(record, LEVEL);
        let key = self.cipher()?;
        let (nonce_bytes, nonce) = (nonce, Nonce::assume_unique_for_key(nonce));
        key.seal_in_place_append_tag(nonce, Aad::from(ADDITIONAL_DATA), &mut bytes).ok()?;
        Some(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode([&nonce_bytes[..], &bytes].concat())))
    }

    /// The record in a line of [`lines_in`]. `None` if it is damaged, or if another key made it.
    pub fn open(&self, line: &str) -> Option<Vec<u8>> {
        let bytes = URL_SAFE_NO_PAD.decode(line.strip_prefix(PREFIX)?).ok()?;
        let (nonce, ciphertext) = bytes.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut ciphertext = ciphertext.to_vec();
        let compressed =
            self.cipher()?.open_in_place(nonce, Aad::from(ADDITIONAL_DATA), &mut ciphertext).ok()?;
        decompress_to_vec_with_limit(compressed, MAX_BYTES).ok()
    }

    fn cipher(&self) -> Option<LessSafeKey> {
        UnboundKey::new(&CHACHA20_POLY1305, &self.0).ok().map(LessSafeKey::new)
    }
}

/// The lines for logs in a saved log, each once, whatever surrounds them: timestamps, colors, names of jobs.
pub fn lines_in(log: &str) -> Vec<&str> {
    let (mut lines, mut known) = (Vec::new(), HashSet::new());
    for (start, _) in log.match_indices(PREFIX) {
        let rest = &log[start + PREFIX.len()..];
        let is_end = |c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_');
        let length = rest.find(is_end).unwrap_or(rest.len());
        let line = &log[start..start + PREFIX.len() + length];
        if known.insert(line) {
            lines.push(line);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_line_opens_with_its_key_alone() {
        let (key, other) = (LogKey::new("a secret"), LogKey::new("another secret"));
        let line = key.seal(b"{\"seal\":\"...\"}", [7; 12]).unwrap();
        assert_eq!(key.open(&line).as_deref(), Some(&b"{\"seal\":\"...\"}"[..]));
        assert_eq!(other.open(&line), None);
        let masked = line.replacen(&line[10..13], "***", 1);
        assert_eq!(key.open(&masked), None);
        assert_eq!(key.open("bh1:"), None);
        assert_eq!(key.open("bh1:AAAA"), None);
    }

    #[test]
    fn lines_are_found_in_any_log() {
        let log = "2026-01-02T03:04:05Z build\tbh1:aB-_9\r\n\u{1b}[31mbh1:xyz\u{1b}[0m bh1:aB-_9 (bh1:) bh1";
        assert_eq!(lines_in(log), ["bh1:aB-_9", "bh1:xyz", "bh1:"]);
    }

    #[test]
    fn a_log_of_many_lines_is_searched_once() {
        // With a comparison of each with each, this would take minutes.
        let log: String = (0..200_000).map(|number| format!("bh1:{number}\n")).collect();
        assert_eq!(lines_in(&log.repeat(2)).len(), 200_000);
    }

    proptest! {
        #[test]
        fn no_line_makes_it_panic(line in ".*", text in "bh1:[A-Za-z0-9_-]*") {
            let key = LogKey::new("a secret");
            prop_assert_eq!(key.open(&line), None);
            prop_assert_eq!(key.open(&text), None);
            lines_in(&line);
        }

        #[test]
        fn a_changed_line_does_not_open(record in ".*", position in 4..40_usize, secret in ".*") {
            let key = LogKey::new(&secret);
            let line = key.seal(record.as_bytes(), [1; 12]).unwrap();
            prop_assert_eq!(key.open(&line), Some(record.into_bytes()));
            let mut changed = line.into_bytes();
            let position = position.min(changed.len() - 2);
            changed[position] = if changed[position] == b'A' { b'B' } else { b'A' };
            prop_assert_eq!(key.open(&String::from_utf8(changed).unwrap()), None);
        }
    }
}
