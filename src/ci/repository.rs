//! A repository's page from any of the addresses by which git and CIs call it.

/// Where a repository is on the web.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepositoryUrl {
    /// `https` or `http`.
    scheme: String,
    /// The host's name in lower case, with its port where that is not the usual one.
    pub host: String,
    /// The path below the host, without slashes at its ends: `owner/name`.
    pub path: String,
}

impl RepositoryUrl {
    /// Reads `https://…`, `ssh://…`, `git://…` or `user@host:path`. User, password, query, fragment and `.git`
    /// are dropped. `None` for a local path and for anything that is no address.
    pub fn parse(address: &str) -> Option<Self> {
        let address = address.trim();
        let (scheme, authority, path) = match address.split_once("://") {
            Some((scheme, rest)) => {
                let (authority, path) = rest.split_once('/')?;
                (scheme.to_ascii_lowercase(), authority, path)
            }
            None => {
                let (authority, path) = address.split_once(':')?;
                let windows_drive = authority.len() == 1;
                if windows_drive || authority.contains('/') || path.starts_with('\\') {
                    return None;
                }
                ("scp".to_owned(), authority, port_dropped(path))
            }
        };
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host).to_ascii_lowercase();
        let (scheme, host) = match scheme.as_str() {
            "https" => ("https", host.strip_suffix(":443").unwrap_or(&host).to_owned()),
            "http" => ("http", host.strip_suffix(":80").unwrap_or(&host).to_owned()),
            "ssh" | "git" | "git+ssh" | "ssh+git" => ("https", without_port(&host).to_owned()),
            "scp" => ("https", host),
            _ => return None,
        };
        let path = path.split(['?', '#']).next().unwrap_or_default().trim_matches('/');
        let path = path.strip_suffix(".git").unwrap_or(path).trim_end_matches('/');
        let valid = !host.is_empty() && !path.is_empty() && !address.contains(char::is_whitespace);
        valid.then(|| Self { scheme: scheme.to_owned(), host, path: path.to_owned() })
    }

    /// The repository's page.
    pub fn page(&self) -> String {
        format!("{}://{}/{}", self.scheme, self.host, self.path)
    }
}

/// In `git@host:2222/owner/name` the digits are a port.
fn port_dropped(path: &str) -> &str {
    match path.split_once('/') {
        Some((port, rest)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => rest,
        _ => path,
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

/// Cuts `user:password@` out of an `http` or `https` address; `None` when it is not such an address.
pub fn web_address(text: &str) -> Option<String> {
    let (scheme, rest) = text.trim().split_once("://")?;
    if !(scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")) {
        return None;
    }
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let valid = !host.is_empty() && !rest.contains(|c: char| c.is_whitespace() || c.is_control());
    valid.then(|| format!("{}://{host}{path}", scheme.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::{RepositoryUrl, web_address};

    #[test]
    fn every_spelling_of_an_address_gives_the_same_page() {
        for address in [
            "https://github.com/example/app",
            "https://github.com/example/app.git",
            "https://github.com/example/app/",
            "https://GitHub.com:443/example/app.git?x=1#y",
            "https://x-access-token:ghs_secret@github.com/example/app",
            "git@github.com:example/app.git",
            "git@github.com:22/example/app.git",
            "ssh://git@github.com/example/app.git",
            "ssh://git@github.com:2222/example/app.git",
            "git://github.com/example/app.git",
            "git+ssh://git@github.com/example/app",
        ] {
            let url = RepositoryUrl::parse(address).unwrap();
            assert_eq!(url.page(), "https://github.com/example/app", "{address}");
            assert_eq!((url.host.as_str(), url.path.as_str()), ("github.com", "example/app"), "{address}");
        }
    }

    #[test]
    fn ports_sub_paths_and_nested_groups_are_kept() {
        for (address, page) in [
            ("http://git.local:3000/a/b.git", "http://git.local:3000/a/b"),
            ("https://git.local:8443/scm/a/b.git", "https://git.local:8443/scm/a/b"),
            ("git@gitlab.com:group/sub/app.git", "https://gitlab.com/group/sub/app"),
        ] {
            assert_eq!(RepositoryUrl::parse(address).unwrap().page(), page, "{address}");
        }
    }

    #[test]
    fn what_is_no_address_has_no_page() {
        for address in
            ["", "/srv/git/app.git", "C:\\work\\app", "file:///srv/app", "app", "https://host", "a b:c"]
        {
            assert_eq!(RepositoryUrl::parse(address), None, "{address}");
        }
    }

    #[test]
    fn credentials_are_cut_out_of_addresses() {
        for (text, expected) in [
            ("https://ci.example/job/1/", Some("https://ci.example/job/1/")),
            ("https://user:pa@ss@ci.example/job/1", Some("https://ci.example/job/1")),
            ("HTTP://ci.example?x", Some("http://ci.example?x")),
            ("not a url", None),
            ("ftp://ci.example/", None),
            ("https://", None),
            ("https://ci.example/a b", None),
        ] {
            assert_eq!(web_address(text).as_deref(), expected, "{text}");
        }
    }
}
