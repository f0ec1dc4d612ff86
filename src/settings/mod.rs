//! Reads flags, environment and file into [`Settings`].
//!
//! When a setting appears in several places, the first of these wins: flag, environment, file, default. The
//! endpoints of environment and file are all used. A setting is declared once, by `settings!`: its type
//! defines how it is written, and flag, variable, key, help and documentation follow from the declaration.
//!
//! Mistakes are found before anything is sent. Options that only some commands use are read by these
//! commands, so that a mistake in them does not stop the others.

mod artifact_options;
mod authorities;
mod authority;
mod branch_filter;
mod client_identity;
mod config;
mod declaration;
mod duration;
mod endpoint;
mod environment;
mod event_filter;
mod fields;
mod file;
mod format_choice;
mod general;
pub mod groups;
mod headers;
mod id_settings;
mod job_options;
mod key;
mod mistake;
mod nearest;
mod overrides;
mod placeholder;
mod plain_types;
mod private;
mod raw_setting;
mod receiving;
mod release_options;
mod result_filter;
mod seal_keys;
mod secret;
mod setting;
mod url;

use ureq::tls::Certificate;

pub use artifact_options::{ArtifactOptions, BuildNumber, Labels, StreamName};
pub(crate) use authority::Authority;
pub use branch_filter::BranchFilter;
pub use client_identity::{ClientIdentity, PemFile};
pub use endpoint::{Encoding, Endpoint};
pub use event_filter::EventFilter;
pub use fields::Fields;
pub use general::{General, LogLevel, Retries};
pub use id_settings::IdSettings;
pub use job_options::JobOptions;
pub use key::{Flag, Input, Key, flag_name, variable};
pub use mistake::Mistake;
pub use nearest::nearest;
pub use raw_setting::{RawSetting, RawSettings, RawValue};
pub use receiving::{ForwardSettings, NamedSecret, secrets};
pub use release_options::ReleaseOptions;
pub use result_filter::ResultFilter;
pub use secret::Secret;
pub use setting::Setting;
pub use url::{EndpointUrl, WebUrl};

pub use environment::{ACTION_EVENT, BUILD, INTERNAL, SAVE};
pub use private::{IN_RUN, ParentRun, is_private_variable};

use std::time::Duration;

use crate::ci::Context;
use crate::file_rules::{FileRules, TRUST_WORKSPACE};
use crate::ids::IdOverrides;
use crate::system::System;
use endpoint::Parsed;

/// The user's configuration.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Settings that apply to every endpoint and command.
    pub general: General,
    /// The endpoints, including disabled ones.
    pub endpoints: Vec<Endpoint>,
    /// A sentence for each URL that is set but empty: these endpoints are disabled.
    pub empty_urls: Vec<String>,
    /// Where the configuration is set but empty.
    pub empty_config: Option<String>,
    /// Certificate authorities to trust in addition to the system's.
    pub authorities: Vec<Certificate<'static>>,
    /// Fields of the context that the user set.
    pub overrides: Context,
    /// Ids that the user set.
    pub ids: IdOverrides,
    /// The event that the Action's input `event` names, if this is a step of the Action.
    pub action_event: Option<String>,
    /// The `run` that this command is a part of.
    pub parent_run: Option<ParentRun>,
    /// Warnings, a sentence each.
    pub warnings: Vec<String>,
    /// Notices, a sentence each.
    pub notices: Vec<String>,
    /// The variables that the configuration names by `${…}`.
    pub named_variables: Vec<String>,
    /// Which files may be read and written.
    pub file_rules: FileRules,
    /// Everything but endpoints, for the options of single commands.
    raw: RawSettings,
    /// Whether this is the command of `run`, or below it.
    in_run: bool,
}

