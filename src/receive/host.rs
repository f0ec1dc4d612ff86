//! The host that a request is for.

use std::net::{IpAddr, Ipv6Addr};

use super::Received;

/// Why a request is not answered: a web page may have sent it, under a name that leads here (DNS rebinding).
pub(super) fn refusal(request: &Received, allowed_hosts: &[String]) -> Option<(u16, String)> {
    for name in ["host", "origin"] {
        if request.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name)).count() > 1 {
            return Some((400, format!("the header {name} is there more than once")));
        }
    }
    let is_allowed = |host: &str| is_allowed(host, allowed_hosts);
    // A target may be a whole URL.
    let target = request.target.split_once("://").filter(|_| !request.target.starts_with('/'));
    let target = target.map(|(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or_default());
    let host = request.header("host").unwrap_or_default();
    if let Some(host) = [Some(host), target].into_iter().flatten().find(|host| !is_allowed(host)) {
        return Some((403, format!("the request is for the host `{}`, not for localhost", shown(host))));
    }
    let of_page = |origin: &str| origin.split_once("://").is_some_and(|(_, host)| is_allowed(host));
    if let Some(origin) = request.header("origin").filter(|origin| !of_page(origin)) {
        return Some((403, format!("a web page of `{}` sent the request", shown(origin))));
    }
    let is_known = matches!(request.method.as_str(), "POST" | "PUT");
    (!is_known).then(|| (405, format!("the method is {}; events are posted", shown(&request.method))))
}

/// Whether a host, with or without port, is this machine, or was permitted.
fn is_allowed(host: &str, allowed_hosts: &[String]) -> bool {
    let Some(name) = name(host) else { return false };
    let is_loopback = name.eq_ignore_ascii_case("localhost")
        || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    is_loopback || allowed_hosts.iter().any(|allowed| allowed.eq_ignore_ascii_case(name))
}

/// The name or address in `name:port`. `None` if it has another form.
fn name(host: &str) -> Option<&str> {
    let (name, port) = match host.strip_prefix('[') {
        Some(rest) => rest.split_once(']').filter(|(name, _)| name.parse::<Ipv6Addr>().is_ok())?,
        None => host.split_at(host.find(':').unwrap_or(host.len())),
    };
    let is_port = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
    let has_port = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
    has_port.then(|| name.strip_suffix('.').unwrap_or(name))
}

/// The start of a string from outside.
fn shown(text: &str) -> String {
    text.chars().take(100).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hosts_in_their_exact_form_are_allowed() {
        let allowed = ["tunnel.example".to_owned(), "::2".to_owned()];
        for host in
            ["localhost:", "localhost.:80", "127.0.0.1", "[::1]", "[::1]:80", "TUNNEL.example.", "[::2]:1"]
        {
            assert!(is_allowed(host, &allowed), "{host}");
        }
        for host in [
            "",
            ":80",
            "::1",
            "[::1",
            "[::1]80",
            "[::1]evil.example",
            "[::1]:80@evil.example",
            "[127.0.0.1]",
            "[localhost]",
            "localhost..",
            "localhost:8o",
            "localhost:80@evil.example",
            "localhost:80:80",
            "localhost@evil.example",
            "evil@localhost",
            "localhost/",
            "localhost ",
        ] {
            assert!(!is_allowed(host, &allowed), "{host}");
        }
    }

    #[test]
    fn every_place_of_a_host_counts_and_none_may_be_there_twice() {
        let status = |target: &str, headers: &[(&str, &str)]| {
            let headers = headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
            let mut request = Received::new(headers, Vec::new());
            request.method = "POST".to_owned();
            request.target = target.to_owned();
            refusal(&request, &[]).map_or(200, |(status, _)| status)
        };
        let host = ("Host", "localhost");
        for (target, headers, expected) in [
            ("/", &[host][..], 200),
            ("/?to=http://evil.example/", &[host], 200),
            ("http://localhost:80/a", &[host], 200),
            ("http://localhost", &[host], 200),
            ("http://evil.example/", &[host], 403),
            ("http://localhost@evil.example/", &[host], 403),
            ("http://localhost", &[], 403),
            ("/", &[host, ("host", "localhost")], 400),
            ("/", &[host, ("Host", "evil.example")], 400),
            ("/", &[host, ("Origin", "http://localhost:3000")], 200),
            ("/", &[host, ("Origin", "http://localhost:80@evil.example")], 403),
            ("/", &[host, ("Origin", "http://localhost"), ("origin", "http://evil.example")], 400),
        ] {
            assert_eq!(status(target, headers), expected, "{target} {headers:?}");
        }
    }
}
