//! Verifies the signatures of received requests.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::Received;

/// A signature scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// `x-webhook-signature`: hex HMAC-SHA256 of the body.
    Buildstash,
    /// `bitrise-hook-signature`: the same with the prefix `sha256=`.
    Bitrise,
    /// `x-hub-signature-256`: the same as Bitrise's.
    GitHub,
    /// `webhook-signature`: <https://www.standardwebhooks.com>.
    StandardWebhooks,
}

impl Scheme {
    /// All schemes.
    pub const ALL: [Self; 4] = [Self::Buildstash, Self::Bitrise, Self::GitHub, Self::StandardWebhooks];

    /// The signature's header.
    pub fn header(self) -> &'static str {
        match self {
            Self::Buildstash => "x-webhook-signature",
            Self::Bitrise => "bitrise-hook-signature",
            Self::GitHub => "x-hub-signature-256",
            Self::StandardWebhooks => "webhook-signature",
        }
    }
}

/// Whether the request's signature is valid, compared in constant time. `None` if it has no signature of this scheme.
pub fn verify(request: &Received, scheme: Scheme, secret: &str) -> Option<bool> {
    let signature = request.header(scheme.header())?;
    Some(match scheme {
        Scheme::Buildstash => is_valid_hex(signature, secret, &request.body),
        Scheme::Bitrise | Scheme::GitHub => {
            signature.strip_prefix("sha256=").is_some_and(|hex| is_valid_hex(hex, secret, &request.body))
        }
        Scheme::StandardWebhooks => is_valid_standard(request, signature, secret).unwrap_or(false),
    })
}

fn is_valid_hex(signature: &str, secret: &str, body: &[u8]) -> bool {
    hex::decode(signature).is_ok_and(|signature| is_valid(&signature, secret.as_bytes(), body))
}

fn is_valid_standard(request: &Received, signatures: &str, secret: &str) -> Option<bool> {
    let key = STANDARD.decode(secret.strip_prefix("whsec_")?).ok()?;
    let (id, timestamp) = (request.header("webhook-id")?, request.header("webhook-timestamp")?);
    let mut signed = format!("{id}.{timestamp}.").into_bytes();
    signed.extend_from_slice(&request.body);
    Some(signatures.split(' ').any(|entry| {
        let signature = entry.strip_prefix("v1,").and_then(|text| STANDARD.decode(text).ok());
        signature.is_some_and(|signature| is_valid(&signature, &key, &signed))
    }))
}

fn is_valid(signature: &[u8], key: &[u8], signed: &[u8]) -> bool {
    Hmac::<Sha256>::new_from_slice(key)
        .is_ok_and(|mac| mac.chain_update(signed).verify_slice(signature).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(headers: &[(&str, &str)], body: &str) -> Received {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Received { headers, body: body.as_bytes().to_vec() }
    }

    #[test]
    fn a_signature_is_valid_for_its_body_and_secret_only() {
        let hex = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        let body = "what do ya want for nothing?";
        let prefixed = format!("sha256={hex}");
        for (header, value, scheme) in [
            ("x-webhook-signature", hex, Scheme::Buildstash),
            ("bitrise-hook-signature", prefixed.as_str(), Scheme::Bitrise),
            ("x-hub-signature-256", prefixed.as_str(), Scheme::GitHub),
        ] {
            let signed = request(&[(header, value)], body);
            assert_eq!(verify(&signed, scheme, "Jefe"), Some(true));
            assert_eq!(verify(&signed, scheme, "Chef"), Some(false));
            assert_eq!(verify(&request(&[(header, value)], "something else"), scheme, "Jefe"), Some(false));
            assert_eq!(verify(&request(&[(header, "zz")], body), scheme, "Jefe"), Some(false));
            assert_eq!(verify(&request(&[], body), scheme, "Jefe"), None);
        }
    }

    #[test]
    fn one_valid_standard_signature_is_enough() {
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let valid = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        let signed = |signature: &str, timestamp: &str| {
            let id = ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek");
            let headers = [id, ("webhook-timestamp", timestamp), ("webhook-signature", signature)];
            verify(&request(&headers, r#"{"test": 2432232314}"#), Scheme::StandardWebhooks, secret)
        };
        assert_eq!(signed(valid, "1614265330"), Some(true));
        assert_eq!(signed(&format!("v1,AAAA v2,x {valid}"), "1614265330"), Some(true));
        assert_eq!(signed(valid, "1614265331"), Some(false));
        assert_eq!(signed("v1,AAAA", "1614265330"), Some(false));
    }
}
