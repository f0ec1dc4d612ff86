//! Host name lookup.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use super::connection::Progress;

/// Resolves IP addresses and `localhost` itself and looks up other hosts in DNS. Empty containers have no DNS
/// configuration, and a lookup costs a thread.
#[derive(Debug, Default)]
pub(super) struct LocalFirst {
    resolver: DefaultResolver,
    progress: Progress,
}

impl LocalFirst {
    pub(super) fn new(progress: &Progress) -> Self {
        Self { resolver: DefaultResolver::default(), progress: progress.clone() }
    }
}

/// Resolves every host to an address that is never used, for receivers behind a proxy: the proxy looks them up.
#[derive(Debug)]
pub(super) struct ByProxy;

impl Resolver for ByProxy {
    fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let mut addresses = self.empty();
        addresses.push(SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), 0));
        Ok(addresses)
    }
}

impl Resolver for LocalFirst {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let host = uri.host().unwrap_or_default();
        let port = uri.port_u16().unwrap_or(if uri.scheme_str() == Some("https") { 443 } else { 80 });
        let local = resolve_locally(host);
        if local.is_empty() {
            self.progress.looks_up();
            let addresses = self.resolver.resolve(uri, config, timeout)?;
            self.progress.start();
            return Ok(addresses);
        }
        let mut addresses = self.empty();
        for address in local {
            addresses.push(SocketAddr::new(address, port));
        }
        Ok(addresses)
    }
}

/// The addresses of an IP address, optionally in brackets, or of `localhost`, which is always the loopback,
/// <https://www.rfc-editor.org/rfc/rfc6761#section-6.3>. Empty for any other host.
pub(super) fn resolve_locally(host: &str) -> Vec<IpAddr> {
    let host = host.strip_suffix('.').unwrap_or(host);
    if host.eq_ignore_ascii_case("localhost") {
        return vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
    }
    host.trim_start_matches('[').trim_end_matches(']').parse().into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::resolve_locally;

    #[test]
    fn ip_addresses_and_localhost_need_no_lookup() {
        let cases = [
            ("127.0.0.1", &["127.0.0.1"][..]),
            ("[2001:db8::1]", &["2001:db8::1"]),
            ("LocalHost", &["127.0.0.1", "::1"]),
            ("localhost.", &["127.0.0.1", "::1"]),
            ("hooks.example", &[]),
        ];
        let failed: Vec<_> = cases
            .iter()
            .map(|(host, expected)| (host, resolve_locally(host), expected))
            .filter(|(_, found, expected)| {
                !found.iter().map(ToString::to_string).eq(expected.iter().copied())
            })
            .collect();
        assert!(failed.is_empty(), "(host, found, expected): {failed:?}");
    }
}
