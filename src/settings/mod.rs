//! What the user wants: flags, environment and file become [`Settings`].
//!
//! Of a setting that stands in several places the first of these counts: flag, environment, file, default.
//! Endpoints of the environment and of the file are all used. Every mistake is found here, before anything is
//! sent.

mod endpoint;
mod environment;
mod event_filter;
mod file;
pub mod keys;
mod mistake;
mod raw_setting;
mod secret;
mod time;

use std::path::{Path, PathBuf};
use std::time::Duration;

pub use endpoint::{Encoding, Endpoint, FormatChoice};
pub use event_filter::EventFilter;
pub use mistake::Mistake;
pub use raw_setting::{RawSetting, RawSettings};
pub use secret::{EndpointUrl, Secret};
pub use time::Time;

use ureq::tls::{Certificate, PemItem, parse_pem};

use crate::ci::{Context, Sourced};
use crate::ids::{IdOverrides, Scope};
use crate::system::System;
use endpoint::Parsed;

/// What the user wants.
#[derive(Debug)]
pub struct Settings {
    /// The webhooks, those that are not active included.
    pub endpoints: Vec<Endpoint>,
    /// Where the URLs stand that are set but empty: nothing is sent there.
    pub empty_urls: Vec<String>,
    /// The state folder, where the user chose one.
    pub state_dir: Option<PathBuf>,
    /// Days after which records of deliveries go.
    pub keep_days: u32,
    /// The number of records beyond which the oldest go.
    pub keep_records: usize,
    /// Whether an undelivered event makes the command fail.
    pub fail_on_error: bool,
    /// Longest wait of one attempt.
    pub timeout: Time,
    /// Further attempts after the first.
    pub retries: u32,
    /// Longest time for all attempts to all endpoints.
    pub deadline: Time,
    /// Certificate authorities to trust besides the system's.
    pub authorities: Vec<Certificate<'static>>,
    /// Whether to send only the keys that Bitrise's page lists.
    pub strict: bool,
    /// What a build is, where the user chose.
    pub scope: Option<Scope>,
    /// What is told on stderr.
    pub log: LogLevel,
    /// What the user says about the pipeline, instead of what would be detected.
    pub overrides: Context,
    /// Settings that only some commands know: ids and what is said about an artifact.
    pub other: RawSettings,
    /// What a user should know but need not mend, a sentence each.
    pub warnings: Vec<String>,
}

/// What is told on stderr.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// Only what ends the command.
    Error,
    /// And what went wrong.
    Warn,
    /// And what was done.
    Info,
    /// And each attempt.
    Debug,
}

impl Settings {
    /// Reads all sources. `flags` are settings from the command line by their names.
    pub fn load(flags: RawSettings, system: &System) -> Result<Self, Mistake> {
        let from_environment = environment::read(&system.environment)?;
        let mut entries = flags;
        entries.add_missing(from_environment.global);
        let from_file = read_file(entries.get("config"), system)?;
        entries.add_missing(from_file.global);

        let mut settings = Self {
            endpoints: Vec::new(),
            empty_urls: Vec::new(),
            state_dir: path(&entries, "state_dir", &system.folder),
            keep_days: entries
                .read("keep_days", "a whole number of days", |text| text.trim().parse().ok())?
                .unwrap_or(30),
            keep_records: entries
                .read("keep_records", "a whole number", |text| text.trim().parse().ok())?
                .unwrap_or(1000),
            fail_on_error: entries.boolean("fail_on_error")?.unwrap_or(true),
            timeout: entries.time("timeout")?.unwrap_or(Time(Duration::from_secs(10))),
            retries: endpoint::retries(&entries)?.unwrap_or(2),
            deadline: entries.time("deadline")?.unwrap_or(Time(Duration::from_secs(30))),
            authorities: authorities(&entries, &system.folder)?,
            strict: entries.boolean("strict")?.unwrap_or(false),
            scope: entries.one_of("scope", &[("run", Scope::Run), ("job", Scope::Job)])?,
            log: entries
                .one_of(
                    "log",
                    &[
                        ("error", LogLevel::Error),
                        ("warn", LogLevel::Warn),
                        ("info", LogLevel::Info),
                        ("debug", LogLevel::Debug),
                    ],
                )?
                .unwrap_or(LogLevel::Info),
            overrides: overrides(&entries)?,
            other: RawSettings::default(),
            warnings: from_environment.warnings,
        };

        let numbered = from_environment.endpoints.into_iter().map(|(number, entries)| {
            let suffix = if number == 1 { String::new() } else { format!("_{number}") };
            let origin = entries.iter().map(|(_, entry)| entry.origin.clone()).next().unwrap_or_default();
            (origin, format!("BUILDHOOK_URL{suffix}"), entries)
        });
        let in_file = from_file
            .endpoints
            .into_iter()
            .map(|(origin, entries)| (origin, "its `url`".to_owned(), entries));
        for (origin, missing_url, entries) in numbered.chain(in_file) {
            match Endpoint::read(&entries, &origin, &missing_url, &mut settings.warnings)? {
                Parsed::Endpoint { endpoint, has_explicit_name } => {
                    settings.add(*endpoint, has_explicit_name, origin)?;
                }
                Parsed::EmptyUrl { origin } => settings.empty_urls.push(origin),
            }
        }
        settings.other = entries;
        Ok(settings)
    }

