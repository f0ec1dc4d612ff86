//! From a host to its addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// Takes an address as it is and `localhost` as the loopback, <https://www.rfc-editor.org/rfc/rfc6761#section-6.3>,
/// and looks up all else. The look-up needs a thread of its own and a name service, which an empty container lacks.
#[derive(Debug, Default)]
pub(in crate::delivery) struct AddressFirst(DefaultResolver);

impl Resolver for AddressFirst {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let host = uri.host().unwrap_or_default();
        let port = uri.port_u16().unwrap_or(if uri.scheme_str() == Some("https") { 443 } else { 80 });
        let known = known_addresses(host);
        if known.is_empty() {
            return self.0.resolve(uri, config, timeout);
        }
        let mut addresses = self.empty();
        for address in known {
            addresses.push(SocketAddr::new(address, port));
        }
        Ok(addresses)
    }
}

/// The addresses that need no look-up.
pub(in crate::delivery) fn known_addresses(host: &str) -> Vec<IpAddr> {
    if host.eq_ignore_ascii_case("localhost") {
        return vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
    }
    host.trim_start_matches('[').trim_end_matches(']').parse().into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::known_addresses;

    #[test]
    fn addresses_and_the_loopback_need_no_look_up() {
        for (host, addresses) in [
            ("127.0.0.1", &["127.0.0.1"][..]),
            ("[2001:db8::1]", &["2001:db8::1"]),
            ("LocalHost", &["127.0.0.1", "::1"]),
            ("hooks.example", &[]),
        ] {
            let known: Vec<String> = known_addresses(host).iter().map(ToString::to_string).collect();
            assert_eq!(known, addresses, "{host}");
        }
    }
}
