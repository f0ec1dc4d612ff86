//! Templates for URLs and other values that are made of several.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::Sourced;

/// Characters to escape in a path segment.
pub(super) const PATH_SEGMENT: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Replaces each `{name}` with the value that `lookup` finds, without the slashes at the end of a URL, and
/// each `{name%}` with the value percent-encoded as one path segment. `None` unless all values are found. The
/// result's source lists the sources of the values, each once.
pub(super) fn expand(template: &str, mut lookup: impl FnMut(&str) -> Option<Sourced>) -> Option<Sourced> {
    let (mut text, mut sources) = (String::new(), Vec::new());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}')?;
        text.push_str(before);
        let found = lookup(name.trim_end_matches('%'))?;
        if name.ends_with('%') {
            text.extend(utf8_percent_encode(&found, PATH_SEGMENT));
        } else if found.contains("://") {
            text.push_str(found.trim_end_matches('/'));
        } else {
            text.push_str(&found);
        }
        if !sources.contains(&found.source) {
            sources.push(found.source);
        }
        rest = after;
    }
    text.push_str(rest);
    Some(Sourced::new(text, sources.join(" + ")))
}

/// The template with `values` in place of its `{}` and `{%}`, in order; see [`expand`].
pub(super) fn compose(template: &str, values: &[&Option<Sourced>]) -> Option<Sourced> {
    let mut values = values.iter();
    expand(template, |_| (*values.next()?).clone())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{compose, expand};
    use crate::ci::Sourced;

    #[test]
    fn values_replace_their_placeholders() {
        let server = Some(Sourced::new("https://ci.example/", "SERVER"));
        let name = Some(Sourced::new("my app/main", "NAME"));
        let found = compose("{}/jobs/{%}?{}&{}", &[&server, &name, &name, &server]).unwrap();
        assert_eq!(found.value, "https://ci.example/jobs/my%20app%2Fmain?my app/main&https://ci.example");
        assert_eq!(found.source, "SERVER + NAME");
        assert_eq!(compose("{}/{}", &[&server, &None]), None);
        assert_eq!(compose("{}/{}", &[&server]), None);
    }

    proptest! {
        #[test]
        fn any_template_can_be_expanded(template in "[a-z{}%/:]{0,30}", value in ".{0,30}") {
            // Must not panic; braces that do not match are `None` or literal text.
            let _ = expand(&template, |name| Some(Sourced::new(value.clone(), name)));
        }

        #[test]
        fn text_outside_of_placeholders_is_unchanged(
            parts in prop::collection::vec(("[a-z/:?&%}]{0,5}", "[A-Z_]{1,5}", "[^:]{0,10}"), 0..5),
        ) {
            let template: String = parts.iter().map(|(text, name, _)| format!("{text}{{{name}}}")).collect();
            let mut values = parts.iter().map(|(_, _, value)| value.clone());
            let found = expand(&template, |name| Some(Sourced::new(values.next()?, name)));
            let expected: String = parts.iter().map(|(text, _, value)| format!("{text}{value}")).collect();
            prop_assert_eq!(found.map(|found| found.value), Some(expected));
        }

        #[test]
        fn a_path_segment_never_leaves_its_place(value in ".{0,30}") {
            let url = compose("https://ci.example/a/{%}/b", &[&Some(Sourced::new(value.clone(), "X"))]).unwrap();
            let segment = url.strip_prefix("https://ci.example/a/").and_then(|rest| rest.strip_suffix("/b"));
            let segment = segment.expect("the rest of the template stays as it is");
            prop_assert!(!segment.contains(['/', '?', '#', ' ', '{']), "{}", segment);
            prop_assert_eq!(percent_encoding::percent_decode_str(segment).decode_utf8_lossy(), value);
        }

        #[test]
        fn what_was_inserted_is_not_expanded_again(value in "[{}%A-Z]{0,10}") {
            let found = compose("<{}>", &[&Some(Sourced::new(value.clone(), "X"))]).unwrap();
            prop_assert_eq!(found.value, format!("<{value}>"));
        }
    }
}
