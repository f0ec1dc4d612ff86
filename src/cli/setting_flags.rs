//! The flags of settings, which follow from their declarations in [`settings`](crate::settings).

use clap::{Arg, ArgAction, ArgMatches};

use crate::settings::groups::{OVERRIDES, top_level};
use crate::settings::{
    ArtifactOptions, Flag, General, IdSettings, JobOptions, Key, RawSetting, RawSettings, ReleaseOptions,
};

pub(super) const ABOUT_SETTINGS: &str = "Each setting is a flag, a variable such as BUILDHOOK_STATE_DIR, and a key of the TOML \
    configuration. `buildhook settings` lists all of them.";

/// Adds the flags of all settings. Help shows those that matter to the command; the others are in the manual.
pub(super) fn with_settings(command: clap::Command) -> clap::Command {
    let name = command.get_name().to_owned();
    let general = flags(General::KEYS, "Settings").map(|arg| {
        let is_shown = is_shown(arg.get_id().as_str(), &name);
        arg.hide_short_help(!is_shown)
    });
    let detected = flags(&OVERRIDES, "Override detected values");
    let ids = flags(IdSettings::KEYS, "Override generated ids");
    let jobs = flags(JobOptions::KEYS, "Facts about jobs");
    let rare = detected.chain(jobs).chain(ids).map(|arg| arg.hide_short_help(true));
    // `--help` is as short as `-h`: it fits on a screen.
    let help = Arg::new("help").short('h').long("help").action(ArgAction::HelpShort).help("Print help");
    let help = help.global(true).display_order(usize::MAX);
    command.arg(help).args(general.chain(rare)).after_help(ABOUT_SETTINGS)
}

/// Whether a setting matters to a command so much that its help shows it.
fn is_shown(setting: &str, command: &str) -> bool {
    let sends = !matches!(command, "context" | "settings" | "deliveries" | "doctor");
    match setting {
        "config" | "log" => true,
        "state_dir" => sends || matches!(command, "deliveries" | "doctor"),
        "timeout" => sends || command == "doctor",
        "ca_file" => command == "doctor",
        "fail_on_error" | "retries" | "deadline" | "log_undelivered" => sends,
        "scope" => (sends && command != "redeliver") || command == "doctor",
        "fields" => sends && command != "redeliver",
        "pass_settings" => command == "run",
        _ => false,
    }
}

/// Flags of some options of artifacts and releases. Each has a help, unless that of the setting fits.
pub(super) fn some_flags(
    names: &'static [(&'static str, Option<&'static str>)],
    heading: &'static str,
) -> impl Iterator<Item = Arg> {
    let all = flags(ArtifactOptions::KEYS, heading).chain(flags(ReleaseOptions::KEYS, heading));
    all.filter_map(|arg| {
        let (_, help) = names.iter().find(|(name, _)| arg.get_id() == name)?;
        Some(match help {
            Some(help) => arg.help(help),
            None => arg,
        })
    })
}

/// A flag for each setting.
pub(super) fn flags(keys: &[Key], heading: &'static str) -> impl Iterator<Item = Arg> {
    keys.iter().map(move |key| {
        let name = key.flag_name();
        let arg = Arg::new(key.name)
            .help(key.help_with_default())
            .value_name(key.placeholder)
            .help_heading(heading);
        match key.flag {
            Flag::Once => arg.long(name),
            Flag::Switch => arg.long(name).num_args(0..=1).default_missing_value("true").require_equals(true),
            Flag::Repeatable => {
                let singular = name.strip_suffix('s').map(str::to_owned);
                arg.long(name).visible_aliases(singular).action(ArgAction::Append)
            }
        }
    })
}

/// The settings among the arguments of a command. The values of a repeated flag make one list.
pub(super) fn take_flags(matches: &ArgMatches) -> RawSettings {
    let mut settings = RawSettings::default();
    for key in top_level() {
        if let Ok(Some(values)) = matches.try_get_many::<String>(key.name) {
            let text: Vec<&str> = values.map(String::as_str).collect();
            settings.insert(key.name, RawSetting::text(text.join(","), format!("--{}", key.flag_name())));
        }
    }
    settings
}
