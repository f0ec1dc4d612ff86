//! The authority of a URL: user, host and port.

/// The parts of `user:password@host:port`. The host of an IPv6 address is in brackets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Authority<'a> {
    pub(crate) userinfo: Option<&'a str>,
    pub(crate) host: &'a str,
    port: Option<&'a str>,
}

impl<'a> Authority<'a> {
    /// Splits what follows `://` in a URL.
    pub(crate) fn split(rest_of_url: &'a str) -> Self {
        let authority = rest_of_url.split(['/', '?', '#']).next().unwrap_or_default();
        let (userinfo, host_and_port) = match authority.rsplit_once('@') {
            Some((userinfo, host_and_port)) => (Some(userinfo), host_and_port),
            None => (None, authority),
        };
        // The colons of an IPv6 address are in brackets.
        let port_start = host_and_port.rfind(']').unwrap_or(0);
        let (host, port) = match host_and_port[port_start..].find(':') {
            Some(colon) => {
                let (host, port) = host_and_port.split_at(port_start + colon);
                (host, Some(&port[1..]))
            }
            None => (host_and_port, None),
        };
        Self { userinfo, host, port }
    }

    /// The port: `None` if there is none, an error if it is not a number from 1 to 65535.
    pub(crate) fn port(&self) -> Option<Result<u16, ()>> {
        let port = self.port?;
        let is_number = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
        let number = port.parse::<u16>().ok().filter(|number| is_number && *number > 0);
        Some(number.ok_or(()))
    }
}

#[cfg(test)]
mod tests {
    use super::Authority;

    #[test]
    fn hosts_and_ports_are_split() {
        for (text, userinfo, host, port) in [
            ("proxy", None, "proxy", None),
            ("proxy:3128/path:1", None, "proxy", Some(Ok(3128))),
            ("me:p@ss@proxy:65535", Some("me:p@ss"), "proxy", Some(Ok(65_535))),
            ("[::1]", None, "[::1]", None),
            ("[::1]:80", None, "[::1]", Some(Ok(80))),
            (":80", None, "", Some(Ok(80))),
            ("", None, "", None),
        ] {
            let found = Authority::split(text);
            assert_eq!((found.userinfo, found.host, found.port()), (userinfo, host, port), "{text}");
        }
        for port in ["", "0", "65536", "99999", "-1", "+1", " 1", "badport", "80:80"] {
            assert_eq!(Authority::split(&format!("proxy:{port}")).port(), Some(Err(())), "{port}");
        }
    }
}