impl Settings {
    /// Reads all sources. `flags` are the settings on the command line.
    pub fn load(flags: RawSettings, system: &System) -> Result<Self, Mistake> {
        let from_environment = environment::read(&system.environment)?;
        let mut raw = flags;
        raw.add_missing(from_environment.top_level);
        let mut file_rules = file_rules(&raw, system)?;
        let mut notices = Vec::new();
        let config = config::find(raw.get("config"), &file_rules, system, &mut notices)?;
        let from_file = match config {
            Some(config) => file::read(&config.text, &config.name, &system.environment)?,
            None => file::FromFile::default(),
        };
        let empty_config = raw.get_or_blank("config").filter(|raw| raw.is_blank());
        let empty_config = empty_config.map(|raw| raw.origin.clone());
        raw.add_missing(from_file.top_level);
        let action_event = system.environment.get(ACTION_EVENT).map(str::to_owned);
        if action_event.is_some() && raw.get("fail_on_error").is_none() {
            raw.insert("fail_on_error", RawSetting::text("false", "the default of the action"));
        }
        if raw.get("workspace").is_some() {
            file_rules = self::file_rules(&raw, system)?;
        }

        let mut general = General::read(&raw)?;
        general.state_dir = general.state_dir.map(|path| system.folder.join(path));
        let mut warnings = from_environment.warnings;
        warnings.extend(general.fields.iter().flat_map(|fields| fields.warnings.clone()));
        let mut overrides = overrides::read(&raw)?;
        overrides.job.matrix = JobOptions::matrix_or_warning(&raw, &mut warnings);
        let in_run = system.environment.get(IN_RUN);
        let mut settings = Self {
            general,
            endpoints: Vec::new(),
            empty_urls: Vec::new(),
            empty_config,
            authorities: authorities::read(&raw, &file_rules, system)?,
            overrides,
            action_event,
            parent_run: in_run.and_then(ParentRun::from_variable),
            ids: IdSettings::read(&raw)?.into(),
            warnings,
            notices,
            named_variables: from_file.named_variables,
            file_rules,
            raw,
            in_run: in_run.is_some(),
        };

        // `run` removes URLs from the environment of its command, but leaves names and the like.
        let is_removed = |raw: &RawSettings| settings.in_run && raw.get_or_blank("url").is_none();
        let mut from_variables = from_environment.endpoints;
        from_variables.retain(|_, raw| !is_removed(raw));
        let is_action = settings.action_event.is_some();
        let numbered = from_variables.into_iter().map(|(number, raw)| {
            let suffix = if number == 1 { String::new() } else { format!("_{number}") };
            let origin = raw.first_origin().unwrap_or_default().to_owned();
            let url = match (number, is_action) {
                (1, true) => "the input url".to_owned(),
                _ => format!("BUILDHOOK_URL{suffix}"),
            };
            (origin, url, raw)
        });
        let in_file =
            from_file.endpoints.into_iter().map(|(origin, raw)| (origin, "its `url`".to_owned(), raw));
        for (origin, missing_url, raw) in numbered.chain(in_file) {
            match Endpoint::from_settings(&raw, &origin, &missing_url, &mut settings.warnings)? {
                Parsed::Endpoint { mut endpoint, has_explicit_name } => {
                    endpoint.load_client_identity(&raw, &settings.file_rules, &system.folder)?;
                    settings.add(*endpoint, has_explicit_name, origin)?;
                }
                Parsed::EmptyUrl { reason } => settings.empty_urls.push(reason),
            }
        }
        if settings.raw.get("deadline").is_none() {
            settings.allow_one_attempt();
        }
        Ok(settings)
    }

    /// A deadline that was not set is no shorter than one attempt.
    fn allow_one_attempt(&mut self) {
        let general = &mut self.general;
        let timeouts = self.endpoints.iter().filter_map(|endpoint| endpoint.timeout);
        general.deadline = timeouts.chain([general.timeout]).fold(general.deadline, Duration::max);
    }

    /// The fields of the context that flags and variables set, even if another setting is a mistake.
    pub fn overrides(flags: &RawSettings, system: &System) -> Context {
        let mut raw = flags.clone();
        raw.add_missing(environment::read(&system.environment).unwrap_or_default().top_level);
        overrides::read(&raw).unwrap_or_default()
    }

    /// The value of a switch, even if another setting is a mistake. `None` if it is not set, or not valid.
    pub fn switch(name: &str, flags: &RawSettings, system: &System) -> Option<bool> {
        let raw = raw_outside_file(name, flags, system).or_else(|| switch_in_file(name, flags, system));
        raw.and_then(|raw| bool::read(&raw).ok())
    }

    /// The same, without the configuration file.
    pub fn switch_outside_file(name: &str, flags: &RawSettings, system: &System) -> Option<bool> {
        raw_outside_file(name, flags, system).and_then(|raw| bool::read(&raw).ok())
    }

    /// Whether a mistake is reported as a warning. The Action reports it as an error, which fails no job.
    pub fn tolerates_mistakes(&self) -> bool {
        !self.general.fail_on_error && self.action_event.is_none()
    }

    /// The mistake that a setting is missing, with what a user of the Action or of a command can set.
    pub fn missing(&self, setting: &'static str) -> Mistake {
        match &self.action_event {
            Some(event) => Mistake::MissingInAction { event: event.clone(), setting },
            None => Mistake::Missing { setting },
        }
    }

