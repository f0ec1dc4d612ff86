//! The settings of those who receive events: they need no URL.

use std::time::Duration;

use ureq::tls::Certificate;

use super::{
    Mistake, RawSetting, RawSettings, Secret, Setting, authorities, config, environment, file, file_rules,
};
use crate::file_rules::FileRules;
use crate::system::System;

/// A secret and where it is set.
#[derive(Debug, Clone)]
pub struct NamedSecret {
    /// The variable, or the file, line and key.
    pub origin: String,
    /// The secret.
    pub secret: Secret,
}

/// The settings with which received events are forwarded.
#[derive(Debug)]
pub struct ForwardSettings {
    /// Certificate authorities to trust in addition to the system's.
    pub authorities: Vec<Certificate<'static>>,
    /// How long an answer may take, if it is set.
    pub timeout: Option<Duration>,
    /// Which files may be read.
    pub file_rules: FileRules,
}

impl ForwardSettings {
    /// Reads `ca_file` and `timeout` from the environment and the configuration.
    pub fn load(system: &System) -> Result<Self, Mistake> {
        let (raw, _) = read(system)?;
        let file_rules = file_rules(&raw, system)?;
        let timeout = raw.get("timeout").map(Duration::read).transpose()?;
        Ok(Self { authorities: authorities::read(&raw, &file_rules, system)?, timeout, file_rules })
    }
}

/// The secrets in the environment and the configuration, previous ones behind the others. Other settings of endpoints are not read.
pub fn secrets(system: &System) -> Result<Vec<NamedSecret>, Mistake> {
    let (_, endpoints) = read(system)?;
    let mut found: Vec<NamedSecret> = Vec::new();
    for name in ["secret", "previous_secret"] {
        for raw in endpoints.iter().filter_map(|raw| raw.get(name)) {
            let RawSetting { origin, .. } = raw;
            let secret = Secret::read(raw)?;
            if !found.iter().any(|known| known.secret == secret) {
                found.push(NamedSecret { origin: origin.clone(), secret });
            }
        }
    }
    Ok(found)
}

/// The settings in the environment and the configuration, and those of each endpoint.
fn read(system: &System) -> Result<(RawSettings, Vec<RawSettings>), Mistake> {
    let from_environment = environment::read(&system.environment)?;
    let mut top_level = from_environment.top_level;
    let rules = file_rules(&top_level, system)?;
    let config = config::find(top_level.get("config"), &rules, system, &mut Vec::new())?;
    let from_file = match config {
        Some(config) => file::read(&config.text, &config.name, &system.environment)?,
        None => file::FromFile::default(),
    };
    top_level.add_missing(from_file.top_level);
    let in_file = from_file.endpoints.into_iter().map(|(_, raw)| raw);
    Ok((top_level, from_environment.endpoints.into_values().chain(in_file).collect()))
}
