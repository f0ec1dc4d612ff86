//! Verifies the signatures of received requests.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::Sha256;

use super::{Problem, Received, changed_body};
use crate::settings::{NamedSecret, Secret};

/// How old `webhook-timestamp` may be, or how far in the future: as in the libraries of Standard Webhooks.
pub const DEFAULT_TOLERANCE: Duration = Duration::from_secs(300);

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

/// A secret, and the variable or key that it comes from.
#[derive(Debug, Clone)]
pub struct Key<'a> {
    /// Where it comes from.
    pub origin: &'a str,
    /// The secret as configured.
    pub secret: &'a str,
}

impl<'a> From<&'a NamedSecret> for Key<'a> {
    fn from(named: &'a NamedSecret) -> Self {
        Self { origin: &named.origin, secret: named.secret.expose_secret() }
    }
}

/// One signature of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// Its header.
    pub header: &'static str,
    /// The origin of the secret with which it holds, or why it does not.
    pub result: Result<String, Problem>,
}

impl Signature {
    /// Whether it is made for this body, whatever its age.
    pub fn fits_body(&self) -> bool {
        self.result.as_ref().map_or_else(Problem::is_of_time, |_| true)
    }

    /// The signature as JSON.
    pub fn to_json(&self) -> Value {
        let (secret, reason) = match &self.result {
            Ok(origin) => (Some(origin), None),
            Err(problem) => (None, Some(problem.to_string())),
        };
        json!({ "header": self.header, "valid": reason.is_none(), "secret": secret, "reason": reason })
    }
}

/// Checks each signature that the request has. `tolerance` limits the age of `webhook-timestamp`; without it any will do.
pub fn check(
    request: &Received,
    keys: &[Key],
    tolerance: Option<Duration>,
    now: Timestamp,
) -> Vec<Signature> {
    let present = Scheme::ALL.into_iter().filter(|scheme| request.header(scheme.header()).is_some());
    let mut signatures: Vec<Signature> = present
        .map(|scheme| Signature {
            header: scheme.header(),
            result: check_one(request, scheme, keys, tolerance, now),
        })
        .collect();
    let is_intact = signatures.iter().any(Signature::fits_body);
    for signature in signatures.iter_mut().filter(|signature| signature.result == Err(Problem::Wrong)) {
        let covers_headers = signature.header == Scheme::StandardWebhooks.header();
        signature.result = Err(match (is_intact, covers_headers) {
            (true, true) => Problem::HeadersChanged,
            (true, false) => Problem::OtherSecret,
            (false, _) if request.body.is_empty() => Problem::MissingBody,
            (false, _) => Problem::Wrong,
        });
    }
    signatures
}

fn check_one(
    request: &Received,
    scheme: Scheme,
    keys: &[Key],
    tolerance: Option<Duration>,
    now: Timestamp,
) -> Result<String, Problem> {
    if keys.is_empty() {
        return Err(Problem::NoSecret);
    }
    let is_standard = scheme == Scheme::StandardWebhooks;
    let fitting = || keys.iter().filter(move |key| !is_standard || key.secret.starts_with("whsec_"));
    if fitting().next().is_none() {
        return Err(Problem::NoStandardSecret);
    }
    let signed = Signed::read(request, scheme)?;
    let holds = |body: &[u8]| fitting().find(|key| signed.holds(key.secret, body));
    match holds(&request.body) {
        Some(key) if is_standard => {
            check_age(request, tolerance, now)?;
            Ok(key.origin.to_owned())
        }
        Some(key) => Ok(key.origin.to_owned()),
        None => {
            let originals = changed_body::originals(&request.body);
            let changed = originals.iter().find(|(body, _)| holds(body).is_some());
            Err(changed.map_or(Problem::Wrong, |(_, how)| Problem::BodyChanged(how)))
        }
    }
}

fn check_age(request: &Received, tolerance: Option<Duration>, now: Timestamp) -> Result<(), Problem> {
    let expected = "a webhook-timestamp in Unix seconds";
    let time = request.header("webhook-timestamp").and_then(|text| text.trim().parse::<i64>().ok());
    let time = time.ok_or(Problem::Malformed(expected))?;
    let Some(tolerance) = tolerance else { return Ok(()) };
    let age = now.as_second().saturating_sub(time);
    let duration = Duration::from_secs(age.unsigned_abs());
    match duration <= tolerance {
        true => Ok(()),
        false if age > 0 => Err(Problem::TooOld { age: duration, limit: tolerance }),
        false => Err(Problem::InFuture { ahead: duration, limit: tolerance }),
    }
}

