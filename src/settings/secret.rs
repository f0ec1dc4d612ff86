//! Values that cannot be printed.

use std::fmt;

use ureq::http::Uri;

/// A secret: it can be used, and shows as `***` wherever it might be printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself, for signing and sending only.
    pub fn expose(&self) -> &str {
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
pub struct EndpointUrl(Uri);

impl EndpointUrl {
    /// What a text has to be to become one.
    pub const EXPECTED: &str = "an http or https address such as https://example.com/hooks \
                                (percent-encode spaces and letters outside ASCII)";

    /// Reads an absolute `http` or `https` address. A fragment is dropped.
    pub fn parse(text: &str) -> Option<Self> {
        let uri: Uri = text.trim().parse().ok()?;
        let is_web = matches!(uri.scheme_str(), Some("http" | "https"));
        (is_web && uri.host().is_some_and(|host| !host.is_empty())).then_some(Self(uri))
    }

    /// The whole address, for the request only.
    pub fn expose(&self) -> &Uri {
        &self.0
    }

    /// The host's name, or its address in brackets if it is IPv6.
    pub fn host(&self) -> &str {
        self.0.host().unwrap_or_default()
    }

    /// Whether requests go over TLS.
    pub fn is_https(&self) -> bool {
        self.0.scheme_str() == Some("https")
    }

    /// The port, that of the scheme where the address has none.
    pub fn port(&self) -> u16 {
        self.0.port_u16().unwrap_or(if self.is_https() { 443 } else { 80 })
    }

    /// The parts that must not be shown: `user:password`, the user and password by themselves, path and query.
    pub(crate) fn hidden_parts(&self) -> Vec<String> {
        let mut parts = Vec::new();
        if let Some((userinfo, _)) =
            self.0.authority().and_then(|authority| authority.as_str().rsplit_once('@'))
        {
            parts.push(userinfo.to_owned());
            parts.extend(userinfo.split(':').map(str::to_owned));
        }
        let path = self.0.path();
        parts.push(self.0.path_and_query().map_or(path, |all| all.as_str()).to_owned());
        parts.push(path.to_owned());
        parts.extend(self.0.query().map(str::to_owned));
        parts.extend(path.split('/').filter(|segment| segment.len() >= 16).map(str::to_owned));
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
        write!(formatter, "{}://{}", self.0.scheme_str().unwrap_or_default(), self.host())?;
        if let Some(port) = self.0.port_u16() {
            write!(formatter, ":{port}")?;
        }
        if self.0.path_and_query().is_some_and(|path| path.as_str() != "/") {
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
    fn only_web_addresses_are_endpoints() {
        for text in
            ["", "example.com/hook", "/hook", "ftp://example.com/", "https://", "https://a b/", "https:///x"]
        {
            assert_eq!(EndpointUrl::parse(text), None, "{text}");
        }
    }
}
