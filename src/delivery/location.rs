//! The `location` of a redirect, without what may be a secret.
//!
//! A redirect often leads to the same URL with `https`, or with a slash at its end, so it repeats the endpoint's path.

use super::redact::Redactor;
use crate::settings::EndpointUrl;

const HIDDEN: &str = "***";

/// The location for the record: without user, password, query and fragment, and without the parts of the endpoint's URL.
pub(super) fn recorded(location: &str, redactor: &Redactor) -> String {
    // The scheme may be missing.
    let (origin, rest) = match location.split_once("//") {
        Some((scheme, rest)) if scheme.is_empty() || scheme.ends_with(':') => {
            let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
            let (authority, rest) = rest.split_at(end);
            let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
            (format!("{scheme}//{host}"), rest)
        }
        _ => (String::new(), location),
    };
    let end = rest.find(['?', '#']).unwrap_or(rest.len());
    let (path, query) = rest.split_at(end);
    let path = redactor.redact(path);
    // The redactor replaces the slash of a path, too.
    let slash = if path.starts_with(HIDDEN) { "/" } else { "" };
    let query = if query.starts_with('?') { "?***" } else { "" };
    format!("{}{slash}{path}{query}", redactor.redact(&origin))
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
            ("login#T012", "login"),
            ("", ""),
        ] {
            assert_eq!(recorded(location, &redactor), expected, "{location}");
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
