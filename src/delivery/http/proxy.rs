//! Proxies: which one to use, and tunnels through it.

use std::fmt;
use std::io::{self, Read, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;

use super::no_proxy::bypasses_proxy;
use crate::delivery::failure::Failure;
use crate::settings::{Authority, EndpointUrl};
use crate::system::Environment;

/// The variables that name proxies.
const VARIABLES: [&str; 6] =
    ["https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"];
/// Largest response of a proxy, in bytes.
const MAX_RESPONSE_BYTES: usize = 16 << 10;
/// How much of a proxy's status line is shown, in characters.
const MAX_STATUS_CHARS: usize = 80;

/// A proxy that opens tunnels to receivers.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Proxy {
    /// The variable that names it.
    pub(super) variable: &'static str,
    /// Whether the connection to the proxy itself uses TLS.
    pub(super) is_https: bool,
    /// Name or IP address; IPv6 in brackets.
    pub(super) host: String,
    pub(super) port: u16,
    /// `user:password`, decoded.
    credentials: Option<Vec<u8>>,
}

/// Hides the credentials.
impl fmt::Debug for Proxy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.host, self.port)
    }
}

impl Proxy {
    /// Parses `http://user:password@host:port` or `https://…`. Without a scheme it is `http`, as in curl.
    fn parse(text: &str, variable: &'static str) -> Result<Self, Failure> {
        let text = text.trim();
        let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
        let is_https = match scheme.to_ascii_lowercase().as_str() {
            "http" => false,
            "https" => true,
            socks if socks.starts_with("socks") => return Err(Failure::SocksProxy(variable)),
            _ => return Err(Failure::ProxyVariable(variable)),
        };
        let authority = Authority::split(rest);
        let is_host =
            |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | ':' | '[' | ']' | '%');
        if authority.host.is_empty() || !authority.host.chars().all(is_host) {
            return Err(Failure::ProxyVariable(variable));
        }
        let default = if is_https { 443 } else { 80 };
        let port = authority.port().unwrap_or(Ok(default)).map_err(|()| Failure::ProxyPort(variable))?;
        let credentials = authority.userinfo.map(|userinfo| {
            let (user, password) = userinfo.split_once(':').unwrap_or((userinfo, ""));
            let decode = |text| percent_decode_str(text).collect::<Vec<u8>>();
            [decode(user), decode(password)].join(&b':')
        });
        Ok(Self { variable, is_https, host: authority.host.to_owned(), port, credentials })
    }

    /// The failure to reach the proxy itself.
    pub(super) fn unreachable(&self, reason: Failure) -> Failure {
        Failure::ProxyUnreachable(self.variable, Box::new(reason))
    }

    /// Asks for a tunnel to a host, <https://www.rfc-editor.org/rfc/rfc9110#name-connect>.
    pub(super) fn open_tunnel(
        &self,
        stream: &mut (impl Read + Write),
        host: &str,
        port: u16,
    ) -> io::Result<Result<(), Failure>> {
        let mut request = format!("CONNECT {host}:{port} HTTP/1.1\r\nhost: {host}:{port}\r\n");
        if let Some(credentials) = &self.credentials {
            request.push_str(&format!("proxy-authorization: Basic {}\r\n", STANDARD.encode(credentials)));
        }
        stream.write_all(format!("{request}\r\n").as_bytes())?;
        stream.flush()?;
        let (mut response, mut byte) = (Vec::new(), [0]);
        // One byte at a time, because what follows the headers belongs to the tunnel.
        while !response.ends_with(b"\r\n\r\n") && response.len() < MAX_RESPONSE_BYTES {
            if stream.read(&mut byte)? == 0 {
                return Ok(Err(self.unreachable(Failure::Closed)));
            }
            response.extend(byte);
        }
        let response = String::from_utf8_lossy(&response);
        let status_line = response.lines().next().unwrap_or_default();
        Ok(match status_line.split_whitespace().nth(1) {
            Some(status) if status.starts_with('2') => Ok(()),
            _ => Err(Failure::Proxy(self.variable, status_line.chars().take(MAX_STATUS_CHARS).collect())),
        })
    }
}

