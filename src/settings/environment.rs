//! Settings from `BUILDHOOK_` variables.

use std::collections::BTreeMap;

use super::{Endpoint, Mistake, RawSetting, RawSettings, groups, key::variable, nearest::nearest};
use crate::system::Environment;

const PREFIX: &str = "BUILDHOOK_";

/// The variable in which the Action passes on its input `event`.
pub const ACTION_EVENT: &str = "BUILDHOOK_ACTION_EVENT";

/// Variables that are no settings: the Action finds the program by `BUILDHOOK_BIN` and passes on its event, `run` marks the
/// environment of its command with `BUILDHOOK_IN_RUN`, and `BUILDHOOK_TRUST_WORKSPACE` cannot be set any other way.
const NOT_SETTINGS: &[&str] = &["action_event", "bin", "in_run", "trust_workspace"];

/// The settings in the environment.
#[derive(Debug, Default)]
pub(super) struct FromEnvironment {
    /// Settings that do not belong to an endpoint.
    pub(super) top_level: RawSettings,
    /// Settings of endpoints by number. The variables of the first have no number.
    pub(super) endpoints: BTreeMap<u32, RawSettings>,
    /// A sentence for each unknown variable.
    pub(super) warnings: Vec<String>,
}

/// Reads every `BUILDHOOK_` variable. `BUILDHOOK_TIMEOUT` and `BUILDHOOK_RETRIES` apply to all endpoints;
/// with a number, to one.
pub(super) fn read(environment: &Environment) -> Result<FromEnvironment, Mistake> {
    let mut sorted = FromEnvironment::default();
    for name in environment.unreadable().iter().filter(|name| name.starts_with(PREFIX)) {
        if !groups::has_outsiders_text(&name[PREFIX.len()..].to_ascii_lowercase()) {
            let expected = "text in UTF-8".to_owned();
            return Err(Mistake::BadValue { origin: name.clone(), found: None, expected });
        }
        sorted.warnings.push(format!("{name} is not UTF-8; it is left out"));
    }
    let variables = environment.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
    // NOTE: a map of strings cannot fail. Errors of a typed struct would show values, which may be secrets.
    let settings: BTreeMap<String, String> = envy::prefixed(PREFIX).from_iter(variables).unwrap_or_default();
    for (name, value) in settings {
        let raw = RawSetting::text(value, variable(&name));
        let (base, number) = split_number(&name);
        if groups::top_level().any(|key| key.name == name) {
            sorted.top_level.insert(name, raw);
        } else if groups::is_endpoint_setting(base) {
            sorted.endpoints.entry(number).or_default().insert(base, raw);
        } else if !NOT_SETTINGS.contains(&name.as_str()) {
            let known = groups::top_level().chain(Endpoint::KEYS).map(|key| key.name);
            let advice = nearest(&name, known)
                .map(|nearest| format!("; did you mean {}?", variable(nearest)))
                .unwrap_or_default();
            sorted.warnings.push(format!("unknown variable {} ignored{advice}", raw.origin));
        }
    }
    Ok(sorted)
}

/// `url_2` is the `url` of endpoint 2. A name without a number belongs to endpoint 1.
fn split_number(name: &str) -> (&str, u32) {
    match name.rsplit_once('_') {
        Some((base, digits)) if !digits.starts_with('0') => match digits.parse::<u32>() {
            Ok(number) if number >= 2 => (base, number),
            _ => (name, 1),
        },
        _ => (name, 1),
    }
}
