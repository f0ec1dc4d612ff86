//! A repository's page from any of the addresses by which git and CIs call it.

/// Where a repository is on the web.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepositoryUrl {
    /// `https` or `http`.
    scheme: String,
    /// The host's name in lower case, with its port where that is not the usual one.
    pub host: String,
    /// The path below the host, without slashes at its ends.
    path: String,
}

impl RepositoryUrl {
    /// Reads `https://…`, `ssh://…`, `git://…` or `user@host:path`. User, password, query, fragment and `.git`
    /// are dropped. `None` for a local path and for anything that is no address.
    pub fn parse(address: &str) -> Option<Self> {
        let address = address.trim();
        let (scheme, authority, path) = match address.split_once("://") {
            Some((scheme, rest)) => {
                let (authority, path) = rest.split_once('/')?;
                match authority.rsplit_once(':') {
                    // Semaphore puts `http://` in front of `git@host:owner/name`.
                    Some((host, owner)) if host.contains('@') && !owner.contains('@') && !is_port(owner) => {
                        return Self::parse(&format!("{host}:{owner}/{path}"));
                    }
                    _ => (scheme.to_ascii_lowercase(), authority, path),
                }
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
        valid.then(|| Self { scheme: scheme.to_owned(), host, path: path.to_owned() }.on_the_web())
    }

    /// Where hosts show a repository at another address than the one by which git calls it.
    fn on_the_web(mut self) -> Self {
        let parts: Vec<&str> = self.path.split('/').collect();
        match (self.host.as_str(), parts.as_slice()) {
            // <https://learn.microsoft.com/azure/devops/repos/git/use-ssh-keys-to-authenticate>
            ("ssh.dev.azure.com", ["v3", organization, project, name]) => {
                self.path = format!("{organization}/{project}/_git/{name}");
                self.host = "dev.azure.com".to_owned();
            }
            ("vs-ssh.visualstudio.com", ["v3", organization, project, name]) => {
                self.host = format!("{organization}.visualstudio.com");
                self.path = format!("{project}/_git/{name}");
            }
            // The page of a repository of CodeCommit, as `page` gives it.
            (console, ["codesuite", "codecommit", "repositories", name, ..])
                if console.ends_with(".console.aws.amazon.com") =>
            {
                let region = console.split('.').next().unwrap_or_default();
                self.path = format!("v1/repos/{name}");
                self.host = format!("git-codecommit.{region}.amazonaws.com");
            }
            // Bitbucket Pipelines says http where https is meant.
            ("bitbucket.org", _) => self.scheme = "https".to_owned(),
            // Bitbucket Server: `…/scm/PROJECT/name` over http, `…:7999/project/name` over ssh.
            (_, [sub_path @ .., "scm", project, name]) => {
                let owner = match project.strip_prefix('~') {
                    Some(user) => format!("users/{user}"),
                    None => format!("projects/{}", project.to_uppercase()),
                };
                self.path = [sub_path, &[owner.as_str(), "repos", name]].concat().join("/");
            }
            _ => {}
        }
        self
    }

    /// The name of the repository as its host writes it: `owner/name`.
    pub fn name(&self) -> String {
        let parts: Vec<&str> = self.path.split('/').collect();
        match parts.as_slice() {
            [.., project, "_git", name] => format!("{project}/{name}"),
            [.., "projects", project, "repos", name] => format!("{project}/{name}"),
            [.., "users", user, "repos", name] => format!("~{user}/{name}"),
            ["v1", "repos", name] => (*name).to_owned(),
            _ => self.path.clone(),
        }
    }

    /// The repository's page.
    pub fn page(&self) -> String {
        if let Some((region, name)) = self.code_commit() {
            return format!(
                "https://{region}.console.aws.amazon.com/codesuite/codecommit/repositories/{name}/browse?region={region}"
            );
        }
        format!("{}://{}/{}", self.scheme, self.host, self.path)
    }

    /// Region and name of a repository of AWS CodeCommit,
    /// <https://docs.aws.amazon.com/codecommit/latest/userguide/regions.html>.
    fn code_commit(&self) -> Option<(&str, &str)> {
        let region = self.host.strip_prefix("git-codecommit.")?.strip_suffix(".amazonaws.com")?;
        Some((region, self.path.strip_prefix("v1/repos/")?))
    }
}

/// In `git@host:2222/owner/name` the digits are a port.
fn port_dropped(path: &str) -> &str {
    match path.split_once('/') {
        Some((port, rest)) if is_port(port) => rest,
        _ => path,
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if is_port(port) => name,
        _ => host,
    }
}

fn is_port(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
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
            "http://git@github.com:example/app.git",
        ] {
            let url = RepositoryUrl::parse(address).unwrap();
            assert_eq!(url.page(), "https://github.com/example/app", "{address}");
            assert_eq!((url.host.as_str(), url.name().as_str()), ("github.com", "example/app"), "{address}");
        }
    }

    #[test]
    fn ports_sub_paths_and_nested_groups_are_kept() {
        for (address, page) in [
            ("http://git.local:3000/a/b.git", "http://git.local:3000/a/b"),
            ("https://git.local:8443/git/a/b.git", "https://git.local:8443/git/a/b"),
            ("git@gitlab.com:group/sub/app.git", "https://gitlab.com/group/sub/app"),
        ] {
            assert_eq!(RepositoryUrl::parse(address).unwrap().page(), page, "{address}");
        }
    }

    #[test]
    fn hosts_that_show_repositories_elsewhere_are_known() {
        for (address, page, name) in [
            (
                "git@ssh.dev.azure.com:v3/org/My%20Project/app",
                "https://dev.azure.com/org/My%20Project/_git/app",
                "My%20Project/app",
            ),
            (
                "https://org@dev.azure.com/org/project/_git/app",
                "https://dev.azure.com/org/project/_git/app",
                "project/app",
            ),
            (
                "org@vs-ssh.visualstudio.com:v3/org/project/app",
                "https://org.visualstudio.com/project/_git/app",
                "project/app",
            ),
            ("http://bitbucket.org/team/app", "https://bitbucket.org/team/app", "team/app"),
            ("https://bb.example/scm/prj/app.git", "https://bb.example/projects/PRJ/repos/app", "PRJ/app"),
            (
                "https://bb.example:7990/bb/scm/~jd/app.git",
                "https://bb.example:7990/bb/users/jd/repos/app",
                "~jd/app",
            ),
            (
                "https://git-codecommit.eu-west-1.amazonaws.com/v1/repos/app",
                "https://eu-west-1.console.aws.amazon.com/codesuite/codecommit/repositories/app/browse?region=eu-west-1",
                "app",
            ),
            ("https://git.sr.ht/~user/app", "https://git.sr.ht/~user/app", "~user/app"),
        ] {
            let url = RepositoryUrl::parse(address).unwrap();
            assert_eq!((url.page().as_str(), url.name().as_str()), (page, name), "{address}");
            assert_eq!(RepositoryUrl::parse(page), Some(url), "its page is one of its addresses");
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
