//! Signatures and their headers.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;

use crate::settings::Secret;

/// The headers that sign one attempt.
///
/// `x-webhook-signature` is the HMAC-SHA256 of the body in lower-case hex, with the secret as the key.
/// `x-hub-signature-256` carries the same as `sha256=…`, as GitHub's receivers verify it, and so does `format_header`, if
/// the body's format has such a header. A secret that starts with `whsec_` adds
/// the headers of Standard Webhooks, <https://www.standardwebhooks.com>, with the time of the attempt and, if there is
/// a previous secret, a second signature.
pub(crate) fn headers(
    format_header: Option<&'static str>,
    delivery_id: &str,
    body: &[u8],
    secret: &Secret,
    previous: Option<&Secret>,
    attempted_at: Timestamp,
) -> Vec<(&'static str, String)> {
    let signature = hex::encode(hmac_sha256(secret.expose_secret().as_bytes(), &[body]));
    let prefixed = format!("sha256={signature}");
    let mut headers = Vec::new();
    headers.extend(format_header.map(|name| (name, prefixed.clone())));
    headers.push(("x-hub-signature-256", prefixed));
    headers.push(("x-webhook-signature", signature));
    if secret.is_standard_webhooks() {
        let timestamp = attempted_at.as_second().to_string();
        let signatures: Vec<String> = [Some(secret), previous]
            .into_iter()
            .flatten()
            .filter_map(|secret| standard_signature(secret, delivery_id, &timestamp, body))
            .collect();
        headers.push(("webhook-id", delivery_id.to_owned()));
        headers.push(("webhook-timestamp", timestamp));
        headers.push(("webhook-signature", signatures.join(" ")));
    }
    headers
}

/// `v1,` and the HMAC-SHA256 of `id.timestamp.body` in base64. `None` if the secret is not a Standard Webhooks secret.
fn standard_signature(secret: &Secret, id: &str, timestamp: &str, body: &[u8]) -> Option<String> {
    let key = secret.standard_webhooks_key()?;
    let signature = hmac_sha256(&key, &[id.as_bytes(), b".", timestamp.as_bytes(), b".", body]);
    Some(format!("v1,{}", STANDARD.encode(signature)))
}

#[expect(clippy::expect_used, reason = "HMAC accepts keys of any length")]
fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("keys of any length");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header<'a>(headers: &'a [(&'static str, String)], name: &str) -> Option<&'a str> {
        headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    #[test]
    fn the_hex_signature_matches_rfc_4231() {
        let body = b"what do ya want for nothing?";
        let headers = headers(
            Some("bitrise-hook-signature"),
            "id",
            body,
            &Secret::new("Jefe"),
            None,
            Timestamp::UNIX_EPOCH,
        );
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(header(&headers, "x-webhook-signature"), Some(expected));
        assert_eq!(header(&headers, "bitrise-hook-signature"), Some(format!("sha256={expected}").as_str()));
        assert_eq!(header(&headers, "x-hub-signature-256"), Some(format!("sha256={expected}").as_str()));
        assert_eq!(header(&headers, "webhook-signature"), None);
    }

    /// The test vector of the reference libraries, <https://github.com/standard-webhooks/standard-webhooks>.
    #[test]
    fn the_standard_signature_matches_the_reference_libraries() {
        let secret = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let time = Timestamp::from_second(1_614_265_330).unwrap();
        let id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
        let headers = headers(None, id, br#"{"test": 2432232314}"#, &secret, None, time);
        assert_eq!(header(&headers, "webhook-id"), Some(id));
        assert_eq!(header(&headers, "webhook-timestamp"), Some("1614265330"));
        assert_eq!(
            header(&headers, "webhook-signature"),
            Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
        );
        assert_eq!(header(&headers, "bitrise-hook-signature"), None);
    }

    #[test]
    fn a_previous_secret_adds_a_second_signature_during_a_rotation() {
        let (new, old) = (Secret::new("whsec_bmV3"), Secret::new("whsec_b2xk"));
        let now = Timestamp::UNIX_EPOCH;
        let both = headers(None, "id", b"{}", &new, Some(&old), now);
        let alone = |secret: &Secret| headers(None, "id", b"{}", secret, None, now);
        let signatures = |headers: &[_]| header(headers, "webhook-signature").unwrap().to_owned();
        assert_eq!(signatures(&both), format!("{} {}", signatures(&alone(&new)), signatures(&alone(&old))));
        assert_eq!(header(&both, "x-webhook-signature"), header(&alone(&new), "x-webhook-signature"));
    }
}