/// The proxy for a URL: `HTTPS_PROXY` or `HTTP_PROXY` by its scheme, else `ALL_PROXY`, unless `NO_PROXY` lists the
/// host. As in curl, the lower-case names take precedence.
///
/// Fails if the variable is not a proxy's URL. The error names the variable but not its value, which may contain a
/// password.
pub(super) fn select(url: &EndpointUrl, environment: &Environment) -> Result<Option<Proxy>, Failure> {
    let no_proxy = environment.get("no_proxy").or(environment.get("NO_PROXY")).unwrap_or_default();
    if bypasses_proxy(no_proxy, url.host(), url.port()) {
        return Ok(None);
    }
    let by_scheme =
        if url.is_https() { ["https_proxy", "HTTPS_PROXY"] } else { ["http_proxy", "HTTP_PROXY"] };
    for variable in by_scheme.into_iter().chain(["all_proxy", "ALL_PROXY"]) {
        if let Some(proxy) = environment.get(variable) {
            return Proxy::parse(proxy, variable).map(Some);
        }
    }
    Ok(None)
}

/// User and password of all proxies in the environment, as written, decoded and as they are sent, for redaction.
pub(in crate::delivery) fn credentials(environment: &Environment) -> Vec<String> {
    let values = VARIABLES.into_iter().filter_map(|name| environment.get(name));
    let mut found = Vec::new();
    for value in values {
        let (_, rest) = value.split_once("://").unwrap_or(("", value));
        let Some(userinfo) = Authority::split(rest).userinfo else { continue };
        let decoded = percent_decode_str(userinfo).decode_utf8_lossy().into_owned();
        found.push(STANDARD.encode(&decoded));
        for written in [userinfo.to_owned(), decoded] {
            found.extend(written.split(':').map(str::to_owned));
            found.push(written);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn selected(variables: &[(&str, &str)], url: &str) -> Result<Option<Proxy>, Failure> {
        select(&EndpointUrl::parse(url).unwrap(), &variables.iter().copied().collect())
    }

    #[test]
    fn the_scheme_selects_the_variable() {
        let variables = [
            ("HTTPS_PROXY", "http://secure.proxy:3128"),
            ("HTTP_PROXY", "plain.proxy"),
            ("NO_PROXY", "inside.example"),
        ];
        let host = |url| selected(&variables, url).unwrap().map(|proxy| (proxy.host, proxy.port));
        assert_eq!(host("https://hooks.example/"), Some(("secure.proxy".to_owned(), 3128)));
        assert_eq!(host("http://hooks.example/"), Some(("plain.proxy".to_owned(), 80)));
        assert_eq!(host("https://hooks.inside.example/"), None);
    }

    #[test]
    fn a_proxy_that_cannot_be_used_is_reported_by_its_variable() {
        for (value, expected) in [
            ("carrier://pigeon", Failure::ProxyVariable("ALL_PROXY")),
            ("http://", Failure::ProxyVariable("ALL_PROXY")),
            ("http://a b", Failure::ProxyVariable("ALL_PROXY")),
            ("socks5h://proxy:1080", Failure::SocksProxy("ALL_PROXY")),
            ("SOCKS4://proxy", Failure::SocksProxy("ALL_PROXY")),
            ("http://proxy:badport", Failure::ProxyPort("ALL_PROXY")),
            ("http://proxy:-1", Failure::ProxyPort("ALL_PROXY")),
            ("proxy:99999", Failure::ProxyPort("ALL_PROXY")),
            ("https://me:pw@proxy:0", Failure::ProxyPort("ALL_PROXY")),
        ] {
            assert_eq!(selected(&[("ALL_PROXY", value)], "https://hooks.example/"), Err(expected), "{value}");
        }
    }

    #[test]
    fn credentials_are_decoded_and_not_printed() {
        let proxy = selected(&[("ALL_PROXY", "https://me:p%40ss@proxy")], "https://hooks.example/");
        let proxy = proxy.unwrap().unwrap();
        assert_eq!((proxy.is_https, proxy.port), (true, 443));
        assert_eq!(proxy.credentials.as_deref(), Some(&b"me:p@ss"[..]));
        assert_eq!(format!("{proxy:?}"), "proxy:443");
    }

    proptest! {
        #[test]
        fn any_value_is_a_proxy_or_a_failure(value in ".*", list in ".*", scheme in "(https?|socks5?)://") {
            for value in [value.clone(), format!("{scheme}{value}")] {
                let _ = selected(&[("ALL_PROXY", &value), ("NO_PROXY", &list)], "https://hooks.example/");
            }
        }
    }
}
