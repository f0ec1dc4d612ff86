//! `NO_PROXY`: the hosts that are reached directly.

use std::net::IpAddr;

/// Whether a list such as `localhost,.corp.example,10.0.0.0/8,[::1]:8080` contains the host. A domain includes its
/// subdomains, a network its addresses, and `*` everything; entries are separated by commas or white space. An entry with
/// a port matches that port only. Names and addresses are compared, however they are written.
pub(super) fn bypasses_proxy(list: &str, host: &str, port: u16) -> bool {
    let host = Host::parse(host);
    list.split(|c: char| c == ',' || c.is_whitespace())
        .filter(|entry| !entry.is_empty())
        .any(|entry| matches(entry, &host, port))
}

/// A name or an address.
#[derive(PartialEq, Eq)]
enum Host {
    Address(IpAddr),
    /// In lower case, without a dot at the end.
    Name(String),
}

impl Host {
    fn parse(text: &str) -> Self {
        let text = text.trim_matches(['[', ']']);
        let text = text.strip_suffix('.').unwrap_or(text);
        match text.parse::<IpAddr>() {
            // An IPv4 address can be written as an IPv6 one: ::ffff:10.0.0.1.
            Ok(address) => Self::Address(address.to_canonical()),
            Err(_) => Self::Name(text.to_ascii_lowercase()),
        }
    }
}

fn matches(entry: &str, host: &Host, port: u16) -> bool {
    if entry == "*" {
        return true;
    }
    if let Some((network, prefix_len)) = entry.split_once('/') {
        let (Host::Address(network), Ok(prefix_len), Host::Address(host)) =
            (Host::parse(network), prefix_len.parse(), host)
        else {
            return false;
        };
        return is_in_network(*host, network, prefix_len);
    }
    let (name, only_port) = match entry.rsplit_once(':') {
        // A colon within an IPv6 address without brackets does not begin a port.
        Some((name, port)) if !name.contains(':') || name.ends_with(']') => (name, port.parse::<u16>().ok()),
        _ => (entry, None),
    };
    if only_port.is_some_and(|only| only != port) {
        return false;
    }
    let domain = name.trim_start_matches("*.").trim_start_matches('.');
    match (Host::parse(domain), host) {
        (Host::Name(domain), Host::Name(host)) => {
            let is_in_domain = |rest: &str| rest.is_empty() || rest.ends_with('.');
            !domain.is_empty() && host.strip_suffix(domain.as_str()).is_some_and(is_in_domain)
        }
        (listed, host) => listed == *host,
    }
}

/// Whether the first `prefix_len` bits of both addresses are the same. False for addresses of different families.
fn is_in_network(host: IpAddr, network: IpAddr, prefix_len: u32) -> bool {
    let is_equal = |difference: u128, bits: u32| {
        prefix_len <= bits && difference.checked_shr(bits - prefix_len).unwrap_or(0) == 0
    };
    match (host, network) {
        (IpAddr::V4(host), IpAddr::V4(network)) => {
            is_equal(u128::from(host.to_bits() ^ network.to_bits()), 32)
        }
        (IpAddr::V6(host), IpAddr::V6(network)) => is_equal(host.to_bits() ^ network.to_bits(), 128),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use proptest::prelude::*;

    use super::bypasses_proxy;

    #[test]
    fn entries_are_hosts_domains_networks_and_ports() {
        let cases = [
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
            ("example.com.", "example.com", 443, true),
            ("example.com", "hooks.example.com.", 443, true),
            (".example.com.:443", "example.com.", 443, true),
            ("0:0:0:0:0:0:0:1", "[::1]", 443, true),
            ("[0:0:0:0:0:0:0:1]:443", "[::1]", 443, true),
            ("::FFFF:10.0.0.1", "10.0.0.1", 443, true),
            ("10.0.0.1", "[::ffff:10.0.0.1]", 443, true),
            ("10.0.0.0/8", "[::ffff:10.0.0.1]", 443, true),
            ("2001:DB8::1", "[2001:db8:0::1]", 443, true),
            ("0.0.1", "10.0.0.1", 443, false),
            ("a\tb\nexample.com", "example.com", 443, true),
            (".", "example.com", 443, false),
            ("*.", "example.com", 443, false),
        ];
        let failed: Vec<_> = cases
            .iter()
            .filter(|(list, host, port, expected)| bypasses_proxy(list, host, *port) != *expected)
            .collect();
        assert!(failed.is_empty(), "(list, host, port, expected): {failed:?}");
    }

    proptest! {
        #[test]
        fn any_list_and_host_can_be_read(list: String, host: String, port: u16) {
            bypasses_proxy(&list, &host, port);
        }

        #[test]
        fn a_listed_domain_includes_its_subdomains_only(
            domain in "[a-z]{1,8}\\.[a-z]{2,4}",
            label in "[a-z]{1,8}",
            others in "[a-z]{1,8}\\.test(,[a-z]{1,8}\\.test){0,3}",
        ) {
            let list = format!("{others}, {domain}");
            prop_assert!(bypasses_proxy(&list, &domain, 443));
            let subdomain = format!("{label}.{domain}");
            prop_assert!(bypasses_proxy(&list, &subdomain, 443));
            let longer = format!("{label}{domain}");
            prop_assert!(!bypasses_proxy(&list, &longer, 443));
        }

        #[test]
        fn an_ipv4_network_contains_what_shares_its_prefix(
            network: u32,
            difference: u32,
            equal_bits in 0u32..=32,
            prefix_len in 0u32..=32,
        ) {
            let host = network ^ difference.checked_shr(equal_bits).unwrap_or(0);
            let mask = u32::MAX.checked_shl(32 - prefix_len).unwrap_or(0);
            let list = format!("{}/{prefix_len}", Ipv4Addr::from(network));
            let host_text = Ipv4Addr::from(host).to_string();
            prop_assert_eq!(bypasses_proxy(&list, &host_text, 80), host & mask == network & mask);
        }

        #[test]
        fn an_ipv6_network_contains_what_shares_its_prefix(
            network: u128,
            difference: u128,
            equal_bits in 0u32..=128,
            prefix_len in 0u32..=128,
        ) {
            let host = network ^ difference.checked_shr(equal_bits).unwrap_or(0);
            let mask = u128::MAX.checked_shl(128 - prefix_len).unwrap_or(0);
            let list = format!("{}/{prefix_len}", Ipv6Addr::from(network));
            let host_text = format!("[{}]", Ipv6Addr::from(host));
            prop_assert_eq!(bypasses_proxy(&list, &host_text, 80), host & mask == network & mask);
        }
    }
}
