//! Arguments. The flags of settings come from the list of settings, [`keys`], not from here.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::Resettable;
use clap::{Arg, ArgAction, ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

use crate::exit_code::ExitCode;
use crate::settings::keys::{self, Key};
use crate::settings::{RawSetting, RawSettings};

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
    /// The settings that were given as flags.
    #[arg(skip)]
    pub flags: RawSettings,
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
        /// Save the builds to this file, for events to come
        #[arg(long, value_name = "FILE")]
        save: Option<PathBuf>,
        /// What is sent and shown.
        #[command(flatten)]
        send: SendFlags,
    },
    /// Send build.moved: a build goes to another stream
    Moved {
        /// What is moved.
        #[command(flatten)]
        builds: BuildFlags,
        /// What is sent and shown.
        #[command(flatten)]
        send: SendFlags,
    },
    /// Send build.label.added: a build gets a label
    Labeled {
        /// What gets the label.
        #[command(flatten)]
        builds: BuildFlags,
        /// What is sent and shown.
        #[command(flatten)]
        send: SendFlags,
    },
    /// Send release.created or release.updated
    Release {
        /// What happened to the release
        step: ReleaseStep,
        /// What is in it.
        #[command(flatten)]
        builds: BuildFlags,
        /// What is sent and shown.
        #[command(flatten)]
        send: SendFlags,
    },
    /// Send build/triggered, run a command, send build/finished with its result
    ///
    /// Ends with the command's own exit code. SIGINT, SIGTERM and SIGHUP are passed on to the command, and the
    /// build is reported as aborted.
    Run {
        /// Send build.created too, for these files, once the command has succeeded; may be repeated
        #[arg(long = "artifact", value_name = "GLOB")]
        artifacts: Vec<PathBuf>,
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
    /// Show what files say of themselves: type, platform, architectures, version
    Inspect {
        /// The files
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Show what was sent, and what came of it
    Deliveries {
        /// What to show
        #[command(subcommand)]
        action: Option<DeliveriesAction>,
    },
    /// Send again what was sent or should have been: the same ids, the same bytes, signed afresh
    Redeliver(RedeliverFlags),
    /// Show the configured webhooks
    Endpoints {
        /// Find out whether each can be reached: name, port, TLS and certificate, proxy. Posts nothing
        #[arg(long)]
        check: bool,
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

/// Builds that were sent before.
#[derive(Debug, Clone, Default, Args)]
pub struct BuildFlags {
    /// A build: an id that `created` printed, a file that it saved, or - for standard input; may be repeated
    #[arg(long = "build", value_name = "BUILD")]
    pub names: Vec<String>,
}

/// What happened to a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReleaseStep {
    /// It was made
    Created,
    /// It was changed
    Updated,
}

/// What to show of deliveries.
#[derive(Debug, Subcommand)]
pub enum DeliveriesAction {
    /// The newest ones, a line each (default)
    List {
        /// How many
        #[arg(long, value_name = "NUMBER", default_value_t = 20)]
        limit: usize,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// All of one: headers, payload, response, attempts
    Show {
        /// Its id, or the end of it
        id: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Write a page of HTML with all of them, to be opened in a browser
    Page {
        /// The file to write
        #[arg(long, value_name = "FILE", default_value = "deliveries.html")]
        out: PathBuf,
    },
}

impl Default for DeliveriesAction {
    fn default() -> Self {
        Self::List { limit: 20, json: false }
    }
}

/// Which deliveries are sent again.
#[derive(Debug, Args)]
pub struct RedeliverFlags {
    /// Ids of deliveries, or the ends of them
    #[arg(value_name = "ID")]
    pub ids: Vec<String>,
    /// All that are not delivered
    #[arg(long)]
    pub failed: bool,
    /// With --failed: only those since then, such as 2h, 3d or 2025-11-17T19:00:00Z
    #[arg(long, value_name = "TIME", requires = "failed")]
    pub since: Option<String>,
    /// Only those for this endpoint
    #[arg(long, value_name = "NAME")]
    pub endpoint: Option<String>,
    /// Print each request and send nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Print the results, one line of JSON for each
    #[arg(long)]
    pub json: bool,
}

/// Reads the arguments. `Err` is for help and for mistakes, which are printed already.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Cli, ExitCode> {
    read(arguments).map_err(|error| {
        // Nothing better can be done when even this cannot be printed.
        let _ = error.print();
        if error.use_stderr() { ExitCode::Misuse } else { ExitCode::Success }
    })
}

fn read(arguments: impl IntoIterator<Item = OsString>) -> Result<Cli, clap::Error> {
    let matches = definition().try_get_matches_from(arguments)?;
    let mut cli = Cli::from_arg_matches(&matches)?;
    if let Some((name, matches)) = matches.subcommand()
        && settings_of(name).is_some()
    {
        cli.flags = take_flags(matches);
    }
    Ok(cli)
}

/// The commands with the flags of their settings. Those are put in only when their command is the one that runs:
/// to make them all would take longer than to send an event.
pub fn definition() -> clap::Command {
    Cli::command().mut_subcommands(|command| match settings_of(command.get_name()) {
        Some(add_flags) => command.defer(add_flags),
        None => command,
    })
}

/// What puts the flags of its settings into a command, if it has any.
fn settings_of(command: &str) -> Option<fn(clap::Command) -> clap::Command> {
    match command {
        "inspect" | "secret" | "demo" => None,
        "run" => Some(|command| {
            let artifact = flags(keys::ARTIFACT, "About the artifact").map(|arg| arg.hide_short_help(true));
            with_settings(command.args(artifact))
        }),
        "created" => Some(|command| with_settings(command.args(flags(keys::ARTIFACT, "About the artifact")))),
        "moved" => Some(|command| with_settings(command.args(some_flags(&["stream"], "About the build")))),
        "labeled" => Some(|command| with_settings(command.args(some_flags(&["labels"], "About the build")))),
        "release" => Some(|command| {
            let names = &["version", "title", "notes", "notes_file", "labels"];
            with_settings(command.args(some_flags(names, "About the release")))
        }),
        "finished" => Some(|command| {
            with_settings(command)
                .mut_arg("status", |status| status.hide_short_help(false).help_heading(Resettable::Reset))
        }),
        _ => Some(with_settings),
    }
}

fn with_settings(command: clap::Command) -> clap::Command {
    let detected = flags(&keys::CONTEXT, "Instead of what is detected");
    let derived = flags(keys::IDENTITY, "Instead of ids that are derived");
    let rare = detected.chain(derived).map(|arg| arg.hide_short_help(true));
    command.args(flags(keys::GLOBAL, "Settings").chain(rare))
}

/// Flags of some settings of artifacts and releases.
fn some_flags(names: &'static [&'static str], heading: &'static str) -> impl Iterator<Item = Arg> {
    let all = flags(keys::ARTIFACT, heading).chain(flags(keys::RELEASE, heading));
    all.filter(|arg| names.contains(&arg.get_id().as_str()))
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

/// The settings among the arguments of a command. Parts of a list become one.
fn take_flags(matches: &ArgMatches) -> RawSettings {
    let mut entries = RawSettings::default();
    for key in keys::top_level() {
        if let Ok(Some(values)) = matches.try_get_many::<String>(key.name) {
            let text: Vec<&str> = values.map(String::as_str).collect();
            entries.insert(key.name, RawSetting::text(text.join(","), format!("--{}", keys::flag(key.name))));
        }
    }
    entries
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_arguments_are_well_formed() {
        super::definition().debug_assert();
    }
}