/// The signatures of one header, and what comes before the body in what they sign.
struct Signed {
    signatures: Vec<Vec<u8>>,
    prefix: String,
    is_standard: bool,
}

impl Signed {
    fn read(request: &Received, scheme: Scheme) -> Result<Self, Problem> {
        let needed = |name| {
            let mut values = request.values(name);
            let first = values.next().ok_or(Problem::Missing(name))?;
            if values.any(|other| other != first) { Err(Problem::Repeated(name)) } else { Ok(first) }
        };
        let value = needed(scheme.header())?.trim();
        let hex = |text: &str| hex::decode(text).ok().filter(|bytes| bytes.len() == 32);
        match scheme {
            Scheme::Buildstash => {
                let signature = hex(value).ok_or(Problem::Malformed("64 hexadecimal digits"))?;
                Ok(Self { signatures: vec![signature], prefix: String::new(), is_standard: false })
            }
            Scheme::Bitrise | Scheme::GitHub => {
                let signature = value.strip_prefix("sha256=").and_then(hex);
                let signature = signature.ok_or(Problem::Malformed("sha256= and 64 hexadecimal digits"))?;
                Ok(Self { signatures: vec![signature], prefix: String::new(), is_standard: false })
            }
            Scheme::StandardWebhooks => {
                let (id, timestamp) = (needed("webhook-id")?, needed("webhook-timestamp")?);
                let entries = value.split_whitespace().filter_map(|entry| entry.strip_prefix("v1,"));
                let signatures: Vec<_> = entries.filter_map(|text| STANDARD.decode(text).ok()).collect();
                if signatures.is_empty() {
                    return Err(Problem::Malformed("v1, and base64"));
                }
                Ok(Self { signatures, prefix: format!("{id}.{timestamp}."), is_standard: true })
            }
        }
    }

    /// Whether one of them is that of this body, compared in constant time.
    fn holds(&self, secret: &str, body: &[u8]) -> bool {
        let key = match self.is_standard {
            true => Secret::new(secret).standard_webhooks_key(),
            false => Some(secret.as_bytes().to_vec()),
        };
        let Some(mac) = key.and_then(|key| Hmac::<Sha256>::new_from_slice(&key).ok()) else { return false };
        let mac = mac.chain_update(&self.prefix).chain_update(body);
        self.signatures.iter().any(|signature| mac.clone().verify_slice(signature).is_ok())
    }
}

