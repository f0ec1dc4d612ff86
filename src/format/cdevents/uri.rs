//! URLs as they are in a CI's variables, which may contain what a URI must not.

use std::net::Ipv6Addr;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use crate::ci::web_url;

/// Characters that a path, a query or a fragment must not contain, apart from percent signs:
/// <https://www.rfc-editor.org/rfc/rfc3986#appendix-A>.
const ESCAPES: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');
/// The same for what follows the first `#`.
const FRAGMENT_ESCAPES: &AsciiSet = &ESCAPES.add(b'#');

/// An `http` or `https` URL as a URI without credentials. `None` for anything else.
pub(super) fn from_url(text: &str) -> Option<String> {
    let url = web_url(text)?;
    let (scheme, rest) = url.split_once("://")?;
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    let port = &authority[host.len()..];
    let ip_literal = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let host = match ip_literal {
        Some(address) => address.parse::<Ipv6Addr>().is_ok().then(|| host.to_owned()),
        None => (!host.is_empty() && !host.contains([':', '@'])).then(|| escape(host, ESCAPES)),
    };
    let (path, fragment) = match path.split_once('#') {
        Some((path, fragment)) => (path, format!("#{}", escape(fragment, FRAGMENT_ESCAPES))),
        None => (path, String::new()),
    };
    Some(format!("{scheme}://{}{port}{}{fragment}", host?, escape(path, ESCAPES)))
}

/// Escapes these characters, and percent signs that are not part of an escape.
fn escape(text: &str, characters: &'static AsciiSet) -> String {
    let mut parts = text.split('%');
    let mut escaped = utf8_percent_encode(parts.next().unwrap_or_default(), characters).to_string();
    for part in parts {
        let is_escape = part.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2;
        escaped.push_str(if is_escape { "%" } else { "%25" });
        escaped.extend(utf8_percent_encode(part, characters));
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::from_url;

    #[test]
    fn urls_are_escaped_where_they_must_be() {
        for (text, expected) in [
            ("https://github.com/example/app", Some("https://github.com/example/app")),
            (
                "https://ci.example:8080/a%20b?q=[1]&r=%",
                Some("https://ci.example:8080/a%20b?q=%5B1%5D&r=%25"),
            ),
            ("HTTPS://user:pa55@ci.example", Some("https://ci.example")),
            ("https://ci.example/ünï/{x}|y#a#b", Some("https://ci.example/%C3%BCn%C3%AF/%7Bx%7D%7Cy#a%23b")),
            ("https://[::1]:80/a", Some("https://[::1]:80/a")),
            ("https://münchen.example/", Some("https://m%C3%BCnchen.example/")),
            ("https://[::g]/a", None),
            ("https://a:b:c/", None),
            ("https://:80/", None),
            ("/srv/git/app", None),
            ("javascript:alert(1)", None),
            ("", None),
        ] {
            assert_eq!(from_url(text).as_deref(), expected, "{text}");
        }
    }
}
