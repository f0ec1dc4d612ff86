//! Whether a body was changed on its way, in one of the ways in which programs change bodies.

use std::borrow::Cow;

/// Largest body to look at, in bytes: each connection may hold several copies.
const MAX_BYTES: usize = 64 << 10;

/// The bodies that this one may have been, each with what happened to it since.
pub(super) fn originals(body: &[u8]) -> Vec<(Cow<'_, [u8]>, &'static str)> {
    let mut found: Vec<(Cow<[u8]>, &'static str)> = Vec::new();
    if body.len() > MAX_BYTES {
        return found;
    }
    let trimmed = body.trim_ascii_end();
    if trimmed.len() < body.len() {
        found.push((trimmed.into(), "has white space behind it"));
    }
    found.push(([body, b"\n"].concat().into(), "lost the line break behind it"));
    if let Some(rest) = body.strip_prefix(b"\xef\xbb\xbf") {
        found.push((rest.into(), "begins with a byte order mark"));
    }
    let Ok(text) = std::str::from_utf8(body) else { return found };
    if text.contains("\r\n") {
        found.push((text.replace("\r\n", "\n").into_bytes().into(), "has other line breaks"));
    }
    // Our events are compact.
    found.push((compact(body).into(), "was parsed and written again as JSON"));
    found
}

/// JSON without white space outside of strings. A parsed value could take a hundred times the memory of its text.
fn compact(json: &[u8]) -> Vec<u8> {
    let (mut is_string, mut is_escaped) = (false, false);
    let mut compact = json.to_vec();
    compact.retain(|byte| {
        let is_kept = is_string || !byte.is_ascii_whitespace();
        is_string ^= *byte == b'"' && !is_escaped;
        is_escaped = is_string && *byte == b'\\' && !is_escaped;
        is_kept
    });
    compact
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_is_removed_outside_of_strings_only() {
        for (json, expected) in [
            ("{ \"a b\" : [ 1,\r\n\t2 ] }\n", r#"{"a b":[1,2]}"#),
            (r#"{"a": " \" b \\", "c": "\\\" d" }"#, r#"{"a":" \" b \\","c":"\\\" d"}"#),
            (" \"open ", "\"open "),
            ("", ""),
        ] {
            assert_eq!(String::from_utf8(compact(json.as_bytes())).unwrap(), expected, "{json}");
        }
    }

    #[test]
    fn copies_take_little_memory() {
        let body = br#"[{"":0}, "#.repeat(MAX_BYTES / 9);
        let bytes: usize = originals(&body).iter().map(|(original, _)| original.len()).sum();
        assert!(bytes <= 3 * MAX_BYTES, "{bytes}");
        assert!(originals(&vec![b' '; MAX_BYTES + 1]).is_empty());
    }
}
