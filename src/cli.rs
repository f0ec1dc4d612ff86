//! Arguments. The flags of settings come from the list of settings, [`keys`], not from here.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Arg, ArgAction, ArgMatches, Args, FromArgMatches, Parser, Subcommand};

use crate::settings::keys::{self, Key};
use crate::settings::{Entries, Entry};

/// What the user asks for.
#[derive(Debug, Parser)]
#[command(
    name = "buildhook",
    version,
    about = "Turns what a CI pipeline knows into signed webhooks",
    max_term_width = 100
)]
#[command(after_help = "Start with `buildhook demo`. Everything is configured by BUILDHOOK_ variables, \
    a .buildhook.toml or flags; the least is BUILDHOOK_URL, and BUILDHOOK_SECRET to sign.\n\n\
    Exit codes: 0 done; 1 an error; 2 wrong usage or configuration; 3 something could not be delivered.")]
pub struct Cli {
    /// The command.
    #[command(subcommand)]
    pub command: Command,
    /// Settings.
    #[command(flatten)]
    pub settings: SettingFlags,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Send build/triggered: a build starts
    Triggered(SendFlags),
    /// Send build/finished: a build has ended, with its result
    Finished(SendFlags),
    /// Send build.created: a build's artifacts are there
    Created {
        /// The artifacts; each becomes a build of its own
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// What is said about the artifacts.
        #[command(flatten)]
        artifact: ArtifactFlags,
        /// What is sent and shown.
        #[command(flatten)]
        send: SendFlags,
    },
    /// Send build/triggered, run a command, send build/finished with its result
    ///
    /// Ends with the command's own exit code. SIGINT, SIGTERM and SIGHUP are passed on to the command, and the
    /// build is reported as aborted.
    Run {
        /// What is sent and shown.
        #[command(flatten)]
        send: SendFlags,
        /// The command and its arguments, behind `--`
        #[arg(last = true, required = true, value_name = "COMMAND")]
        command: Vec<OsString>,
    },
    /// Show what is known about the pipeline, and from where
    Context {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Show the configured webhooks
    Endpoints {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Print a fresh secret for signing
    Secret,
    /// Send three events to a receiver of its own and show what arrives
    Demo,
}

/// What is sent and shown.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct SendFlags {
    /// Print each request and send nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Print the result as JSON, a line for each event
    #[arg(long)]
    pub json: bool,
    /// Let --dry-run show signatures
    #[arg(long, requires = "dry_run")]
    pub show_signatures: bool,
}

/// Flags of the settings that every command takes, before or behind its name.
#[derive(Debug, Default)]
pub struct SettingFlags(pub Entries);

/// Flags of what is said about an artifact.
#[derive(Debug, Default)]
pub struct ArtifactFlags(pub Entries);

/// Reads the arguments. `Err` is for help and for mistakes, which are printed already.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Cli, ExitCode> {
    Cli::try_parse_from(arguments).map_err(|error| {
        // Nothing better can be done when even this cannot be printed.
        let _ = error.print();
        ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
    })
}

/// A flag for each setting.
fn flags(keys: &[Key], heading: &'static str) -> impl Iterator<Item = Arg> {
    keys.iter().map(move |key| {
        let flag = keys::flag(key.name);
        let arg = Arg::new(key.name).help(key.help).value_name(key.value).help_heading(heading);
        match key.value {
            "LIST" => {
                let singular = flag.trim_end_matches('s').to_owned();
                arg.long(flag).visible_alias(singular).action(ArgAction::Append)
            }
            "BOOL" => arg.long(flag).num_args(0..=1).default_missing_value("true").require_equals(true),
            _ => arg.long(flag),
        }
    })
}

fn take_flags<'a>(matches: &ArgMatches, keys: impl Iterator<Item = &'a Key>) -> Entries {
    let mut entries = Entries::default();
    for key in keys {
        if let Some(values) = matches.get_many::<String>(key.name) {
            let text: Vec<&str> = values.map(String::as_str).collect();
            entries.insert(key.name, Entry::text(text.join(","), format!("--{}", keys::flag(key.name))));
        }
    }
    entries
}

impl Args for SettingFlags {
    fn augment_args(command: clap::Command) -> clap::Command {
        let detected = flags(&keys::CONTEXT, "Instead of what is detected");
        let derived = flags(keys::IDENTITY, "Instead of ids that are derived");
        let rare = detected.chain(derived).map(|arg| arg.hide_short_help(true));
        command.args(flags(keys::GLOBAL, "Settings").chain(rare).map(|arg| arg.global(true)))
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for SettingFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self(take_flags(matches, keys::GLOBAL.iter().chain(keys::CONTEXT.iter()).chain(keys::IDENTITY))))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        Self::from_arg_matches(matches).map(|flags| *self = flags)
    }
}

impl Args for ArtifactFlags {
    fn augment_args(command: clap::Command) -> clap::Command {
        command.args(flags(keys::ARTIFACT, "About the artifact"))
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for ArtifactFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self(take_flags(matches, keys::ARTIFACT.iter())))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        Self::from_arg_matches(matches).map(|flags| *self = flags)
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_arguments_are_well_formed() {
        super::Cli::command().debug_assert();
    }
}