/// Whether the request's signature holds. `None` if it has no signature of this scheme.
pub fn verify(request: &Received, scheme: Scheme, secret: &str) -> Option<bool> {
    request.header(scheme.header())?;
    let keys = [Key { origin: "", secret }];
    Some(check_one(request, scheme, &keys, None, Timestamp::UNIX_EPOCH).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(headers: &[(&str, &str)], body: &str) -> Received {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Received::new(headers, body.as_bytes().to_vec())
    }

    #[test]
    fn a_signature_is_valid_for_its_body_and_secret_only() {
        let hex = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        let body = "what do ya want for nothing?";
        let prefixed = format!("sha256={hex}");
        for (header, value, scheme) in [
            ("x-webhook-signature", hex, Scheme::Buildstash),
            ("bitrise-hook-signature", prefixed.as_str(), Scheme::Bitrise),
            ("X-Hub-Signature-256", prefixed.as_str(), Scheme::GitHub),
        ] {
            let signed = request(&[(header, value)], body);
            assert_eq!(verify(&signed, scheme, "Jefe"), Some(true));
            assert_eq!(verify(&signed, scheme, "Chef"), Some(false));
            assert_eq!(verify(&request(&[(header, value)], "something else"), scheme, "Jefe"), Some(false));
            assert_eq!(verify(&request(&[(header, "zz")], body), scheme, "Jefe"), Some(false));
            assert_eq!(verify(&request(&[], body), scheme, "Jefe"), None);
        }
    }

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const VALID: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    const BODY: &str = r#"{"test": 2432232314}"#;

    fn standard(signature: &str, timestamp: &str) -> Received {
        let id = ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek");
        request(&[id, ("webhook-timestamp", timestamp), ("webhook-signature", signature)], BODY)
    }

    #[test]
    fn one_valid_standard_signature_is_enough() {
        let signed = |signature: &str, timestamp: &str| {
            verify(&standard(signature, timestamp), Scheme::StandardWebhooks, SECRET)
        };
        assert_eq!(signed(VALID, "1614265330"), Some(true));
        assert_eq!(signed(&format!("v1,AAAA v2,x {VALID}"), "1614265330"), Some(true));
        assert_eq!(signed(VALID, "1614265331"), Some(false));
        assert_eq!(signed("v1,AAAA", "1614265330"), Some(false));
        for padding in ["=", "===="] {
            let secret = format!("{SECRET}{padding}");
            let request = standard(VALID, "1614265330");
            assert_eq!(verify(&request, Scheme::StandardWebhooks, &secret), Some(true), "{padding}");
        }
    }

    #[test]
    fn each_problem_has_its_reason() {
        let keys = [Key { origin: "OTHER", secret: "other" }, Key { origin: "SECRET", secret: SECRET }];
        let at = |seconds: i64| Timestamp::from_second(seconds).unwrap();
        let now = at(1_614_265_330);
        let result = |request: &Received, keys: &[Key], now| {
            let signatures = check(request, keys, Some(DEFAULT_TOLERANCE), now);
            signatures
                .into_iter()
                .map(|one| one.result.unwrap_or_else(|problem| problem.to_string()))
                .collect::<Vec<_>>()
        };
        let valid = standard(VALID, "1614265330");
        assert_eq!(result(&valid, &keys, now), ["SECRET"]);
        assert_eq!(result(&valid, &[], now), ["not verified: no secret is set"]);
        assert_eq!(result(&valid, &keys[..1], now), ["not verified: no secret begins with whsec_"]);
        assert_eq!(
            result(&valid, &keys, at(1_614_265_330 + 301)),
            ["timestamp too old: 5 minutes (limit 5 minutes)"]
        );
        let future = "timestamp in the future, by 6 minutes (limit 5 minutes)";
        assert_eq!(result(&valid, &keys, at(1_614_265_330 - 400)), [future]);
        assert_eq!(result(&standard("v1", "1614265330"), &keys, now), ["malformed; expected v1, and base64"]);
        assert_eq!(result(&standard(VALID, "1614265331"), &keys, now), ["wrong secret, or body changed"]);
        let no_id = request(&[("webhook-timestamp", "1"), ("webhook-signature", VALID)], BODY);
        assert_eq!(result(&no_id, &keys, now), ["the header webhook-id, which it covers, is missing"]);
        for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
            let mut repeated = standard(VALID, "1614265330");
            let value = repeated.header(name).unwrap_or_default().to_owned();
            repeated.headers.push((name.to_ascii_uppercase(), value));
            assert_eq!(result(&repeated, &keys, now), ["SECRET"], "{name}");
            repeated.headers.push((name.to_owned(), "other".to_owned()));
            let problem = format!("the header {name} is there more than once, with different values");
            assert_eq!(result(&repeated, &keys, now), [problem]);
        }
        let mut empty = standard(VALID, "1614265330");
        empty.body.clear();
        assert_eq!(result(&empty, &keys, now), ["wrong secret, or the body is missing"]);
        let mut two = standard(VALID, "1614265330");
        two.headers.push(("x-webhook-signature".to_owned(), "0".repeat(64)));
        assert_eq!(result(&two, &keys, now), ["another secret; the body is intact", "SECRET"]);
        let hex = hex::encode(
            Hmac::<Sha256>::new_from_slice(b"other").unwrap().chain_update(BODY).finalize().into_bytes(),
        );
        two.headers = vec![("x-webhook-signature".to_owned(), hex)];
        two.headers.extend(standard(VALID, "1614265331").headers);
        let changed = "another secret, or changed webhook-id or webhook-timestamp; the body is intact";
        assert_eq!(result(&two, &keys, now), ["OTHER", changed]);
        let mut changed = standard(VALID, "1614265330");
        changed.body.push(b'\n');
        assert_eq!(result(&changed, &keys, now), ["body changed: it has white space behind it"]);
    }

    #[test]
    fn a_body_that_was_written_again_is_recognized() {
        let mac = Hmac::<Sha256>::new_from_slice(b"Jefe").unwrap().chain_update(r#"{"b":1,"a":[2]}"#);
        let hex = hex::encode(mac.finalize().into_bytes());
        let keys = [Key { origin: "SECRET", secret: "Jefe" }];
        let problem = |body: &str| {
            let signed = request(&[("x-webhook-signature", &hex)], body);
            check(&signed, &keys, None, Timestamp::UNIX_EPOCH).remove(0).result.unwrap_err()
        };
        let rewritten = Problem::BodyChanged("was parsed and written again as JSON");
        assert_eq!(problem("{ \"b\": 1,\n \"a\": [2] }"), rewritten);
        assert_eq!(problem(r#"{"a":[2],"b":1}"#), Problem::Wrong);
        assert_eq!(
            problem("\u{feff}{\"b\":1,\"a\":[2]}"),
            Problem::BodyChanged("begins with a byte order mark")
        );
    }
}
