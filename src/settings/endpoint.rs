//! One configured endpoint.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::declaration::{settings, words};
use super::placeholder::{is_placeholder, may_be_placeholder};
use super::secret::clean;
use super::{
    BranchFilter, EndpointUrl, EventFilter, General, Mistake, PemFile, RawSettings, ResultFilter, Retries,
    Secret,
};
use crate::event_name::EventName;
use crate::format::FormatChoice;

settings! {
    /// One configured endpoint. Its settings have no flags: URLs and secrets would show in the process list.
    pub struct Endpoint {
        /// URL to post events to
        #[input]
        url: EndpointUrl = required,
        /// Signing secret; one that starts with `whsec_` also signs by Standard Webhooks
        #[input]
        secret: Secret,
        /// The previous `whsec_` secret, which also signs during a rotation
        previous_secret: Secret,
        /// Name shown in output and records
        name: String as NAME = "" => "the host",
        /// Events to send, separated by commas; a trailing `*` is a wildcard
        #[input]
        events: EventFilter = "*" => "all",
        /// Send `build/finished` with these results only, separated by commas, and without `events` nothing else
        #[input]
        results: ResultFilter = "*" => "all",
        /// Send only events of these branches: patterns, separated by commas; `!` excludes, and only `*` includes tags and pull requests
        #[input]
        branches: BranchFilter = "*" => "all",
        /// Send only the `.stream` events of this stream
        only_stream: String as STREAM,
        /// Send only the label events of this label
        only_label: String as LABEL,
        /// Additional headers, `Name: value`, one per line, or a table in the file
        headers: Vec<(String, Secret)> = "",
        /// Body: `json`, or `form` for `payload=` and URL-encoded JSON, as GitHub sends it
        encoding: Encoding = "json",
        /// Event format: `native`, or `cdevents`
        #[input]
        format: FormatChoice = "native",
        /// Timeout of one attempt
        timeout: Duration => "as for all endpoints",
        /// Retries after the first attempt
        retries: Retries => "as for all endpoints",
        /// Send only the keys that Bitrise and Buildstash document
        strict: bool => "as for all endpoints",
        /// PEM file with the client certificate, if the server demands one
        client_cert: PemFile,
        /// PEM file with the key of the client certificate
        #[private]
        client_key: PemFile,
        /// Whether events are sent
        active: bool = "true",
    }
}

/// How a body is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    /// JSON.
    Json,
    /// `payload=` and the URL-encoded JSON, as GitHub sends it.
    Form,
}

words!(Encoding, "ENCODING", "json" => Self::Json, "form" => Self::Form);

/// The result of parsing the settings of one endpoint.
#[derive(Debug)]
pub(super) enum Parsed {
    /// An endpoint.
    Endpoint {
        /// The endpoint.
        endpoint: Box<Endpoint>,
        /// Whether the user chose its name; otherwise it is the host's.
        has_explicit_name: bool,
    },
    /// The URL is set but empty, as secrets are in pull requests from forks, or a variable that the CI did not replace: nothing is
    /// sent.
    EmptyUrl {
        /// The setting, and that it is empty.
        reason: String,
    },
}

/// Longest name, in characters.
const MAX_NAME_LEN: usize = 100;

impl Endpoint {
    /// Whether its bodies have only the documented keys. Its own setting goes before that for all endpoints.
    pub fn is_strict(&self, general: &General) -> bool {
        self.strict.unwrap_or(general.strict)
    }

    /// An endpoint with the defaults.
    pub fn new(name: &str, url: EndpointUrl, secret: Option<Secret>) -> Self {
        Self {
            name: name.to_owned(),
            url,
            secret,
            previous_secret: None,
            events: EventFilter::ALL,
            results: ResultFilter::ALL,
            branches: BranchFilter::ALL,
            only_stream: None,
            only_label: None,
            headers: Vec::new(),
            encoding: Encoding::Json,
            format: FormatChoice::Native,
            timeout: None,
            retries: None,
            strict: None,
            client_cert: None,
            client_key: None,
            active: true,
        }
    }

