//! Settings from `BUILDHOOK_` variables.

use std::collections::BTreeMap;

use super::{
    Endpoint, Mistake, RawSetting, RawSettings, groups,
    key::{flag_name, variable},
    nearest::nearest,
};
use crate::system::Environment;

const PREFIX: &str = "BUILDHOOK_";

/// The variable in which the Action passes on its input `event`.
pub const ACTION_EVENT: &str = "BUILDHOOK_ACTION_EVENT";

/// The variable in which the Action passes on the names of the inputs that it turned into variables, separated by commas.
const INPUTS: &str = "BUILDHOOK_INPUTS";

/// The variable in which the first step of the Action passes on the names of inputs that it does not have.
const UNKNOWN_INPUTS: &str = "BUILDHOOK_UNKNOWN_INPUTS";

/// The variable in which the last step of the Action passes on the SHA-256 checksum of the configuration file that its first step
/// found, in lower-case hexadecimal, or `none`.
pub(super) const CONFIG_SHA256: &str = "BUILDHOOK_CONFIG_SHA256";

/// The Action sets these for its own processes.
pub const INTERNAL: [&str; 4] = [ACTION_EVENT, CONFIG_SHA256, INPUTS, UNKNOWN_INPUTS];

/// The builds to move, label or release, if there is no `--build`.
pub const BUILD: &str = "BUILDHOOK_BUILD";

/// The file to save builds in, if there is no `--save`.
pub const SAVE: &str = "BUILDHOOK_SAVE";

/// Variables that are no settings. The Action finds the program by `BUILDHOOK_BIN` and passes on its event, the names of
/// its inputs and the checksum of the configuration. `run` marks the environment of its command with `BUILDHOOK_IN_RUN`.
/// `BUILDHOOK_TRUST_WORKSPACE` is only ever a variable, and `BUILDHOOK_BUILD` and `BUILDHOOK_SAVE` belong to single
/// commands.
const NOT_SETTINGS: &[&str] = &[
    "action_event",
    "bin",
    "build",
    "config_sha256",
    "in_run",
    "inputs",
    "save",
    "trust_workspace",
    "unknown_inputs",
];

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
    let inputs = Inputs::detect(environment);
    sorted.warnings.extend(inputs.unknown.iter().map(|name| unknown_input(name)));
    for (name, value) in settings {
        let raw = RawSetting::text(value, inputs.origin(&name));
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

/// The names of the inputs of this step of the Action.
#[derive(Default)]
struct Inputs<'a> {
    /// Those whose values are in variables.
    passed: Vec<&'a str>,
    unknown: Vec<&'a str>,
}

impl<'a> Inputs<'a> {
    fn detect(environment: &'a Environment) -> Self {
        let names = |variable| -> Vec<&str> {
            let list = environment.get(variable).unwrap_or_default();
            list.split(',').map(str::trim).filter(|name| !name.is_empty()).collect()
        };
        match environment.get(ACTION_EVENT) {
            Some(_) => Self { passed: names(INPUTS), unknown: names(UNKNOWN_INPUTS) },
            None => Self::default(),
        }
    }

    /// Where the user wrote the value of a setting: the input or the variable.
    fn origin(&self, setting: &str) -> String {
        let input = flag_name(setting);
        if self.passed.contains(&input.as_str()) { format!("input {input}") } else { variable(setting) }
    }
}

/// Inputs of the Action that are no settings. The launcher turns them into commands and their arguments.
const OTHER_INPUTS: [&str; 4] = ["event", "artifacts", "needs", "status"];

/// A sentence about an input that the Action does not have.
fn unknown_input(name: &str) -> String {
    let setting = name.replace('-', "_");
    let (base, _) = split_number(&setting);
    let mut inputs = OTHER_INPUTS.map(str::to_owned).to_vec();
    let mut is_variable = ["build", "save"].contains(&name);
    for key in groups::top_level().chain(Endpoint::KEYS) {
        let is_this = key.name == setting || key.name == base;
        if key.input.is_some() {
            let input = key.flag_name();
            if is_this && base == setting {
                return format!("input {name} is unknown; did you mean {input}?");
            }
            inputs.push(input);
        }
        is_variable |= is_this;
    }
    if is_variable {
        return format!("input {name} is not an input of this action; set {} in env", variable(&setting));
    }
    // `webhook-url` means `url`.
    let part = name.split(['-', '_']).rev().find(|part| inputs.iter().any(|input| input == part));
    match part.or_else(|| nearest(name, inputs.iter().map(String::as_str))) {
        Some(nearest) => format!("input {name} is unknown; did you mean {nearest}?"),
        None => format!("input {name} is unknown; the inputs are {}", inputs.join(", ")),
    }
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
