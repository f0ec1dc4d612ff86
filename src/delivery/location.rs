//! The `location` of a redirect, without what may be a secret.
//!
//! A redirect often leads to the same URL with `https`, or with a slash at its end, so it repeats the endpoint's path.

use super::redact::Redactor;
use crate::settings::EndpointUrl;

const HIDDEN: &str = "***";
/// In place of what a program could read as another location than this one does.
const NOT_A_URL: &str = "(not a URL)";

/// The location for the record: without user, password, query and fragment, and without the parts of the endpoint's URL.
pub(super) fn recorded(location: &str, redactor: &Redactor) -> String {
    let Some((origin, rest)) = split(location) else { return NOT_A_URL.to_owned() };
    let end = rest.find(['?', '#']).unwrap_or(rest.len());
    let (path, query) = rest.split_at(end);
    let path = redactor.redact(path);
    // The redactor replaces the slash of a path, too.
    let slash = if path.starts_with(HIDDEN) { "/" } else { "" };
    let query = if query.starts_with('?') { "?***" } else { "" };
    format!("{}{slash}{path}{query}", redactor.redact(&origin))
}

/// The origin of a location, without user and password, and the rest. The origin of a path is empty. `None` if the location is
/// neither an absolute `http` or `https` URL, whose scheme may be missing, nor an absolute path.
///
/// Browsers also accept backslashes and other numbers of slashes, and ignore control characters:
/// <https://url.spec.whatwg.org/#url-parsing>. Text that they read as a URL may have a user and a password.
fn split(location: &str) -> Option<(String, &str)> {
    if location.contains(|c: char| c.is_control() || c.is_whitespace() || c == '\\') {
        return None;
    }
    if location.starts_with('/') && !location.starts_with("//") {
        return Some((String::new(), location));
    }
    let (scheme, rest) = location.split_once("//")?;
    let absolute = if scheme.is_empty() { format!("https:{location}") } else { location.to_owned() };
    EndpointUrl::parse(&absolute)?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at(end);
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    Some((format!("{scheme}//{host}"), rest))
}

/// Where a redirect leads, for logs, which are often public: scheme and host. `None` if the location is relative.
pub(super) fn origin(location: &str, redactor: &Redactor) -> Option<String> {
    EndpointUrl::parse(location).map(|url| redactor.redact(&url.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Endpoint;
    use crate::system::Environment;

    #[test]
    fn the_secrets_of_the_endpoint_are_hidden() {
        let url =
            EndpointUrl::parse("http://hook-user:pass-word@hooks.example/T012/B345-secret?key=abcdefgh")
                .unwrap();
        let redactor = Redactor::new(&Endpoint::new("lab", url, None), &Environment::default());
        for (location, expected) in [
            ("https://hooks.example/T012/B345-secret", "https://hooks.example/***"),
            ("https://hooks.example/T012/B345-secret/", "https://hooks.example/***/"),
            ("https://hooks.example/T012/B345-secret?key=abcdefgh", "https://hooks.example/***?***"),
            ("https://hooks.example/T012/B345%2Dsecret", "https://hooks.example/***"),
            ("https://hook-user:pass-word@hooks.example/login", "https://hooks.example/login"),
            ("https://x:y@other.example:8443?token=1#part", "https://other.example:8443?***"),
            ("https://hooks.example/v2/B345-secret", "https://hooks.example/v2/***"),
            ("/T012/B345-secret/", "/***/"),
            ("//other.example/T012/B345-secret", "//other.example/***"),
            ("/login?next=%2FT012%2FB345-secret", "/login?***"),
            ("/t012/b345-SECRET/", "/***/"),
            ("https://HOOKS.example/t012/B345%2dsecret", "https://HOOKS.example/***"),
            ("https://HOOK-USER:x@hooks.example:8443", "https://hooks.example:8443"),
            ("https://u:p@q@hooks.example/a", "https://hooks.example/a"),
            ("//u:pw@other.example/a", "//other.example/a"),
        ] {
            assert_eq!(recorded(location, &redactor), expected, "{location}");
        }
    }

    #[test]
    fn a_location_that_programs_read_in_other_ways_is_not_recorded() {
        let url = EndpointUrl::parse("https://hooks.example/T012").unwrap();
        let redactor = Redactor::new(&Endpoint::new("lab", url, None), &Environment::default());
        for location in [
            r"https:\\u:pw@h",
            r"https:/\u:pw@h",
            "https:/u:pw@h/",
            "https:///u:pw@h/",
            "https:u:pw@h",
            r"/\u:pw@h",
            r"\\u:pw@h",
            "///u:pw@h",
            "/\t/u:pw@h",
            "https:/\n/u:pw@h",
            "https://u:pw%40h/",
            "https://u:pw@h%40/",
            "https://u:pw",
            "//u:pw",
            "ftp://u:pw@h/",
            "javascript://u:pw@h/",
            "u:pw@h",
            "login//u:pw@h",
            "login#T012",
            "?//u:pw@h/",
            "",
        ] {
            assert_eq!(recorded(location, &redactor), "(not a URL)", "{location}");
        }
    }

    #[test]
    fn logs_get_scheme_and_host() {
        let url = EndpointUrl::parse("https://hooks.example/T012").unwrap();
        let redactor = Redactor::new(&Endpoint::new("lab", url, None), &Environment::default());
        let shown = |location| origin(location, &redactor);
        assert_eq!(shown("https://u:p@x.example:8443/a?b").as_deref(), Some("https://x.example:8443/***"));
        assert_eq!(shown("https://x.example").as_deref(), Some("https://x.example"));
        for relative in ["/login", "login", "//x.example/a", "javascript:alert(1)", ""] {
            assert_eq!(shown(relative), None, "{relative}");
        }
    }
}
