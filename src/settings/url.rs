//! URLs among the settings.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use ureq::http::Uri;

use super::authority::Authority;
use super::setting::unexpected;
use super::{Mistake, RawSetting, Secret, Setting};
use crate::ci::web_url;

/// Shorter segments of the path and values of the query are not hidden alone, in bytes: they occur everywhere.
const MIN_PART_LEN: usize = 8;

/// The URL of an endpoint. User, path and query are often secrets, so only scheme, host and port are printed.
#[derive(Clone, PartialEq, Eq)]
pub struct EndpointUrl {
    /// The URL without user and password.
    uri: Uri,
    /// `user:password` as written.
    userinfo: Option<String>,
}

impl EndpointUrl {
    /// Parses an absolute `http` or `https` URL. A fragment is dropped.
    pub fn parse(text: &str) -> Option<Self> {
        if expected_part(text.trim()).is_some() {
            return None;
        }
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

    /// The URL without user and password, only for the request.
    pub fn request_uri(&self) -> &Uri {
        &self.uri
    }

    /// The whole URL, only for keys made from it.
    pub(super) fn expose_secret(&self) -> String {
        match &self.userinfo {
            Some(userinfo) => format!("{userinfo}@{}", self.uri),
            None => self.uri.to_string(),
        }
    }

    /// The `authorization` header made from user and password, if the URL has them.
    pub fn authorization(&self) -> Option<Secret> {
        let userinfo: Vec<u8> = percent_decode_str(self.userinfo.as_ref()?).collect();
        Some(Secret::new(format!("Basic {}", STANDARD.encode(userinfo))))
    }

    /// The host name, or the IP address; IPv6 in brackets.
    pub fn host(&self) -> &str {
        self.uri.host().unwrap_or_default()
    }

    /// Whether requests use TLS.
    pub fn is_https(&self) -> bool {
        self.uri.scheme_str() == Some("https")
    }

    /// Whether requests go unencrypted to another machine.
    pub fn is_unencrypted_remote(&self) -> bool {
        !self.is_https() && !self.is_loopback()
    }

    /// Whether the host is this machine.
    pub fn is_loopback(&self) -> bool {
        let host = self.host().trim_matches(['[', ']']).trim_end_matches('.');
        host.eq_ignore_ascii_case("localhost")
            || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    }

    /// The port; by default that of the scheme.
    pub fn port(&self) -> u16 {
        self.uri.port_u16().unwrap_or(if self.is_https() { 443 } else { 80 })
    }

    /// The parts that must not be printed: user, password, path and query, as written and percent-decoded.
    pub(crate) fn hidden_parts(&self) -> Vec<String> {
        let path = self.uri.path();
        let mut parts = vec![path.to_owned()];
        parts.extend(self.uri.path_and_query().map(ToString::to_string));
        let query = self.uri.query().unwrap_or_default();
        parts.push(query.to_owned());
        let values = query.split('&').filter_map(|pair| pair.split_once('=')).map(|(_, value)| value);
        parts.extend(
            path.split('/').chain(values).filter(|part| part.len() >= MIN_PART_LEN).map(str::to_owned),
        );
        if let Some(userinfo) = &self.userinfo {
            parts.push(userinfo.clone());
            parts.extend(userinfo.split(':').map(str::to_owned));
        }
        let decoded: Vec<String> =
            parts.iter().map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned()).collect();
        parts.extend(decoded);
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

/// The part that a URL lacks, for a mistake that does not show the URL.
fn expected_part(text: &str) -> Option<&'static str> {
    let Some((scheme, rest)) = text.split_once("://") else {
        return Some("a URL that starts with https:// or http://");
    };
    if !["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
        return Some("a URL that starts with https:// or http://, not with another scheme");
    }
    let authority = Authority::split(rest);
    if authority.host.is_empty() {
        return Some("a URL with a host, such as https://example.com/hooks");
    }
    matches!(authority.port(), Some(Err(()))).then_some("a URL whose port is a number from 1 to 65535")
}

impl Setting for EndpointUrl {
    const PLACEHOLDER: &'static str = "URL";
    const EXPECTED: &'static str = "an http or https URL such as https://example.com/hooks \
                                    (percent-encode spaces and non-ASCII letters)";
    const IS_SECRET: bool = true;

    fn parse(text: &str) -> Option<Self> {
        Self::parse(text)
    }

    fn read(raw: &RawSetting) -> Result<Self, Mistake> {
        let text = raw.as_text().unwrap_or_default();
        match expected_part(text) {
            Some(expected) => Err(raw.mistake_without_value(expected)),
            None => Self::parse(text).ok_or_else(|| unexpected::<Self>(raw, None)),
        }
    }
}

/// An `http` or `https` URL that is part of an event, without user and password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebUrl(pub String);

impl Setting for WebUrl {
    const PLACEHOLDER: &'static str = "URL";
    const EXPECTED: &'static str = "an http or https URL";

    fn parse(text: &str) -> Option<Self> {
        web_url(text).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::EndpointUrl;

    #[test]
    fn urls_do_not_print_their_secrets() {
        let url = EndpointUrl::parse("https://me:pw@hooks.example:8443/services/T0/B1?token=x").unwrap();
        assert_eq!(format!("{url} {url:?}"), "https://hooks.example:8443/*** https://hooks.example:8443/***");
        assert_eq!(EndpointUrl::parse("http://[::1]:9/").unwrap().to_string(), "http://[::1]:9");
    }

    #[test]
    fn only_absolute_http_urls_are_endpoints() {
        for text in
            ["", "example.com/hook", "/hook", "ftp://example.com/", "https://", "https://a b/", "https:///x"]
        {
            assert_eq!(EndpointUrl::parse(text), None, "{text}");
        }
    }
}
