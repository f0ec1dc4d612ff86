//! Settings from `BUILDHOOK_` variables.

use std::collections::BTreeMap;

use super::{Mistake, RawSetting, RawSettings, keys};
use crate::system::Environment;

/// What the environment says.
#[derive(Debug, Default)]
pub(super) struct FromEnvironment {
    /// Settings of the whole command.
    pub(super) global: RawSettings,
    /// Settings of endpoints by number; the first one's variables have no number.
    pub(super) endpoints: BTreeMap<u32, RawSettings>,
    /// Variables that are no setting, a sentence each.
    pub(super) warnings: Vec<String>,
}

/// Reads every `BUILDHOOK_` variable. `BUILDHOOK_TIMEOUT` and `BUILDHOOK_RETRIES` are for all endpoints, with a
/// number for one.
pub(super) fn read(environment: &Environment) -> Result<FromEnvironment, Mistake> {
    if let Some(name) = environment.unreadable().iter().find(|name| name.starts_with("BUILDHOOK_")) {
        let expected = "text in UTF-8".to_owned();
        return Err(Mistake::BadValue { origin: name.clone(), found: None, expected });
    }
    let mut settings = FromEnvironment::default();
    for (variable, value) in environment.iter() {
        let Some(name) = variable.strip_prefix("BUILDHOOK_") else { continue };
        let name = name.to_ascii_lowercase();
        let entry = RawSetting::text(value, variable);
        if keys::top_level().any(|key| key.name == name) {
            settings.global.insert(name, entry);
            continue;
        }
        let (base, number) = numbered(&name);
        if keys::ENDPOINT.iter().any(|key| key.name == base) {
            settings.endpoints.entry(number).or_default().insert(base, entry);
        } else if !OUTSIDE.contains(&name.as_str()) {
            let known = keys::top_level().chain(keys::ENDPOINT).map(|key| key.name);
            let advice = match keys::nearest(&name, known) {
                Some(nearest) => format!("; did you mean {}?", keys::variable(nearest)),
                None => String::new(),
            };
            settings.warnings.push(format!("unknown variable {variable} ignored{advice}"));
        }
    }
    Ok(settings)
}

/// Variables that are used around the program, not by it.
const OUTSIDE: &[&str] = &["bin"];

/// `url_2` is the second endpoint's `url`; without a number it is the first one's.
fn numbered(name: &str) -> (&str, u32) {
    match name.rsplit_once('_') {
        Some((base, digits)) if !digits.starts_with('0') => match digits.parse::<u32>() {
            Ok(number) if number >= 2 => (base, number),
            _ => (name, 1),
        },
        _ => (name, 1),
    }
}
