//! Settings that apply to every endpoint and command.

use std::path::PathBuf;
use std::time::Duration;

use super::declaration::{settings, words};
use super::{Fields, Setting};
use crate::ids::Scope;

settings! {
    /// Settings that apply to every endpoint and command.
    pub struct General {
        /// Configuration: TOML text, or a file outside of the checkout
        #[input]
        #[private]
        config: String as TOML => "`/etc/buildhook.toml`, if root owns it",
        /// Directory for delivery records
        state_dir: PathBuf as DIR => "the job's temporary folder, `.git`, or the user's state folder; see docs/delivery.md",
        /// Days to keep records of delivered events
        keep_days: u32 = "30",
        /// Number of records to keep; the oldest delivered ones are removed first
        keep_records: usize = "1000",
        /// Fail if the configuration is wrong, no file matches, or an event could not be delivered
        #[input = "false"]
        fail_on_error: bool = "true",
        /// Timeout of one attempt: `10s`, `500ms`, `2m`
        timeout: Duration = "10s",
        /// Retries after the first attempt, 0 to 20
        retries: Retries = "2",
        /// Time limit for all attempts to all endpoints
        deadline: Duration = "30s",
        /// Write undelivered events into the log, encrypted with the secret of their endpoint, for `redeliver --from`
        log_undelivered: bool = "false",
        /// Write a table of deliveries into the job's summary
        #[input]
        summary: bool = "true",
        /// PEM file of certificate authorities to trust in addition to the system's
        ca_file: PathBuf,
        /// Send only the keys that Bitrise and Buildstash document; an endpoint may differ
        strict: bool = "false",
        /// What counts as one build: this `job`, or the whole pipeline `run`
        scope: Scope = "job",
        /// Your own fields for every payload: `name=value`, one per line, a JSON object, or a table in the file; at most 50
        #[input]
        fields: Fields,
        /// Let the command of `run` have the variables with URLs, secrets and configuration
        pass_settings: bool = "false",
        /// Log level: `error`, `warn`, `info` or `debug`
        log: LogLevel = "info",
    }
}

/// The number of retries after the first attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retries(pub u32);

impl Setting for Retries {
    const PLACEHOLDER: &'static str = "NUMBER";
    const EXPECTED: &'static str = "a whole number from 0 to 20";

    fn parse(text: &str) -> Option<Self> {
        text.parse().ok().filter(|number| *number <= 20).map(Self)
    }
}

words!(Scope, "SCOPE", "run" => Self::Run, "job" => Self::Job);

/// Verbosity of stderr. Each level includes the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// Errors that end the command.
    Error,
    /// Warnings.
    Warn,
    /// Results.
    Info,
    /// Every attempt.
    Debug,
}

words!(
    LogLevel, "LEVEL",
    "error" => Self::Error, "warn" => Self::Warn, "info" => Self::Info, "debug" => Self::Debug,
);
