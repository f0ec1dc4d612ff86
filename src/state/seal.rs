//! Seals: proof that this program, with the user's secret, wrote what it reads back.
//!
//! Others may be able to write the state folder: another job on the runner, a cache, an artifact. Their files must
//! not be signed or sent.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Distinguishes seals from signatures of bodies, which the same secret makes.
const PURPOSE: &[u8] = b"buildhook record v1";
const START: &[u8] = b"{\"seal\":\"";
const MIDDLE: &[u8] = b"\",\"record\":";
const END: &[u8] = b"}";
/// Hexadecimal digits of a seal.
const SEAL_LEN: usize = 64;

/// A key for seals. It never prints itself.
#[derive(Clone)]
pub struct SealKey([u8; 32]);

impl fmt::Debug for SealKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SealKey(***)")
    }
}

impl SealKey {
    /// The key made from an endpoint's secret, or from its URL if it has none: whoever knows that can post there anyway.
    pub fn new(secret_or_url: &str) -> Self {
        Self(mac(secret_or_url.as_bytes()).chain_update(PURPOSE).finalize().into_bytes().into())
    }

    /// A line with a JSON value and its seal: `{"seal":"<64 hexadecimal digits>","record":<value>}`.
    pub fn seal(&self, json: &str) -> String {
        let seal = hex::encode(mac(&self.0).chain_update(json.as_bytes()).finalize().into_bytes());
        format!("{{\"seal\":\"{seal}\",\"record\":{json}}}")
    }
}

/// A line that claims to be sealed.
#[derive(Debug, Clone, Copy)]
pub struct Sealed<'a> {
    seal: [u8; 32],
    record: &'a [u8],
}

impl<'a> Sealed<'a> {
    /// Splits a line by position, exactly as [`SealKey::seal`] writes it. `None` for anything else.
    pub fn parse(line: &'a [u8]) -> Option<Self> {
        let (digits, rest) = line.strip_prefix(START)?.split_at_checked(SEAL_LEN)?;
        let record = rest.strip_prefix(MIDDLE)?.strip_suffix(END)?;
        let mut seal = [0; 32];
        hex::decode_to_slice(digits, &mut seal).ok()?;
        Some(Self { seal, record })
    }

    /// The bytes of the value, which anyone may have written.
    pub fn unverified(&self) -> &'a [u8] {
        self.record
    }

    /// The exact bytes that were sealed, if any of these keys sealed them. Compares in constant time.
    pub fn open<'k>(&self, keys: impl IntoIterator<Item = &'k SealKey>) -> Option<&'a [u8]> {
        let is_sealed_by =
            |key: &SealKey| mac(&key.0).chain_update(self.record).verify_slice(&self.seal).is_ok();
        keys.into_iter().any(is_sealed_by).then_some(self.record)
    }
}

#[expect(clippy::expect_used, reason = "HMAC accepts keys of any length")]
fn mac(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("keys of any length")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_seal_is_an_hmac_over_the_exact_bytes_of_the_record() {
        // printf 'buildhook record v1' | openssl dgst -sha256 -mac HMAC -macopt key:s3cret -binary, and then
        // printf '{"a":1}' | openssl dgst -sha256 -mac HMAC -macopt hexkey:…
        assert_eq!(
            SealKey::new("s3cret").seal(r#"{"a":1}"#),
            r#"{"seal":"038a8d556bdab1958bef072e771e74a9f87fae88d2aaf69b891e9abbcb6cec49","record":{"a":1}}"#
        );
    }

    #[test]
    fn only_the_written_form_is_parsed() {
        let line = SealKey::new("s3cret").seal("{}");
        assert!(Sealed::parse(line.as_bytes()).is_some());
        for wrong in [
            String::new(),
            line.replace("seal", "Seal"),
            line.replace("\"seal\":", "\"seal\": "),
            line.replace("\",\"record", "\", \"record"),
            line.replace('}', ""),
            format!(" {line}"),
            format!("{line} "),
            line.replacen(|c: char| c.is_ascii_digit(), "g", 1),
        ] {
            assert!(Sealed::parse(wrong.as_bytes()).is_none(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn a_changed_record_or_another_key_does_not_open(json in ".*", other in ".*", key in ".*", other_key in ".*") {
            let (key, other_key) = (key, format!("{other_key}x"));
            let line = SealKey::new(&key).seal(&json);
            let sealed = Sealed::parse(line.as_bytes()).unwrap();
            prop_assert_eq!(sealed.open(&[SealKey::new(&key)]), Some(json.as_bytes()));
            prop_assert_eq!(sealed.open(&[SealKey::new(&other_key), SealKey::new(&key)]), Some(json.as_bytes()));
            prop_assert_eq!(sealed.open(&[]), None);
            if other_key != key {
                prop_assert_eq!(sealed.open(&[SealKey::new(&other_key)]), None);
            }
            let changed = line.replacen(&format!(":{json}}}"), &format!(":{other}}}"), 1);
            if changed != line {
                let opened = Sealed::parse(changed.as_bytes()).and_then(|sealed| sealed.open(&[SealKey::new(&key)]));
                prop_assert_eq!(opened, None);
            }
        }
    }
}