    /// How to name builds: the Action passes no flags.
    pub fn build_hint(&self) -> &'static str {
        match &self.action_event {
            Some(_) => "set BUILDHOOK_BUILD in env",
            None => "pass --build or set BUILDHOOK_BUILD",
        }
    }

    /// Fails unless an endpoint is configured; one whose URL is empty counts.
    pub fn require_endpoints(&self) -> Result<(), Mistake> {
        let has_any =
            !self.endpoints.is_empty() || !self.empty_urls.is_empty() || self.empty_config.is_some();
        match (has_any, self.in_run) {
            (true, _) => Ok(()),
            (false, true) => Err(Mistake::NoEndpointInRun),
            (false, false) => Err(Mistake::NoEndpoint),
        }
    }

    /// The settings as they were written, for the groups that only some commands read.
    pub fn raw(&self) -> &RawSettings {
        &self.raw
    }

    /// The settings of each endpoint as they were written, with its number or, for one of the configuration, the place where it begins.
    pub fn written_endpoints(&self, system: &System) -> Vec<(String, RawSettings)> {
        let numbered = environment::read(&system.environment).unwrap_or_default().endpoints.into_iter();
        let config = config::find(self.raw.get("config"), &self.file_rules, system, &mut Vec::new());
        let in_file = config.ok().flatten().and_then(|config| {
            Some(file::read(&config.text, &config.name, &system.environment).ok()?.endpoints)
        });
        let numbered = numbered.map(|(number, raw)| (number.to_string(), raw));
        numbered.chain(in_file.unwrap_or_default()).collect()
    }

    /// Adds an endpoint. If its name is only the host's and already taken, it gets a number.
    fn add(
        &mut self,
        mut endpoint: Endpoint,
        has_explicit_name: bool,
        origin: String,
    ) -> Result<(), Mistake> {
        let is_taken = |name: &str| self.endpoints.iter().any(|other| other.name == name);
        if is_taken(&endpoint.name) {
            if has_explicit_name {
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

/// Which files may be read and written. Only a variable can state that the user trusts every author of the checkout.
pub fn file_rules(raw: &RawSettings, system: &System) -> Result<FileRules, Mistake> {
    let trusts_workspace = match system.environment.get(TRUST_WORKSPACE) {
        Some(text) => bool::read(&RawSetting::text(text, TRUST_WORKSPACE))?,
        None => false,
    };
    let workspace = raw.get("workspace").and_then(RawSetting::as_text);
    Ok(FileRules::new(trusts_workspace, workspace, system))
}

/// A switch on the command line, or in the environment.
fn raw_outside_file(name: &str, flags: &RawSettings, system: &System) -> Option<RawSetting> {
    let from_environment = || {
        let text = system.environment.get(&variable(name))?;
        Some(RawSetting::text(text, variable(name)))
    };
    flags.get(name).cloned().or_else(from_environment)
}

/// A switch at the top level of the configuration.
fn switch_in_file(name: &str, flags: &RawSettings, system: &System) -> Option<RawSetting> {
    let in_environment =
        system.environment.get("BUILDHOOK_CONFIG").map(|text| RawSetting::text(text, "BUILDHOOK_CONFIG"));
    let config = flags.get("config").cloned().or(in_environment);
    let from_environment = environment::read(&system.environment).unwrap_or_default();
    let rules = file_rules(&from_environment.top_level, system).ok()?;
    let config = config::find(config.as_ref(), &rules, system, &mut Vec::new()).ok()??;
    file::switch(&config.text, name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_valid_values() {
        let mut raw = RawSettings::default();
        General::read(&raw).unwrap();
        ArtifactOptions::read(&raw).unwrap();
        ReleaseOptions::read(&raw).unwrap();
        IdSettings::read(&raw).unwrap();
        JobOptions::read(&raw).unwrap();
        assert_eq!(Endpoint::read(&raw).unwrap_err(), Mistake::Missing { setting: "url" });
        raw.insert("url", RawSetting::text("https://hooks.example", ""));
        let mut endpoint = Endpoint::read(&raw).unwrap();
        endpoint.name = "lab".to_owned();
        let new = Endpoint::new("lab", endpoint.url.clone(), None);
        assert_eq!(format!("{endpoint:?}"), format!("{new:?}"));
    }

    #[test]
    fn a_deadline_that_was_not_set_allows_one_attempt() {
        let deadline = |variables: &[(&str, &str)]| {
            let url = ("BUILDHOOK_URL", "https://hooks.example");
            let environment = variables.iter().copied().chain([url]).collect();
            let system = System { environment, ..System::from_process() };
            Settings::load(RawSettings::default(), &system).unwrap().general.deadline.as_secs()
        };
        assert_eq!(deadline(&[]), 30);
        assert_eq!(deadline(&[("BUILDHOOK_TIMEOUT", "60s")]), 60);
        let file = "[[endpoint]]\nurl = 'https://lab.example'\ntimeout = 90\n";
        assert_eq!(deadline(&[("BUILDHOOK_CONFIG", file)]), 90);
        assert_eq!(deadline(&[("BUILDHOOK_TIMEOUT", "60s"), ("BUILDHOOK_DEADLINE", "5s")]), 5);
    }
}
