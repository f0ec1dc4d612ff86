//! One configured webhook.

use ureq::http::{HeaderName, HeaderValue};

use super::raw_setting::RawValue;
use super::{EndpointUrl, EventFilter, Mistake, RawSettings, Secret, Time};

/// One configured webhook.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// How it is called in what is printed and recorded; no other endpoint has the name.
    pub name: String,
    /// Where events are posted.
    pub url: EndpointUrl,
    /// Signs each body.
    pub secret: Option<Secret>,
    /// Signs as well, during a rotation.
    pub previous_secret: Option<Secret>,
    /// The events it wants.
    pub events: EventFilter,
    /// Wants only the events of this stream.
    pub only_stream: Option<String>,
    /// Wants only the label events of this label.
    pub only_label: Option<String>,
    /// Further headers.
    pub headers: Vec<(String, Secret)>,
    /// How the body is written.
    pub encoding: Encoding,
    /// Which rendering of the events it wants.
    pub format: FormatChoice,
    /// Longest wait of one attempt, where it differs from that of the whole command.
    pub timeout: Option<Time>,
    /// Further attempts after the first, where it differs from that of the whole command.
    pub retries: Option<u32>,
    /// Whether it gets anything.
    pub active: bool,
}

/// How the body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// The JSON itself.
    Json,
    /// `payload=` and the JSON, URL-encoded, as GitHub does.
    Form,
}

/// Which rendering of the events an endpoint wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormatChoice {
    /// Each event in the form of the product that defines it.
    Native,
    /// All events as CDEvents.
    CdEvents,
}

/// The result of parsing one endpoint's settings.
#[derive(Debug)]
pub(super) enum Parsed {
    /// An endpoint.
    Endpoint {
        /// The endpoint.
        endpoint: Box<Endpoint>,
        /// Whether the user chose its name; otherwise it is the host's.
        has_explicit_name: bool,
    },
    /// The URL is set but empty, as secrets are in pull requests from forks: nothing is sent.
    EmptyUrl {
        /// The variable, or file and line, of the URL.
        origin: String,
    },
}

/// Headers that are set by the program alone.
const RESERVED: &[&str] = &[
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
    "x-webhook-event",
    "x-webhook-id",
    "x-webhook-signature",
    "x-webhook-timestamp",
];

impl Endpoint {
    /// An endpoint that wants everything, as it is.
    pub fn new(name: &str, url: EndpointUrl, secret: Option<Secret>) -> Self {
        Self {
            name: name.to_owned(),
            url,
            secret,
            previous_secret: None,
            events: EventFilter::ALL,
            only_stream: None,
            only_label: None,
            headers: Vec::new(),
            encoding: Encoding::Json,
            format: FormatChoice::Native,
            timeout: None,
            retries: None,
            active: true,
        }
    }

    /// Makes an endpoint of its settings. `missing_url` names what to set when there is no URL.
    pub(super) fn read(
        entries: &RawSettings,
        origin: &str,
        missing_url: &str,
        warnings: &mut Vec<String>,
    ) -> Result<Parsed, Mistake> {
        let Some(url) = entries.get_blank("url") else {
            return Err(Mistake::EndpointWithoutUrl {
                origin: origin.to_owned(),
                missing: missing_url.to_owned(),
            });
        };
        if url.is_blank() {
            return Ok(Parsed::EmptyUrl { origin: url.origin.clone() });
        }
        let Some(address) = url.as_text().and_then(EndpointUrl::parse) else {
            return Err(url.secret_mistake(EndpointUrl::EXPECTED));
        };
        let is_name = |text: &str| text.chars().count() <= 100 && !text.chars().any(char::is_control);
        let name = entries.read("name", "a name of up to 100 printable characters", |text| {
            is_name(text).then(|| text.to_owned())
        })?;
        let mut headers = headers(entries)?;
        if !headers.iter().any(|(name, _)| name == "authorization") {
            headers.extend(address.authorization().map(|value| ("authorization".to_owned(), value)));
        }
        let endpoint = Self {
            name: name.clone().unwrap_or_else(|| address.host().to_owned()),
            url: address,
            secret: secret(entries, "secret", warnings)?,
            previous_secret: secret(entries, "previous_secret", warnings)?,
            events: EventFilter::read(entries)?,
            only_stream: entries.text("only_stream").map(str::to_owned),
            only_label: entries.text("only_label").map(str::to_owned),
            headers,
            encoding: entries
                .one_of("encoding", &[("json", Encoding::Json), ("form", Encoding::Form)])?
                .unwrap_or(Encoding::Json),
            format: entries
                .one_of("format", &[("native", FormatChoice::Native), ("cdevents", FormatChoice::CdEvents)])?
                .unwrap_or(FormatChoice::Native),
            timeout: entries.time("timeout")?,
            retries: retries(entries)?,
            active: entries.boolean("active")?.unwrap_or(true),
        };
        Ok(Parsed::Endpoint { endpoint: Box::new(endpoint), has_explicit_name: name.is_some() })
    }
}

/// How often an attempt may be repeated: 0 to 20.
pub(super) fn retries(entries: &RawSettings) -> Result<Option<u32>, Mistake> {
    entries.read("retries", "a whole number from 0 to 20", |text| {
        text.parse().ok().filter(|number| *number <= 20)
    })
}

fn secret(entries: &RawSettings, name: &str, warnings: &mut Vec<String>) -> Result<Option<Secret>, Mistake> {
    let Some(entry) = entries.get_blank(name) else { return Ok(None) };
    let Some(text) = entry.as_exact_text().filter(|_| !entry.is_blank()) else {
        if name == "secret" {
            warnings.push(format!("{} is empty: events are sent unsigned", entry.origin));
        }
        return Ok(None);
    };
    if text.trim() != text {
        warnings.push(format!("{} begins or ends with white space, which is part of the key", entry.origin));
    }
    let secret = Secret::new(text);
    if secret.is_standard_webhooks() && secret.standard_webhooks_key().is_none() {
        return Err(entry.secret_mistake("base64 behind `whsec_`; `buildhook secret` makes such a secret"));
    }
    Ok(Some(secret))
}

fn headers(entries: &RawSettings) -> Result<Vec<(String, Secret)>, Mistake> {
    let Some(entry) = entries.get("headers") else { return Ok(Vec::new()) };
    let pairs = match &entry.value {
        RawValue::Pairs(pairs) => pairs.clone(),
        RawValue::Text(text) => {
            let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
            let pair = |line: &str| {
                let (name, value) = line.split_once(':')?;
                Some((name.trim().to_owned(), value.trim().to_owned()))
            };
            lines
                .map(|line| {
                    pair(line).ok_or_else(|| entry.secret_mistake("headers as `Name: value`, one a line"))
                })
                .collect::<Result<_, _>>()?
        }
    };
    let mut headers = Vec::new();
    for (name, value) in pairs {
        let value = value.trim();
        let Ok(header) = HeaderName::try_from(name.as_str()) else {
            return Err(entry.secret_mistake(format!("a header's name, not `{}`", name.escape_debug())));
        };
        if RESERVED.contains(&header.as_str()) || header.as_str().starts_with("ce-") {
            return Err(
                entry.secret_mistake(format!("headers other than `{name}`, which buildhook sets itself"))
            );
        }
        if HeaderValue::try_from(value).is_err() {
            return Err(entry.secret_mistake(format!("a value of one line for the header `{name}`")));
        }
        headers.push((header.as_str().to_owned(), Secret::new(value)));
    }
    Ok(headers)
}