    /// Fails unless an endpoint is configured; one whose URL is empty counts.
    pub fn require_endpoints(&self) -> Result<(), Mistake> {
        let has_any = !self.endpoints.is_empty() || !self.empty_urls.is_empty();
        if has_any { Ok(()) } else { Err(Mistake::NoEndpoint) }
    }

    /// The ids that the user set.
    pub fn id_overrides(&self) -> IdOverrides {
        let text = |name| self.other.text(name).map(str::to_owned);
        IdOverrides {
            app_slug: text("app_slug"),
            build_slug: text("build_slug"),
            build_id: text("build_id"),
            application_id: text("application_id"),
            workspace_id: text("workspace_id"),
        }
    }

    /// Adds an endpoint under a name of its own: a name that is only the host's gets a number.
    fn add(&mut self, mut endpoint: Endpoint, named: bool, origin: String) -> Result<(), Mistake> {
        let is_taken = |name: &str| self.endpoints.iter().any(|other| other.name == name);
        if is_taken(&endpoint.name) {
            if named {
                return Err(Mistake::DuplicateName { origin, name: endpoint.name });
            }
            let host = endpoint.name.clone();
            let free = (2..).map(|number| format!("{host}-{number}")).find(|name| !is_taken(name));
            endpoint.name = free.unwrap_or(host);
        }
        self.endpoints.push(endpoint);
        Ok(())
    }
}

fn read_file(config: Option<&RawSetting>, system: &System) -> Result<file::FromFile, Mistake> {
    let (path, origin) = match config.and_then(|entry| Some((entry.as_text()?, entry.origin.clone()))) {
        Some((path, origin)) => (system.folder.join(path), origin),
        None => match file::find(&system.folder) {
            Some(path) => (path, "configuration".to_owned()),
            None => return Ok(file::FromFile::default()),
        },
    };
    let name = path.strip_prefix(&system.folder).unwrap_or(&path).display().to_string();
    let text = std::fs::read_to_string(&path).map_err(|error| Mistake::UnreadableFile {
        origin,
        path: name.clone(),
        reason: error.to_string(),
    })?;
    file::read(&text, &name, &system.environment)
}

fn path(entries: &RawSettings, name: &str, folder: &Path) -> Option<PathBuf> {
    entries.text(name).map(|text| folder.join(text))
}

/// The certificates in `ca_file`.
fn authorities(entries: &RawSettings, folder: &Path) -> Result<Vec<Certificate<'static>>, Mistake> {
    let (Some(entry), Some(path)) = (entries.get("ca_file"), path(entries, "ca_file", folder)) else {
        return Ok(Vec::new());
    };
    let pem = std::fs::read(&path).map_err(|error| Mistake::UnreadableFile {
        origin: entry.origin.clone(),
        path: path.display().to_string(),
        reason: error.to_string(),
    })?;
    let certificates: Vec<_> = parse_pem(&pem)
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        })
        .collect();
    if certificates.is_empty() {
        return Err(entry.mistake("a PEM file with at least one certificate (-----BEGIN CERTIFICATE-----)"));
    }
    Ok(certificates)
}

/// The fields of the context that the user sets.
fn overrides(entries: &RawSettings) -> Result<Context, Mistake> {
    let mut context = Context::default();
    for field in context.fields() {
        if let Some(entry) = entries.get(field.setting) {
            let value = field
                .field_type
                .parse(entry.as_text().unwrap_or_default())
                .map_err(|expected| entry.mistake(expected))?;
            *field.value = Some(Sourced::new(value, entry.origin.clone()));
        }
    }
    Ok(context)
}
