//! Values made of several others.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::Sourced;

/// What must be escaped in a part of a path.
pub(super) const PATH_SEGMENT: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The template with the values in the place of its `{}`, when all of them are there. `{%}` takes a value as one part
/// of a path, percent-encoded. Of an address in front the slash at its end is dropped. The source names each once.
pub(super) fn compose(template: &str, parts: &[&Option<Sourced>]) -> Option<Sourced> {
    let mut text = String::new();
    let mut sources: Vec<&str> = Vec::new();
    let mut pieces = template.split_inclusive('}');
    for part in parts {
        let found = part.as_ref()?;
        let piece = pieces.next()?;
        if let Some(before) = piece.strip_suffix("{%}") {
            text.push_str(before);
            text.extend(utf8_percent_encode(&found.value, PATH_SEGMENT));
        } else {
            text.push_str(piece.strip_suffix("{}")?);
            let is_address = found.value.contains("://");
            text.push_str(if is_address { found.value.trim_end_matches('/') } else { &found.value });
        }
        if !sources.contains(&found.source.as_str()) {
            sources.push(&found.source);
        }
    }
    text.extend(pieces);
    Some(Sourced::new(text, sources.join(" + ")))
}

/// `Name <address>`, or the name alone.
pub(super) fn author(name: Option<Sourced>, email: Option<Sourced>) -> Option<Sourced> {
    compose("{} <{}>", &[&name, &email]).or(name)
}

/// What stands in front of `mark`, if it is there.
pub(super) fn before(found: &Option<Sourced>, mark: &str) -> Option<Sourced> {
    found.clone()?.and_then(|value| value.split_once(mark).map(|(front, _)| front.to_owned()))
}

/// The result that an exit code, or a number like it, stands for: 0 is success.
pub(super) fn by_exit_code(code: Option<Sourced>) -> Option<Sourced> {
    code?.and_then(|code| {
        let code: i64 = code.parse().ok()?;
        Some(if code == 0 { "success" } else { "failed" }.to_owned())
    })
}

/// A fact that a variable tells by being there.
pub(super) fn told(value: &str, by: &Option<Sourced>) -> Option<Sourced> {
    by.as_ref().map(|found| Sourced::new(value, &found.source))
}

/// Whether a variable has this very value.
pub(super) fn is(found: &Option<Sourced>, value: &str) -> bool {
    found.as_deref() == Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_take_their_places_in_a_template() {
        let server = Some(Sourced::new("https://ci.example/", "SERVER"));
        let name = Some(Sourced::new("my app/main", "NAME"));
        let found = compose("{}/jobs/{%}?{}&{}", &[&server, &name, &name, &server]).unwrap();
        assert_eq!(found.value, "https://ci.example/jobs/my%20app%2Fmain?my app/main&https://ci.example");
        assert_eq!(found.source, "SERVER + NAME");
        assert_eq!(compose("{}/{}", &[&server, &None]), None);
    }

    #[test]
    fn exit_codes_are_results() {
        let status =
            |code: &str| by_exit_code(Some(Sourced::new(code, "CODE"))).map(|found| found.value.clone());
        assert_eq!(status("0").as_deref(), Some("success"));
        assert_eq!(status("137").as_deref(), Some("failed"));
        assert_eq!(status("-1").as_deref(), Some("failed"));
        assert_eq!(status("unknown"), None);
    }
}
