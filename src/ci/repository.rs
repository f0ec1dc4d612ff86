//! A repository's page, from any URL that git or a CI uses for it.

/// A repository's URL on the web.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepositoryUrl {
    /// `https` or `http`.
    scheme: String,
    /// The host in lower case, with its port if that is not the default one.
    pub host: String,
    /// The path, without slashes at its ends.
    path: String,
}

impl RepositoryUrl {
    /// Parses `https://…`, `ssh://…`, `git://…` or `user@host:path`. User, password, query, fragment and
    /// `.git` are dropped. `None` for local paths and for anything that is not a URL.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (scheme, authority, path) = match text.split_once("://") {
            Some((scheme, rest)) => {
                let (authority, path) = rest.split_once('/')?;
                match authority.rsplit_once(':') {
                    // Semaphore adds `http://` to `git@host:owner/name`.
                    Some((host, owner)) if host.contains('@') && !owner.contains('@') && !is_port(owner) => {
                        return Self::parse(&format!("{host}:{owner}/{path}"));
                    }
                    _ => (scheme.to_ascii_lowercase(), authority, path),
                }
            }
            None => {
                let (authority, path) = text.split_once(':')?;
                let windows_drive = authority.len() == 1;
                if windows_drive || authority.contains('/') || path.starts_with('\\') {
                    return None;
                }
                ("scp".to_owned(), authority, path_without_port(path))
            }
        };
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host).to_ascii_lowercase();
        let (scheme, host) = match scheme.as_str() {
            "https" => ("https", host.trim_end_matches(":443").to_owned()),
            "http" => ("http", host.trim_end_matches(":80").to_owned()),
            "ssh" | "git" | "git+ssh" | "ssh+git" => ("https", without_port(&host).to_owned()),
            "scp" => ("https", host),
            _ => return None,
        };
        let mut path = path.split(['?', '#']).next().unwrap_or_default().trim_matches('/');
        while let Some(shorter) = path.strip_suffix(".git") {
            path = shorter.trim_end_matches('/');
        }
        let valid = !host.is_empty() && !path.is_empty() && !text.contains(char::is_whitespace);
        valid.then(|| Self { scheme: scheme.to_owned(), host, path: path.to_owned() }.on_the_web())
    }

    /// The URL of the page, on hosts where git uses another one.
    fn on_the_web(mut self) -> Self {
        let parts: Vec<&str> = self.path.split('/').collect();
        match (self.host.as_str(), parts.as_slice()) {
            // A path with empty parts names no repository and stays as it is: its page would be read as another path.
            ("ssh.dev.azure.com" | "vs-ssh.visualstudio.com", ["v3", rest @ ..]) if rest.contains(&"") => {}
            // <https://learn.microsoft.com/azure/devops/repos/git/use-ssh-keys-to-authenticate>
            ("ssh.dev.azure.com", ["v3", organization, project, name]) => {
                self.path = format!("{organization}/{project}/_git/{name}");
                self.host = "dev.azure.com".to_owned();
            }
            ("vs-ssh.visualstudio.com", ["v3", organization, project, name]) => {
                self.host = format!("{organization}.visualstudio.com");
                self.path = format!("{project}/_git/{name}");
            }
            // A CodeCommit page, as `page` returns it.
            (host, ["codesuite", "codecommit", "repositories", name, ..]) => {
                let region_and_domain = CODE_COMMIT.iter().find_map(|(domain, console)| {
                    Some((host.strip_suffix(console)?.strip_suffix('.')?, domain))
                });
                if let Some((region, domain)) = region_and_domain {
                    self.path = format!("v1/repos/{name}");
                    self.host = format!("git-codecommit.{region}.{domain}");
                }
            }
            // Bitbucket Pipelines sets http URLs of a host that has only https.
            ("bitbucket.org", _) => self.scheme = "https".to_owned(),
            // Bitbucket Server: `…/scm/PROJECT/name` over http, `…:7999/project/name` over ssh.
            (_, [sub_path @ .., "scm", project, name]) if *project != "_git" => {
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

    /// The repository's name on its host: `owner/name`.
    pub fn name(&self) -> String {
        let parts: Vec<&str> = self.path.split('/').collect();
        match parts.as_slice() {
            // The repository that has the name of its project.
            [_, "_git", name] if self.host == "dev.azure.com" => format!("{name}/{name}"),
            ["_git", name] | ["DefaultCollection", "_git", name] => format!("{name}/{name}"),
            [.., project, "_git", name] => format!("{project}/{name}"),
            [.., "projects", project, "repos", name] => format!("{project}/{name}"),
            [.., "users", user, "repos", name] => format!("~{user}/{name}"),
            ["v1", "repos", name] => (*name).to_owned(),
            _ => self.path.clone(),
        }
    }

    /// The repository's page.
    pub fn page(&self) -> String {
        if let Some((region, console, name)) = self.code_commit() {
            return format!(
                "https://{region}.{console}/codesuite/codecommit/repositories/{name}/browse?region={region}"
            );
        }
        format!("{}://{}/{}", self.scheme, self.host, self.path)
    }

    /// The region, console and name of a CodeCommit repository,
    /// <https://docs.aws.amazon.com/codecommit/latest/userguide/regions.html>.
    fn code_commit(&self) -> Option<(&str, &str, &str)> {
        let server = self.host.strip_prefix("git-codecommit.")?;
        let (region, console) = CODE_COMMIT.iter().find_map(|(domain, console)| {
            let region = server.strip_suffix(domain)?.strip_suffix('.')?;
            let is_government = region.starts_with("us-gov-");
            (is_government == console.contains("us-gov")).then_some((region, *console))
        })?;
        let name = self.path.strip_prefix("v1/repos/")?;
        (!name.contains('/')).then_some((region, console, name))
    }
}

/// The domains of CodeCommit's servers and consoles, by partition of AWS.
const CODE_COMMIT: &[(&str, &str)] = &[
    ("amazonaws.com", "console.aws.amazon.com"),
    ("amazonaws.com", "console.amazonaws-us-gov.com"),
    ("amazonaws.com.cn", "console.amazonaws.cn"),
];

/// In `git@host:2222/owner/name`, 2222 is a port.
fn path_without_port(path: &str) -> &str {
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

/// Removes `user:password@` from an `http` or `https` URL. `None` if it is not such a URL.
pub fn web_url(text: &str) -> Option<String> {
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
    use proptest::prelude::*;

    use super::{RepositoryUrl, web_url};

    #[test]
    fn every_spelling_of_a_url_gives_the_same_page() {
        for text in [
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
            let url = RepositoryUrl::parse(text).unwrap();
            assert_eq!(url.page(), "https://github.com/example/app", "{text}");
            assert_eq!((url.host.as_str(), url.name().as_str()), ("github.com", "example/app"), "{text}");
        }
    }

    #[test]
    fn ports_sub_paths_and_nested_groups_are_kept() {
        for (text, page) in [
            ("http://git.local:3000/a/b.git", "http://git.local:3000/a/b"),
            ("https://git.local:8443/git/a/b.git", "https://git.local:8443/git/a/b"),
            ("git@gitlab.com:group/sub/app.git", "https://gitlab.com/group/sub/app"),
        ] {
            assert_eq!(RepositoryUrl::parse(text).unwrap().page(), page, "{text}");
        }
    }

    #[test]
    fn hosts_with_other_urls_for_pages_are_known() {
        for (text, page, name) in [
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
            (
                "https://git-codecommit.cn-north-1.amazonaws.com.cn/v1/repos/app",
                "https://cn-north-1.console.amazonaws.cn/codesuite/codecommit/repositories/app/browse?region=cn-north-1",
                "app",
            ),
            (
                "https://git-codecommit.us-gov-west-1.amazonaws.com/v1/repos/app",
                "https://us-gov-west-1.console.amazonaws-us-gov.com/codesuite/codecommit/repositories/app/browse?region=us-gov-west-1",
                "app",
            ),
            ("https://dev.azure.com/org/_git/app", "https://dev.azure.com/org/_git/app", "app/app"),
            ("https://org.visualstudio.com/_git/app", "https://org.visualstudio.com/_git/app", "app/app"),
            (
                "https://org.visualstudio.com/DefaultCollection/Mobile/_git/app",
                "https://org.visualstudio.com/DefaultCollection/Mobile/_git/app",
                "Mobile/app",
            ),
            ("https://git.sr.ht/~user/app", "https://git.sr.ht/~user/app", "~user/app"),
            ("git@ssh.dev.azure.com:v3/org/scm/app", "https://dev.azure.com/org/scm/_git/app", "scm/app"),
            ("git@ssh.dev.azure.com:v3///app", "https://ssh.dev.azure.com/v3///app", "v3///app"),
        ] {
            let url = RepositoryUrl::parse(text).unwrap();
            assert_eq!((url.page().as_str(), url.name().as_str()), (page, name), "{text}");
            assert_eq!(RepositoryUrl::parse(page), Some(url), "a page is a URL of its repository");
        }
    }

    #[test]
    fn other_strings_have_no_page() {
        for text in
            ["", "/srv/git/app.git", "C:\\work\\app", "file:///srv/app", "app", "https://host", "a b:c"]
        {
            assert_eq!(RepositoryUrl::parse(text), None, "{text}");
        }
    }

    #[test]
    fn credentials_are_removed_from_urls() {
        for (text, expected) in [
            ("https://ci.example/job/1/", Some("https://ci.example/job/1/")),
            ("https://user:pa@ss@ci.example/job/1", Some("https://ci.example/job/1")),
            ("HTTP://ci.example?x", Some("http://ci.example?x")),
            ("not a url", None),
            ("ftp://ci.example/", None),
            ("https://", None),
            ("https://ci.example/a b", None),
        ] {
            assert_eq!(web_url(text).as_deref(), expected, "{text}");
        }
    }

    /// Strings made of parts of URLs, and arbitrary ones.
    fn strings() -> impl Strategy<Value = String> {
        let part = prop::sample::select(vec![
            "https://",
            "http://",
            "ssh://",
            "git@",
            "user:pa%20ss@",
            "github.com",
            "GitLab.example",
            ":8443",
            ":22",
            ":",
            "/",
            "owner",
            "~user",
            "name",
            ".git",
            "/scm/",
            "/_git/",
            "v3/",
            "?x=1",
            "#y",
            " ",
            "\\",
            "C:",
            "bitbucket.org",
            "ssh.dev.azure.com",
            "git-codecommit.eu-west-1.amazonaws.com",
            "v1/repos/",
        ]);
        prop_oneof![prop::collection::vec(part, 0..8).prop_map(|parts| parts.concat()), ".{0,40}"]
    }

    proptest! {
        #[test]
        fn the_page_of_a_repository_is_a_url_of_the_same_repository(text in strings()) {
            if let Some(url) = RepositoryUrl::parse(&text) {
                let page = url.page();
                prop_assert!(page.starts_with("https://") || page.starts_with("http://"), "{}", page);
                prop_assert_eq!(RepositoryUrl::parse(&page), Some(url), "{}", page);
            }
        }

        #[test]
        fn no_page_has_credentials(path in "[a-z]{1,8}/[a-z]{1,8}", user in "[a-z]{1,8}", password in "[A-Z@:%]{1,8}") {
            let text = format!("https://{user}:{password}@git.example/{path}.git");
            prop_assert_eq!(RepositoryUrl::parse(&text).map(|url| url.page()), Some(format!("https://git.example/{path}")));
            prop_assert_eq!(web_url(&text), Some(format!("https://git.example/{path}.git")));
        }

        #[test]
        fn a_web_url_stays_as_it_is(text in strings()) {
            if let Some(url) = web_url(&text) {
                prop_assert_eq!(web_url(&url), Some(url));
            }
        }
    }
}
