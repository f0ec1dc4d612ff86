//! Additional headers of an endpoint's requests.

use ureq::http::{HeaderName, HeaderValue};

use super::raw_setting::RawValue;
use super::setting::{Setting, unexpected};
use super::{Mistake, RawSetting, Secret};

/// Headers that only buildhook sets, besides `ce-…`.
const RESERVED: &[&str] = &[
    "bitrise-app-id",
    "bitrise-event-type",
    "bitrise-hook-signature",
    "connection",
    "content-length",
    "content-type",
    "host",
    "transfer-encoding",
    "user-agent",
    "webhook-id",
    "webhook-signature",
    "webhook-timestamp",
    "x-hub-signature-256",
    "x-webhook-event",
    "x-webhook-id",
    "x-webhook-signature",
    "x-webhook-timestamp",
];

/// Headers with lower-case names. The values may be secrets. Written as `Name: value`, one per line, or as an
/// array of such lines or a table in the file.
impl Setting for Vec<(String, Secret)> {
    const PLACEHOLDER: &'static str = "HEADERS";
    const EXPECTED: &'static str = "headers as `Name: value`, one per line, or a table";
    const IS_SECRET: bool = true;

    fn parse(text: &str) -> Option<Self> {
        Self::read(&RawSetting::text(text, "")).ok()
    }

    fn read(raw: &RawSetting) -> Result<Self, Mistake> {
        match &raw.value {
            RawValue::Table(pairs) => pairs.iter().map(|(name, value)| header(raw, name, value)).collect(),
            RawValue::Text(text) => from_lines(raw, text.lines()),
            RawValue::Pairs(_) => Err(unexpected::<Self>(raw, None)),
            RawValue::List(lines) => from_lines(raw, lines.iter().map(String::as_str)),
        }
    }
}

fn from_lines<'a>(
    raw: &RawSetting,
    lines: impl Iterator<Item = &'a str>,
) -> Result<Vec<(String, Secret)>, Mistake> {
    lines
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(|line| match line.split_once(':') {
            Some((name, value)) => header(raw, name.trim(), value),
            None => Err(unexpected::<Vec<(String, Secret)>>(raw, None)),
        })
        .collect()
}

fn header(raw: &RawSetting, name: &str, value: &str) -> Result<(String, Secret), Mistake> {
    let value = value.trim();
    let Ok(header) = HeaderName::try_from(name) else {
        return Err(raw.mistake_without_value(format!("a valid header name, not `{}`", name.escape_debug())));
    };
    if RESERVED.contains(&header.as_str()) || header.as_str().starts_with("ce-") {
        return Err(
            raw.mistake_without_value(format!("headers other than `{name}`, which buildhook sets itself"))
        );
    }
    if HeaderValue::try_from(value).is_err() {
        return Err(raw.mistake_without_value(format!("a one-line value for the header `{name}`")));
    }
    Ok((header.as_str().to_owned(), Secret::new(value)))
}