    /// Parses the settings of one endpoint, which begin at `origin`. `missing_url` is the variable or key to
    /// set if they have no URL.
    pub(super) fn from_settings(
        settings: &RawSettings,
        origin: &str,
        missing_url: &str,
        warnings: &mut Vec<String>,
    ) -> Result<Parsed, Mistake> {
        match settings.get_or_blank("url") {
            None => {
                return Err(Mistake::EndpointWithoutUrl {
                    origin: origin.to_owned(),
                    missing: missing_url.to_owned(),
                });
            }
            Some(url) if url.is_blank() => {
                return Ok(Parsed::EmptyUrl { reason: format!("{} is empty", url.origin) });
            }
            Some(url)
                if url.as_text().is_some_and(|text| is_placeholder(text) || may_be_placeholder(text)) =>
            {
                let (origin, text) = (&url.origin, url.as_text().unwrap_or_default());
                return Ok(Parsed::EmptyUrl {
                    reason: format!("{origin} is `{text}`, which the CI did not replace"),
                });
            }
            Some(_) => {}
        }
        let mut endpoint = Self::read(settings)?;
        endpoint.check_name(settings)?;
        if endpoint.results.is_limited() && settings.get("events").is_none() {
            endpoint.events = EventFilter::only(EventName::BuildFinished);
        }
        endpoint.check_events(settings)?;
        endpoint.check_encoding(settings)?;
        warn_about_secrets(settings, warnings);
        endpoint.check_rotation(settings, warnings);
        if !endpoint.headers.iter().any(|(name, _)| name == "authorization") {
            let authorization = endpoint.url.authorization();
            endpoint.headers.extend(authorization.map(|value| ("authorization".to_owned(), value)));
        }
        let has_explicit_name = !endpoint.name.is_empty();
        if !has_explicit_name {
            endpoint.name = endpoint.url.host().to_owned();
        }
        Ok(Parsed::Endpoint { endpoint: Box::new(endpoint), has_explicit_name })
    }

    fn check_name(&self, settings: &RawSettings) -> Result<(), Mistake> {
        match settings.get("name") {
            Some(raw) if self.name.chars().count() > MAX_NAME_LEN || self.name.contains(char::is_control) => {
                Err(raw.mistake(format!("a name of up to {MAX_NAME_LEN} printable characters")))
            }
            _ => Ok(()),
        }
    }

    /// Warns about a previous secret that signs nothing, and drops one that is the same as the secret.
    fn check_rotation(&mut self, settings: &RawSettings, warnings: &mut Vec<String>) {
        let (Some(previous), Some(raw)) = (&self.previous_secret, settings.get("previous_secret")) else {
            return;
        };
        let reason = match &self.secret {
            None => "signs nothing, because there is no secret",
            Some(secret) if secret == previous => "is the same as the secret",
            Some(_) if !self.signs_with_both_secrets() => {
                "only opens earlier records: it signs if both secrets begin with `whsec_`"
            }
            Some(_) => return,
        };
        warnings.push(format!("{} {reason}", raw.origin));
        if self.secret == self.previous_secret {
            self.previous_secret = None;
        }
    }

    /// Fails if `events` excludes everything that `only_stream` and `only_label` leave.
    fn check_events(&self, settings: &RawSettings) -> Result<(), Mistake> {
        let possible: Vec<EventName> =
            EventName::ALL.into_iter().filter(|name| self.can_get(*name)).collect();
        match settings.get("events") {
            Some(raw) if !possible.iter().any(|name| self.events.matches(*name)) => {
                let names: Vec<&str> = possible.iter().map(|name| name.as_str()).collect();
                Err(raw.mistake(format!("an event that this endpoint can get: {}", names.join(", "))))
            }
            _ => Ok(()),
        }
    }

    /// Fails if a form would contain a CloudEvent, whose headers describe the body as JSON.
    fn check_encoding(&self, settings: &RawSettings) -> Result<(), Mistake> {
        let (encoding, format) = (settings.get("encoding"), settings.get("format"));
        match (self.encoding, encoding.zip(format)) {
            (Encoding::Form, Some((encoding, format))) if self.format != FormatChoice::Native => {
                let (name, origin) = (self.format.name(), &format.origin);
                let expected =
                    format!("`json`, because {origin} is `{name}`; remove one of the two settings");
                Err(encoding.mistake(expected))
            }
            _ => Ok(()),
        }
    }

    /// Whether the previous secret signs, too: only Standard Webhooks has a place for two signatures.
    pub fn signs_with_both_secrets(&self) -> bool {
        [&self.secret, &self.previous_secret]
            .iter()
            .all(|secret| secret.as_ref().is_some_and(Secret::is_standard_webhooks))
    }

    /// Whether the endpoint gets events of this name, if the build and its result fit.
    pub fn gets(&self, name: EventName) -> bool {
        self.can_get(name) && self.events.matches(name)
    }

    fn can_get(&self, name: EventName) -> bool {
        match (&self.only_stream, &self.only_label) {
            (None, None) => !name.is_stream_form(),
            (Some(_), None) => name.is_stream_form(),
            (_, Some(_)) => name == EventName::BuildLabelAdded,
        }
    }
}

fn warn_about_secrets(settings: &RawSettings, warnings: &mut Vec<String>) {
    for name in ["secret", "previous_secret"] {
        let Some(raw) = settings.get_or_blank(name) else { continue };
        if raw.is_blank() {
            if name == "secret" {
                warnings.push(format!("{} is empty: events are sent unsigned", raw.origin));
            }
            continue;
        }
        let findings = raw.as_exact_text().map(|text| clean(text).findings).unwrap_or_default();
        warnings.extend(findings.iter().map(|finding| format!("{} {finding}", raw.origin)));
    }
}
