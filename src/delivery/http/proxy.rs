//! Proxies: which one to use, and tunnels through it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use ureq::{Proxy, ProxyProtocol};

use super::no_proxy::bypasses_proxy;
use crate::delivery::failure::Failure;
use crate::settings::EndpointUrl;
use crate::system::Environment;

/// Largest response of a proxy, in bytes.
const MAX_RESPONSE_BYTES: usize = 16 << 10;
/// How much of a proxy's status line is shown, in characters.
const MAX_STATUS_CHARS: usize = 80;

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
            return Proxy::new(proxy).map(Some).map_err(|_| Failure::ProxyVariable(variable));
        }
    }
    Ok(None)
}

/// Asks an HTTP proxy for a tunnel to a host, <https://www.rfc-editor.org/rfc/rfc9110#name-connect>.
pub(super) fn open_tunnel(
    stream: &mut TcpStream,
    proxy: &Proxy,
    host: &str,
    port: u16,
    timeout: Duration,
) -> Result<(), Failure> {
    if !matches!(proxy.protocol(), ProxyProtocol::Http) {
        return Err(Failure::Proxy("only http:// proxies can be checked".to_owned()));
    }
    let failed = |error: std::io::Error| Failure::from_io(&error, timeout);
    let mut request = format!("CONNECT {host}:{port} HTTP/1.1\r\nhost: {host}:{port}\r\n");
    if let (Some(user), password) = (proxy.username(), proxy.password().unwrap_or_default()) {
        let decode = |text| percent_decode_str(text).collect::<Vec<u8>>();
        let credentials = [decode(user), decode(password)].join(&b':');
        request.push_str(&format!("proxy-authorization: Basic {}\r\n", STANDARD.encode(credentials)));
    }
    stream.write_all(format!("{request}\r\n").as_bytes()).map_err(failed)?;
    let (mut response, mut byte) = (Vec::new(), [0]);
    // One byte at a time, because what follows the headers belongs to the tunnel.
    while !response.ends_with(b"\r\n\r\n") && response.len() < MAX_RESPONSE_BYTES {
        if stream.read(&mut byte).map_err(failed)? == 0 {
            return Err(Failure::Closed);
        }
        response.extend(byte);
    }
    let response = String::from_utf8_lossy(&response);
    let status_line = response.lines().next().unwrap_or_default();
    match status_line.split_whitespace().nth(1) {
        Some(status) if status.starts_with('2') => Ok(()),
        _ => Err(Failure::Proxy(status_line.chars().take(MAX_STATUS_CHARS).collect())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_selects_the_variable() {
        let environment = Environment::from_iter([
            ("HTTPS_PROXY", "http://secure.proxy:3128"),
            ("HTTP_PROXY", "http://plain.proxy:3128"),
            ("NO_PROXY", "inside.example"),
        ]);
        let host = |url| {
            let url = EndpointUrl::parse(url).unwrap();
            select(&url, &environment).unwrap().map(|proxy| proxy.host().to_owned())
        };
        assert_eq!(host("https://hooks.example/").as_deref(), Some("secure.proxy"));
        assert_eq!(host("http://hooks.example/").as_deref(), Some("plain.proxy"));
        assert_eq!(host("https://hooks.inside.example/"), None);
    }

    #[test]
    fn an_invalid_proxy_is_reported_by_its_variable() {
        let environment = Environment::from_iter([("ALL_PROXY", "carrier://pigeon")]);
        let url = EndpointUrl::parse("https://hooks.example/").unwrap();
        assert_eq!(select(&url, &environment).unwrap_err(), Failure::ProxyVariable("ALL_PROXY"));
    }
}
