//! From a host to its addresses.

use std::net::{IpAddr, SocketAddr};

use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// Takes an address as it is and looks up all else. The client's own resolver starts a thread for each look-up,
/// which a receiver on the same machine does not need.
#[derive(Debug, Default)]
pub(super) struct AddressFirst(DefaultResolver);

impl Resolver for AddressFirst {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
        let port = uri.port_u16().unwrap_or(if uri.scheme_str() == Some("https") { 443 } else { 80 });
        match host.parse::<IpAddr>() {
            Ok(address) => {
                let mut addresses = self.empty();
                addresses.push(SocketAddr::new(address, port));
                Ok(addresses)
            }
            Err(_) => self.0.resolve(uri, config, timeout),
        }
    }
}
