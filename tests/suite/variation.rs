//! Output without the values that differ between runs, so that a snapshot can hold it.

/// The forms of ids, times and Unix seconds: `x` is a hexadecimal digit, `0` a decimal one.
const SHAPES: &[&str] =
    &["xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx", "xxxxxxxxxxxx", "0000-00-00T00:00:00", "0000000000"];

/// Labels of numbers that differ between runs, or between releases.
const LABELS: &[&str] =
    &["T00:00:00.", "\"duration\": ", "\"duration_ms\":", "\"duration_ms\": ", "buildhook/"];

/// Replaces ids and times with their shapes, and durations, fractions of a second and versions with zero. Columns
/// stay aligned. Control characters are escaped.
pub fn without_variation(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let is_word_start = !shown.ends_with(|last: char| last.is_alphanumeric());
        let length = if let Some(shape) = SHAPES.iter().find(|shape| is_word_start && has_shape(rest, shape))
        {
            shown += shape;
            shape.len()
        } else if let Some(length) = duration(rest).filter(|_| is_word_start) {
            shown += "0 ms";
            length
        } else if let Some(length) =
            number(rest).filter(|_| LABELS.iter().any(|label| shown.ends_with(label)))
        {
            shown += "0";
            length
        } else if next.is_control() && next != '\n' {
            shown.extend(next.escape_default());
            next.len_utf8()
        } else {
            shown.push(next);
            next.len_utf8()
        };
        rest = &rest[length..];
    }
    shown
}

/// Whether the text starts with a word of this shape. A time may continue with its fraction or `Z`.
fn has_shape(text: &str, shape: &str) -> bool {
    let fits = |(byte, shape): (u8, u8)| match shape {
        b'x' => byte.is_ascii_hexdigit(),
        b'0' => byte.is_ascii_digit(),
        other => byte == other,
    };
    let end = text.as_bytes().get(shape.len());
    text.len() >= shape.len()
        && text.bytes().zip(shape.bytes()).all(fits)
        && end.is_none_or(|end| !end.is_ascii_alphanumeric() || *end == b'Z')
}

/// The length of the number at the start.
fn number(text: &str) -> Option<usize> {
    let end = text.find(|next: char| !next.is_ascii_digit() && next != '.').unwrap_or(text.len());
    (text.starts_with(|first: char| first.is_ascii_digit())).then_some(end)
}

/// The length of the duration at the start: `43 ms`, `2.1 s`.
fn duration(text: &str) -> Option<usize> {
    let number = number(text)?;
    let unit = [" ms", " s"].into_iter().find(|unit| text[number..].starts_with(unit))?;
    let length = number + unit.len();
    (!text[length..].starts_with(|next: char| next.is_alphanumeric())).then_some(length)
}

#[test]
fn what_differs_between_runs_is_replaced() {
    let cases = [
        ("64b77fc10f58  2026-11-25T04:22:20Z  lab", "xxxxxxxxxxxx  0000-00-00T00:00:00Z  lab"),
        ("(01a210f0-b4ad-7fc2-8673-33fb0bf1ce71)", "(xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx)"),
        ("at 2026-11-25T04:22:20.07Z took 43 ms: 200", "at 0000-00-00T00:00:00.0Z took 0 ms: 200"),
        ("in 2.1 s", "in 0 ms"),
        ("7 seconds, 42 builds, 3 msi", "7 seconds, 42 builds, 3 msi"),
        ("\"duration_ms\": 7, \"duration_ms\":7", "\"duration_ms\": 0, \"duration_ms\":0"),
        ("\"duration\": 0.0019, \"event_time\": 1795580540", "\"duration\": 0, \"event_time\": 0000000000"),
        ("ffac537e6cbbf934b08745a378932722df287a53", "ffac537e6cbbf934b08745a378932722df287a53"),
        ("\r\u{1b}[0K", "\\r\\u{1b}[0K"),
    ];
    let different: Vec<_> =
        cases.iter().filter(|(text, expected)| without_variation(text) != *expected).collect();
    assert!(different.is_empty(), "{different:#?}");
}
