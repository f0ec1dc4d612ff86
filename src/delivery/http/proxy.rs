//! Which proxy a request goes through, by the usual variables.

use std::net::IpAddr;

use ureq::Proxy;

use crate::settings::EndpointUrl;
use crate::system::Environment;

/// The proxy for an address: `HTTPS_PROXY` or `HTTP_PROXY` by its scheme, else `ALL_PROXY`, unless `NO_PROXY`
/// names the host. Each in upper or lower case, as curl reads them. `Err` names the variable that holds something
/// else; what it holds may be a password.
pub(in crate::delivery) fn choose(
    url: &EndpointUrl,
    environment: &Environment,
) -> Result<Option<Proxy>, &'static str> {
    let by_scheme: [&'static str; 2] =
        if url.is_https() { ["https_proxy", "HTTPS_PROXY"] } else { ["http_proxy", "HTTP_PROXY"] };
    let exceptions = environment.get("no_proxy").or(environment.get("NO_PROXY")).unwrap_or_default();
    if bypasses(exceptions, url.host(), url.port()) {
        return Ok(None);
    }
    for variable in by_scheme.into_iter().chain(["all_proxy", "ALL_PROXY"]) {
        if let Some(address) = environment.get(variable) {
            return Proxy::new(address).map(Some).map_err(|_| variable);
        }
    }
    Ok(None)
}

/// Whether a list such as `localhost,.corp.example,10.0.0.0/8,10.0.0.7:8080` names the host. A domain stands for all
/// that is below it too, a network for its addresses, `*` for everything.
fn bypasses(list: &str, host: &str, port: u16) -> bool {
    let host = host.trim_matches(['[', ']']).to_ascii_lowercase();
    list.split([',', ' ']).map(str::trim).filter(|entry| !entry.is_empty()).any(|entry| {
        let entry = entry.to_ascii_lowercase();
        if entry == "*" {
            return true;
        }
        if let Some((network, length)) = entry.split_once('/') {
            let parts = network.trim_matches(['[', ']']).parse().ok().zip(length.parse().ok());
            return parts
                .zip(host.parse().ok())
                .is_some_and(|((network, length), host)| is_in_network(host, network, length));
        }
        let (name, only_port) = match entry.rsplit_once(':') {
            Some((name, digits)) if !name.contains(':') || name.ends_with(']') => {
                (name, digits.parse::<u16>().ok())
            }
            _ => (entry.as_str(), None),
        };
        let name = name.trim_matches(['[', ']']).trim_start_matches("*.").trim_start_matches('.');
        let is_below = host.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        !name.is_empty() && is_below && only_port.is_none_or(|only| only == port)
    })
}

/// Whether the first `length` bits of two addresses of one kind are the same.
fn is_in_network(host: IpAddr, network: IpAddr, length: u32) -> bool {
    let differs_beyond = |difference: u128, bits: u32| {
        length <= bits && difference.checked_shr(bits - length).unwrap_or(0) == 0
    };
    match (host, network) {
        (IpAddr::V4(host), IpAddr::V4(network)) => {
            differs_beyond(u128::from(host.to_bits() ^ network.to_bits()), 32)
        }
        (IpAddr::V6(host), IpAddr::V6(network)) => differs_beyond(host.to_bits() ^ network.to_bits(), 128),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_proxy_names_hosts_domains_and_ports() {
        for (list, host, port, expected) in [
            ("", "hooks.example", 443, false),
            ("*", "hooks.example", 443, true),
            ("localhost, 127.0.0.1", "127.0.0.1", 80, true),
            ("example.com", "example.com", 443, true),
            ("example.com", "hooks.example.com", 443, true),
            (".example.com", "hooks.EXAMPLE.com", 443, true),
            ("*.example.com", "hooks.example.com", 443, true),
            ("example.com", "notexample.com", 443, false),
            ("example.com:8443", "example.com", 443, false),
            ("example.com:8443", "example.com", 8443, true),
            ("[::1]:80", "[::1]", 80, true),
            ("::1", "[::1]", 80, true),
            ("10.0.0.0/8", "10.200.3.4", 443, true),
            ("10.0.0.0/8", "11.0.0.1", 443, false),
            ("192.168.4.0/22, 10.1.2.3/32", "192.168.7.255", 443, true),
            ("192.168.4.0/22", "192.168.8.0", 443, false),
            ("0.0.0.0/0", "203.0.113.9", 443, true),
            ("fd00::/8", "[fd12::1]", 443, true),
            ("fd00::/8", "[fe80::1]", 443, false),
            ("::/0", "10.0.0.1", 443, false),
            ("10.0.0.0/99", "10.0.0.1", 443, false),
            ("10.0.0.0/8", "ten.example", 443, false),
        ] {
            assert_eq!(bypasses(list, host, port), expected, "{list} {host}:{port}");
        }
    }

    #[test]
    fn the_scheme_chooses_the_variable() {
        let environment = Environment::from_iter([
            ("HTTPS_PROXY", "http://secure.proxy:3128"),
            ("HTTP_PROXY", "http://plain.proxy:3128"),
            ("NO_PROXY", "inside.example"),
        ]);
        let host = |url| {
            let url = EndpointUrl::parse(url).unwrap();
            choose(&url, &environment).unwrap().map(|proxy| proxy.host().to_owned())
        };
        assert_eq!(host("https://hooks.example/").as_deref(), Some("secure.proxy"));
        assert_eq!(host("http://hooks.example/").as_deref(), Some("plain.proxy"));
        assert_eq!(host("https://hooks.inside.example/"), None);
    }

    #[test]
    fn a_proxy_that_is_no_address_is_named_by_its_variable() {
        let environment = Environment::from_iter([("ALL_PROXY", "carrier://pigeon")]);
        let url = EndpointUrl::parse("https://hooks.example/").unwrap();
        assert_eq!(choose(&url, &environment).unwrap_err(), "ALL_PROXY");
    }
}
