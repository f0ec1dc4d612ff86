//! Values that cannot be printed.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use percent_encoding::percent_decode_str;
use ureq::http::Uri;

/// What stands in front of a secret of Standard Webhooks, <https://www.standardwebhooks.com>.
const STANDARD_PREFIX: &str = "whsec_";

/// A secret: it can be used, and shows as `***` wherever it might be printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The key of Standard Webhooks: what stands in base64 behind `whsec_`, with or without padding. `None` for
    /// any other secret.
    pub fn standard_webhooks_key(&self) -> Option<Vec<u8>> {
        let key = self.0.strip_prefix(STANDARD_PREFIX)?;
        STANDARD_NO_PAD.decode(key.trim_end_matches('=')).ok().filter(|key| !key.is_empty())
    }

    /// Whether the secret says of itself that it is one of Standard Webhooks.
    pub fn is_standard_webhooks(&self) -> bool {
        self.0.starts_with(STANDARD_PREFIX)
    }

    /// The secret itself, for signing and sending only.
    pub fn expose_secret(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("***")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("***")
    }
}

/// The address of an endpoint. User, path and query are often secrets, so only scheme, host and port show.
#[derive(Clone, PartialEq, Eq)]
pub struct EndpointUrl {
    /// The address without user and password.
    uri: Uri,
    /// `user:password` as written.
    userinfo: Option<String>,
}

impl EndpointUrl {
    /// What a text has to be to become one.
    pub const EXPECTED: &str = "an http or https address such as https://example.com/hooks \
                                (percent-encode spaces and letters outside ASCII)";

    /// Reads an absolute `http` or `https` address. A fragment is dropped.
    pub fn parse(text: &str) -> Option<Self> {
        let uri: Uri = text.trim().parse().ok()?;
        let is_web = matches!(uri.scheme_str(), Some("http" | "https"));
        if !is_web || uri.host().is_none_or(str::is_empty) {
            return None;
        }
        let mut parts = uri.into_parts();
        let authority = parts.authority.take()?;
        let (userinfo, host) = match authority.as_str().rsplit_once('@') {
            Some((userinfo, host)) => (Some(userinfo.to_owned()), host.parse().ok()?),
            None => (None, authority),
        };
        parts.authority = Some(host);
        Some(Self { uri: Uri::from_parts(parts).ok()?, userinfo })
    }

    /// The whole address but for user and password, for the request only.
    pub fn request_uri(&self) -> &Uri {
        &self.uri
    }

    /// The `authorization` header that stands for user and password, if the address has them.
    pub fn authorization(&self) -> Option<Secret> {
        let userinfo: Vec<u8> = percent_decode_str(self.userinfo.as_ref()?).collect();
        Some(Secret::new(format!("Basic {}", STANDARD.encode(userinfo))))
    }

    /// The host's name, or its address in brackets if it is IPv6.
    pub fn host(&self) -> &str {
        self.uri.host().unwrap_or_default()
    }

    /// Whether requests go over TLS.
    pub fn is_https(&self) -> bool {
        self.uri.scheme_str() == Some("https")
    }

    /// Whether requests go unencrypted to another machine.
    pub fn is_unencrypted_remote(&self) -> bool {
        let host = self.host().trim_matches(['[', ']']);
        let is_loopback = host.eq_ignore_ascii_case("localhost")
            || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
        !self.is_https() && !is_loopback
    }

    /// The port, that of the scheme where the address has none.
    pub fn port(&self) -> u16 {
        self.uri.port_u16().unwrap_or(if self.is_https() { 443 } else { 80 })
    }

    /// The parts that must not be shown: user and password, path and query, as written and as read.
    pub(crate) fn hidden_parts(&self) -> Vec<String> {
        let path = self.uri.path();
        let mut parts = vec![path.to_owned()];
        parts.extend(self.uri.path_and_query().map(ToString::to_string));
        parts.extend(self.uri.query().map(str::to_owned));
        parts.extend(path.split('/').filter(|segment| segment.len() >= 16).map(str::to_owned));
        if let Some(userinfo) = &self.userinfo {
            parts.push(userinfo.clone());
            parts.extend(userinfo.split(':').map(str::to_owned));
        }
        let read: Vec<String> =
            parts.iter().map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned()).collect();
        parts.extend(read);
        parts
    }
}

impl fmt::Debug for EndpointUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl fmt::Display for EndpointUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}://{}", self.uri.scheme_str().unwrap_or_default(), self.host())?;
        if let Some(port) = self.uri.port_u16() {
            write!(formatter, ":{port}")?;
        }
        if self.uri.path_and_query().is_some_and(|path| path.as_str() != "/") {
            formatter.write_str("/***")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{EndpointUrl, Secret};

    #[test]
    fn secrets_and_addresses_do_not_print_themselves() {
        let secret = Secret::new("s3cr3t");
        assert_eq!(format!("{secret} {secret:?}"), "*** ***");
        let url = EndpointUrl::parse("https://me:pw@hooks.example:8443/services/T0/B1?token=x").unwrap();
        assert_eq!(format!("{url} {url:?}"), "https://hooks.example:8443/*** https://hooks.example:8443/***");
        assert_eq!(EndpointUrl::parse("http://[::1]:9/").unwrap().to_string(), "http://[::1]:9");
    }

    #[test]
    fn a_standard_key_is_read_with_and_without_padding() {
        for (secret, key) in [
            ("whsec_a2V5MQ==", Some(&b"key1"[..])),
            ("whsec_a2V5MQ", Some(b"key1")),
            ("whsec_", None),
            ("whsec_not base64", None),
            ("a2V5MQ==", None),
        ] {
            assert_eq!(Secret::new(secret).standard_webhooks_key().as_deref(), key, "{secret}");
        }
    }

    #[test]
    fn only_web_addresses_are_endpoints() {
        for text in
            ["", "example.com/hook", "/hook", "ftp://example.com/", "https://", "https://a b/", "https:///x"]
        {
            assert_eq!(EndpointUrl::parse(text), None, "{text}");
        }
    }
}
