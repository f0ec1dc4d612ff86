//! Whether a body was changed on its way, in one of the ways in which programs change bodies.

use serde_json::Value;

/// Largest body to look at, in bytes: a value takes many times the memory of its text.
const MAX_BYTES: usize = 256 << 10;

/// The bodies that this one may have been, each with what happened to it since.
pub(super) fn originals(body: &[u8]) -> Vec<(Vec<u8>, &'static str)> {
    let mut found: Vec<(Vec<u8>, &'static str)> = Vec::new();
    if body.len() > MAX_BYTES {
        return found;
    }
    let trimmed = body.trim_ascii_end();
    if trimmed.len() < body.len() {
        found.push((trimmed.to_vec(), "has white space behind it"));
    }
    found.push(([body, b"\n"].concat(), "lost the line break behind it"));
    if let Some(rest) = body.strip_prefix(b"\xef\xbb\xbf") {
        found.push((rest.to_vec(), "begins with a byte order mark"));
    }
    let Ok(text) = std::str::from_utf8(body) else { return found };
    if text.contains("\r\n") {
        found.push((text.replace("\r\n", "\n").into_bytes(), "has other line breaks"));
    }
    // Our events are compact, with keys in their own order.
    if let Ok(value) = serde_json::from_str::<Value>(text) {
        found.push((value.to_string().into_bytes(), "was parsed and written again as JSON"));
    }
    found
}
