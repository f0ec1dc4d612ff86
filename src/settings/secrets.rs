//! The secrets of all endpoints, for those who receive events: they need no URL.

use super::{Mistake, RawSetting, RawSettings, Secret, Setting, config, environment, file, file_rules};
use crate::system::System;

/// A secret and where it is set.
#[derive(Debug, Clone)]
pub struct NamedSecret {
    /// The variable, or the file, line and key.
    pub origin: String,
    /// The secret.
    pub secret: Secret,
}

/// The secrets in the environment and the configuration, previous ones behind the others. Other settings of endpoints are not read.
pub fn secrets(system: &System) -> Result<Vec<NamedSecret>, Mistake> {
    let from_environment = environment::read(&system.environment)?;
    let rules = file_rules(&from_environment.top_level, system)?;
    let config = config::find(from_environment.top_level.get("config"), &rules, system, &mut Vec::new())?;
    let from_file = match config {
        Some(config) => file::read(&config.text, &config.name, &system.environment)?,
        None => file::FromFile::default(),
    };
    let in_file = from_file.endpoints.into_iter().map(|(_, raw)| raw);
    let endpoints: Vec<RawSettings> = from_environment.endpoints.into_values().chain(in_file).collect();
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
