//! Signatures and their headers.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;

use super::content::Content;
use crate::settings::Secret;

/// The headers with the signature of the body alone, with `sha256=` before it and without.
const BODY_HEADERS: [&str; 2] = ["x-hub-signature-256", "x-webhook-signature"];
/// The headers of Standard Webhooks.
const STANDARD_HEADERS: [&str; 3] = [STANDARD_ID, STANDARD_TIMESTAMP, "webhook-signature"];
/// The header with the delivery's id.
pub(super) const STANDARD_ID: &str = "webhook-id";
/// The header with the time of the attempt, in Unix seconds.
pub(super) const STANDARD_TIMESTAMP: &str = "webhook-timestamp";

/// The HMAC-SHA256 of the body in lower-case hex, with the secret as the key.
pub(super) fn body_signature(body: &[u8], secret: &Secret) -> String {
    hex::encode(hmac_sha256(secret.expose_secret().as_bytes(), &[body]))
}

/// The names of the headers that sign an attempt.
pub(super) fn names(content: &Content, secret: &Secret) -> Vec<&'static str> {
    let standard: &[_] = if secret.is_standard_webhooks() { &STANDARD_HEADERS } else { &[] };
    let format_header = content.format.signature_header.into_iter();
    format_header.chain(BODY_HEADERS).chain(standard.iter().copied()).collect()
}

/// The headers that sign one attempt.
///
/// `x-webhook-signature` is the signature of the body.
/// `x-hub-signature-256` carries the same as `sha256=…`, as GitHub's receivers verify it, and so does the format's own header, if
/// it has one. A secret that starts with `whsec_` adds
/// the headers of Standard Webhooks, <https://www.standardwebhooks.com>, with the time of the attempt and, if there is
/// a previous secret, a second signature.
pub(super) fn headers(
    content: &Content,
    delivery_id: &str,
    secret: &Secret,
    previous: Option<&Secret>,
    attempted_at: Timestamp,
) -> Vec<(&'static str, String)> {
    let signature = content.signature(secret);
    let prefixed = format!("sha256={signature}");
    let mut values = Vec::new();
    values.extend(content.format.signature_header.map(|_| prefixed.clone()));
    values.extend([prefixed, signature]);
    if secret.is_standard_webhooks() {
        let timestamp = attempted_at.as_second().to_string();
        let signatures: Vec<String> = [Some(secret), previous]
            .into_iter()
            .flatten()
            .filter_map(|secret| {
                standard_signature(secret, delivery_id, &timestamp, content.body().as_bytes())
            })
            .collect();
        values.extend([delivery_id.to_owned(), timestamp, signatures.join(" ")]);
    }
    names(content, secret).into_iter().zip(values).collect()
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
    use serde_json::value::RawValue;

    use super::super::record::Head;
    use super::*;
    use crate::format::FORMATS;
    use crate::settings::Encoding;

    fn header<'a>(headers: &'a [(&'static str, String)], name: &str) -> Option<&'a str> {
        headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    fn content(json: &str, has_header: bool) -> Content {
        let format = FORMATS.into_iter().find(|format| format.signature_header.is_some() == has_header);
        let head = Head {
            id: String::new(),
            event: String::new(),
            subject: None,
            endpoint: String::new(),
            created_at: Timestamp::UNIX_EPOCH,
            format: format.unwrap(),
            encoding: Encoding::Json,
            event_id: String::new(),
            event_time: Timestamp::UNIX_EPOCH,
            format_headers: Default::default(),
            hidden_headers: Vec::new(),
            job: None,
            command_id: String::new(),
            payload: RawValue::from_string(json.to_owned()).unwrap(),
        };
        Content::from_record(&head)
    }

    #[test]
    fn the_hex_signature_matches_rfc_4231() {
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(body_signature(b"what do ya want for nothing?", &Secret::new("Jefe")), expected);
    }

    #[test]
    fn receivers_of_other_products_find_the_signature_under_their_names() {
        let (content, secret) = (content("{}", true), Secret::new("Jefe"));
        let headers = headers(&content, "id", &secret, None, Timestamp::UNIX_EPOCH);
        let expected = body_signature(b"{}", &secret);
        assert_eq!(header(&headers, "x-webhook-signature"), Some(&*expected));
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
        let headers = headers(&content(r#"{"test": 2432232314}"#, false), id, &secret, None, time);
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
        let (content, now) = (content("{}", false), Timestamp::UNIX_EPOCH);
        let both = headers(&content, "id", &new, Some(&old), now);
        let alone = |secret: &Secret| headers(&content, "id", secret, None, now);
        let signatures = |headers: &[_]| header(headers, "webhook-signature").unwrap().to_owned();
        assert_eq!(signatures(&both), format!("{} {}", signatures(&alone(&new)), signatures(&alone(&old))));
        assert_eq!(header(&both, "x-webhook-signature"), header(&alone(&new), "x-webhook-signature"));
    }
}
