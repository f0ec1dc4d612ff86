//! The command line. Flags of settings follow from their declarations in [`settings`](crate::settings).

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::builder::Resettable;
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Args, FromArgMatches, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::artifact;
use crate::exit_code::ExitCode;
use crate::report::{printable, printable_line};
use crate::settings::groups::{OVERRIDES, top_level};
use crate::settings::{
    ArtifactOptions, Flag, General, IdSettings, JobOptions, Key, RawSetting, RawSettings, ReleaseOptions,
};

/// The parsed command line.
#[derive(Debug)]
pub struct Cli {
    /// The command.
    pub command: Command,
    /// The settings among the flags.
    pub flags: RawSettings,
}

/// The commands.
#[derive(Debug)]
pub enum Command {
    /// Send build/triggered.
    Triggered(SendFlags),
    /// Send build/finished.
    Finished(SendFlags),
    /// Send build.created.
    Created(CreatedArgs),
    /// Send build.moved.
    Moved(PromotionArgs),
    /// Send build.label.added.
    Labeled(PromotionArgs),
    /// Send release.created or release.updated.
    Release(ReleaseArgs),
    /// Send build/triggered, run a command, send build/finished.
    Run(RunArgs),
    /// Show what was detected.
    Context(JsonFlag),
    /// Show the metadata of files.
    Inspect(InspectArgs),
    /// List deliveries, or show one.
    Deliveries(DeliveriesArgs),
    /// Resend deliveries.
    Redeliver(RedeliverFlags),
    /// List the settings.
    Settings(JsonFlag),
    /// Show the endpoints.
    Endpoints(EndpointsArgs),
    /// Generate a signing secret.
    Secret,
    /// Send three events to a local receiver.
    Demo,
    /// Read the details of files for another process of this program. Not part of the command line.
    ReadDetails,
    /// Print shell completions.
    Completions(CompletionsArgs),
    /// Print the manual page.
    Man(ManArgs),
}

/// A command as it is defined. Its flags are added only if it is used: that is half of the time of a command that sends an event.
struct Definition {
    name: &'static str,
    about: &'static str,
    has_settings: bool,
    add_flags: fn(clap::Command) -> clap::Command,
    read: fn(&ArgMatches) -> Result<Command, clap::Error>,
}

const DEFINITIONS: [Definition; 17] = [
    Definition {
        name: "triggered",
        about: "Send build/triggered when a build starts",
        has_settings: true,
        add_flags: |command| with_settings(with::<SendFlags>(command)),
        read: |matches| SendFlags::from_arg_matches(matches).map(Command::Triggered),
    },
    Definition {
        name: "finished",
        about: "Send build/finished with the result of a build",
        has_settings: true,
        add_flags: |command| {
            with_settings(with::<SendFlags>(command))
                .mut_arg("status", |status| status.hide_short_help(false).help_heading(Resettable::Reset))
                .mut_arg("needs", |needs| needs.hide_short_help(false).help_heading(Resettable::Reset))
        },
        read: |matches| SendFlags::from_arg_matches(matches).map(Command::Finished),
    },
    Definition {
        name: "created",
        about: "Send build.created for artifacts",
        has_settings: true,
        add_flags: |command| {
            let command = with::<CreatedArgs>(command);
            with_settings(command.args(flags(ArtifactOptions::KEYS, "Artifact options")))
        },
        read: |matches| CreatedArgs::from_arg_matches(matches).map(Command::Created),
    },
    Definition {
        name: "moved",
        about: "Send build.moved when a build moves to another stream",
        has_settings: true,
        add_flags: |command| {
            let command = with::<PromotionArgs>(command);
            with_settings(command.args(some_flags(&["stream"], "Build options")))
        },
        read: |matches| PromotionArgs::from_arg_matches(matches).map(Command::Moved),
    },
    Definition {
        name: "labeled",
        about: "Send build.label.added for each label",
        has_settings: true,
        add_flags: |command| {
            let command = with::<PromotionArgs>(command);
            with_settings(command.args(some_flags(&["labels"], "Build options")))
        },
        read: |matches| PromotionArgs::from_arg_matches(matches).map(Command::Labeled),
    },
    Definition {
        name: "release",
        about: "Send release.created or release.updated",
        has_settings: true,
        add_flags: |command| {
            let names = &["version", "title", "notes", "notes_file", "labels"];
            let command = with::<ReleaseArgs>(command);
            with_settings(command.args(some_flags(names, "Release options")))
        },
        read: |matches| ReleaseArgs::from_arg_matches(matches).map(Command::Release),
    },
    Definition {
        name: "run",
        about: "Send build/triggered, run a command, send build/finished with its result",
        has_settings: true,
        add_flags: |command| {
            let artifact =
                flags(ArtifactOptions::KEYS, "Artifact options").map(|arg| arg.hide_short_help(true));
            let command = with::<RunArgs>(command).args(artifact);
            with_settings(command).after_help(format!("{ABOUT_RUN}\n\n{ABOUT_SETTINGS}"))
        },
        read: |matches| RunArgs::from_arg_matches(matches).map(Command::Run),
    },
    Definition {
        name: "context",
        about: "Show what was detected about the pipeline, and where each value came from",
        has_settings: true,
        add_flags: |command| with_settings(with::<JsonFlag>(command)),
        read: |matches| JsonFlag::from_arg_matches(matches).map(Command::Context),
    },
    Definition {
        name: "inspect",
        about: "Show the metadata of files: type, platform, architectures, version",
        has_settings: false,
        add_flags: with::<InspectArgs>,
        read: |matches| InspectArgs::from_arg_matches(matches).map(Command::Inspect),
    },
    Definition {
        name: "deliveries",
        about: "List the latest deliveries, or show one in full",
        has_settings: true,
        add_flags: |command| with_settings(with::<DeliveriesArgs>(command)),
        read: |matches| DeliveriesArgs::from_arg_matches(matches).map(Command::Deliveries),
    },
    Definition {
        name: "redeliver",
        about: "Resend deliveries with the same ids and body and a new signature",
        has_settings: true,
        add_flags: |command| with_settings(with::<RedeliverFlags>(command)),
        read: |matches| RedeliverFlags::from_arg_matches(matches).map(Command::Redeliver),
    },
    Definition {
        name: "settings",
        about: "List all settings: flag, variable, default, value and its source",
        has_settings: true,
        add_flags: |command| with_settings(with::<JsonFlag>(command)),
        read: |matches| JsonFlag::from_arg_matches(matches).map(Command::Settings),
    },
    Definition {
        name: "endpoints",
        about: "Show the configured endpoints",
        has_settings: true,
        add_flags: |command| with_settings(with::<EndpointsArgs>(command)),
        read: |matches| EndpointsArgs::from_arg_matches(matches).map(Command::Endpoints),
    },
    Definition {
        name: "secret",
        about: "Generate a signing secret",
        has_settings: false,
        add_flags: |command| command,
        read: |_| Ok(Command::Secret),
    },
    Definition {
        name: "demo",
        about: "Send three events to a local receiver and show what arrives",
        has_settings: false,
        add_flags: |command| command,
        read: |_| Ok(Command::Demo),
    },
    Definition {
        name: "completions",
        about: "Print shell completions",
        has_settings: false,
        add_flags: with::<CompletionsArgs>,
        read: |matches| CompletionsArgs::from_arg_matches(matches).map(Command::Completions),
    },
    Definition {
        name: "man",
        about: "Print the manual page",
        has_settings: false,
        add_flags: with::<ManArgs>,
        read: |matches| ManArgs::from_arg_matches(matches).map(Command::Man),
    },
];

/// Adds the arguments. The description stays that of the command, not that of its arguments.
fn with<A: Args>(command: clap::Command) -> clap::Command {
    let about = command.get_about().cloned().unwrap_or_default();
    A::augment_args(command).about(about).long_about(None)
}

/// Arguments of `created`.
#[derive(Debug, Args)]
pub struct CreatedArgs {
    /// The artifacts; each becomes a separate build
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Save the builds to this file for later events
    #[arg(long, value_name = "FILE")]
    pub save: Option<PathBuf>,
    /// Output.
    #[command(flatten)]
    pub send: SendFlags,
}

/// Arguments of `moved` and `labeled`.
#[derive(Debug, Args)]
pub struct PromotionArgs {
    /// The builds that change.
    #[command(flatten)]
    pub builds: BuildFlags,
    /// Output.
    #[command(flatten)]
    pub send: SendFlags,
}

/// Arguments of `release`.
#[derive(Debug, Args)]
pub struct ReleaseArgs {
    /// Whether the release is new
    pub step: ReleaseStep,
    /// The builds of the release.
    #[command(flatten)]
    pub builds: BuildFlags,
    /// Output.
    #[command(flatten)]
    pub send: SendFlags,
}

/// Arguments of `run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// Also send build.created for these files if the command succeeds; can be repeated
    #[arg(long = "artifact", value_name = "GLOB")]
    pub artifacts: Vec<PathBuf>,
    /// Output.
    #[command(flatten)]
    pub send: SendFlags,
    /// The command and its arguments, after `--`
    #[arg(last = true, required = true, value_name = "COMMAND")]
    pub command: Vec<OsString>,
}

/// Arguments of commands that only print.
#[derive(Debug, Clone, Copy, Args)]
pub struct JsonFlag {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `inspect`.
#[derive(Debug, Args)]
pub struct InspectArgs {
    /// The files
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `deliveries`.
#[derive(Debug, Args)]
pub struct DeliveriesArgs {
    /// A list by default
    #[command(subcommand)]
    pub action: Option<DeliveriesAction>,
    /// Flags of `list`, which can be omitted
    #[command(flatten)]
    pub list: ListFlags,
}

/// Arguments of `endpoints`.
#[derive(Debug, Clone, Copy, Args)]
pub struct EndpointsArgs {
    /// Check that each endpoint is reachable (name, port, TLS, certificate, proxy), without sending
    /// anything
    #[arg(long)]
    pub check: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `completions`.
#[derive(Debug, Clone, Copy, Args)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: Shell,
}

/// Arguments of `man`.
#[derive(Debug, Args)]
pub struct ManArgs {
    /// Write a page for each command to this directory instead
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
}

/// Output.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct SendFlags {
    /// Print each request without sending it
    #[arg(long)]
    pub dry_run: bool,
    /// Print the result as one line of JSON per event
    #[arg(long)]
    pub json: bool,
    /// Show signatures in the output of --dry-run
    #[arg(long, requires = "dry_run")]
    pub show_signatures: bool,
}

/// Builds that were sent earlier.
#[derive(Debug, Clone, Default, Args)]
pub struct BuildFlags {
    /// A build: an id that `created` printed, a file that it saved, or - for standard input; can be repeated
    #[arg(long = "build", value_name = "BUILD")]
    pub names: Vec<String>,
}

/// Whether a release is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReleaseStep {
    /// A new release
    Created,
    /// A changed release
    Updated,
}

/// What `deliveries` shows.
#[derive(Debug, Subcommand)]
pub enum DeliveriesAction {
    /// List the latest deliveries (default)
    List(ListFlags),
    /// Show one delivery: headers, body, response, attempts
    Show {
        /// The id, or its last characters
        id: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Write an HTML page with all deliveries
    Page {
        /// The file to write
        #[arg(long, value_name = "FILE", default_value = "deliveries.html")]
        out: PathBuf,
    },
}

/// Options of the list of deliveries.
#[derive(Debug, Clone, Args)]
pub struct ListFlags {
    /// Number of deliveries
    #[arg(long, value_name = "NUMBER", default_value_t = 20)]
    pub limit: usize,
    /// Only deliveries that did not arrive
    #[arg(long)]
    pub failed: bool,
    /// Only deliveries to this endpoint
    #[arg(long, value_name = "NAME")]
    pub endpoint: Option<String>,
    /// Only deliveries of this event, such as build/finished
    #[arg(long, value_name = "NAME")]
    pub event: Option<String>,
    /// Only deliveries since this time, such as 2h, 1d or 2025-11-17T19:00:00Z
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// The names of [`ListFlags`].
const LIST_FLAGS: [&str; 6] = ["limit", "failed", "endpoint", "event", "since", "json"];

/// Which deliveries to resend.
#[derive(Debug, Args)]
pub struct RedeliverFlags {
    /// Ids of deliveries, or their last characters
    #[arg(value_name = "ID")]
    pub ids: Vec<String>,
    /// All undelivered deliveries of the last 3 days; older ones need their id
    #[arg(long, conflicts_with = "ids")]
    pub failed: bool,
    /// All undelivered events of the last 3 days in this saved log, or in standard input (-); see BUILDHOOK_LOG_UNDELIVERED
    #[arg(long, value_name = "FILE", conflicts_with_all = ["ids", "failed", "dry_run"])]
    pub from: Option<PathBuf>,
    /// With --failed: only deliveries since this time, such as 2h, 1d or 2025-11-17T19:00:00Z
    #[arg(long, value_name = "TIME", requires = "failed")]
    pub since: Option<String>,
    /// Only deliveries to this endpoint
    #[arg(long, value_name = "NAME")]
    pub endpoint: Option<String>,
    /// Send to this endpoint, whichever the deliveries were for, such as one that was renamed
    #[arg(long, value_name = "NAME")]
    pub to: Option<String>,
    /// Print each request without sending it
    #[arg(long)]
    pub dry_run: bool,
    /// Print the results as one line of JSON per delivery
    #[arg(long)]
    pub json: bool,
}

/// Parses the arguments. `Err` is the exit code after help or an error, which is already printed.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Cli, ExitCode> {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    if matches!(arguments.as_slice(), [_, only] if only == artifact::COMMAND) {
        return Ok(Cli { command: Command::ReadDetails, flags: RawSettings::default() });
    }
    read(arguments).map_err(|error| {
        if error.use_stderr() {
            // It repeats arguments, which may be a branch name or a title.
            for line in error.render().to_string().lines() {
                // If this cannot be printed, neither can an error about it.
                let _ = writeln!(io::stderr(), "{}", printable_line(&printable(line)));
            }
            return ExitCode::Misuse;
        }
        let _ = error.print();
        ExitCode::Success
    })
}

fn read(arguments: impl IntoIterator<Item = OsString>) -> Result<Cli, clap::Error> {
    let matches = definition().try_get_matches_from(arguments)?;
    let found = matches.subcommand().and_then(|(name, matches)| {
        Some((DEFINITIONS.iter().find(|command| command.name == name)?, matches))
    });
    let missing = || definition().error(ErrorKind::MissingSubcommand, "a command is missing");
    let (command, matches) = found.ok_or_else(missing)?;
    let flags = if command.has_settings { take_flags(matches) } else { RawSettings::default() };
    let command = (command.read)(matches)?;
    if let Command::Deliveries(DeliveriesArgs { action: Some(_), .. }) = &command {
        // NOTE: `args_conflicts_with_subcommands` would refuse `deliveries --state-dir DIR show ID` too.
        let is_given = |flag| matches.value_source(flag) == Some(ValueSource::CommandLine);
        if LIST_FLAGS.into_iter().any(is_given) {
            let message = "pass the flags of the list after the subcommand of `deliveries`";
            return Err(definition().error(ErrorKind::ArgumentConflict, message));
        }
    }
    Ok(Cli { command, flags })
}

/// The definition of the command line, for parsing, completions and the manual.
pub fn definition() -> clap::Command {
    let command = |definition: Definition| {
        let command = clap::Command::new(definition.name).about(definition.about);
        // Those with settings have their own.
        command.disable_help_flag(definition.has_settings).defer(definition.add_flags)
    };
    clap::Command::new("buildhook")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Send signed webhooks from any CI")
        .max_term_width(100)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .after_help(
            "Try `buildhook demo` first. Configure with BUILDHOOK_ variables, TOML or flags: at least BUILDHOOK_URL, and \
             BUILDHOOK_SECRET to sign.\n\n\
             Exit codes: 0 done; 1 error; 2 wrong usage or configuration; 3 an event could not be delivered.",
        )
        .subcommands(DEFINITIONS.map(command))
}

const ABOUT_SETTINGS: &str = "Each setting is a flag, a variable such as BUILDHOOK_STATE_DIR, and a key of the TOML configuration. \
    `buildhook settings` lists all of them.";
const ABOUT_RUN: &str = "Exits with the command's exit code. Signals are passed on to the command; SIGINT, SIGTERM and SIGHUP abort the \
    build. The command does not get variables with URLs, secrets or configuration.";

/// Adds the flags of all settings. Help shows those that matter to the command; the others are in the manual.
fn with_settings(command: clap::Command) -> clap::Command {
    let shown = shown_settings(command.get_name());
    let general = flags(General::KEYS, "Settings").map(|arg| {
        let is_shown = shown.contains(&arg.get_id().as_str());
        arg.hide_short_help(!is_shown)
    });
    let detected = flags(&OVERRIDES, "Override detected values");
    let ids = flags(IdSettings::KEYS, "Override generated ids");
    let jobs = flags(JobOptions::KEYS, "Facts about jobs");
    let rare = detected.chain(jobs).chain(ids).map(|arg| arg.hide_short_help(true));
    // `--help` is as short as `-h`: it fits on a screen.
    let help = Arg::new("help").short('h').long("help").action(ArgAction::HelpShort).help("Print help");
    command.arg(help).args(general.chain(rare)).after_help(ABOUT_SETTINGS)
}

/// The settings that matter to a command.
fn shown_settings(command: &str) -> &'static [&'static str] {
    match command {
        "context" | "settings" => &["config", "log"],
        "deliveries" => &["config", "state_dir", "log"],
        "endpoints" => &["config", "timeout", "ca_file", "log"],
        "redeliver" => &[
            "config",
            "state_dir",
            "fail_on_error",
            "timeout",
            "retries",
            "deadline",
            "log_undelivered",
            "log",
        ],
        "run" => &[
            "config",
            "state_dir",
            "fail_on_error",
            "timeout",
            "retries",
            "deadline",
            "log_undelivered",
            "scope",
            "fields",
            "pass_settings",
            "log",
        ],
        _ => &[
            "config",
            "state_dir",
            "fail_on_error",
            "timeout",
            "retries",
            "deadline",
            "log_undelivered",
            "scope",
            "fields",
            "log",
        ],
    }
}

/// Flags of some options of artifacts and releases.
fn some_flags(names: &'static [&'static str], heading: &'static str) -> impl Iterator<Item = Arg> {
    let all = flags(ArtifactOptions::KEYS, heading).chain(flags(ReleaseOptions::KEYS, heading));
    all.filter(|arg| names.contains(&arg.get_id().as_str()))
}

/// A flag for each setting.
fn flags(keys: &[Key], heading: &'static str) -> impl Iterator<Item = Arg> {
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
fn take_flags(matches: &ArgMatches) -> RawSettings {
    let mut settings = RawSettings::default();
    for key in top_level() {
        if let Ok(Some(values)) = matches.try_get_many::<String>(key.name) {
            let text: Vec<&str> = values.map(String::as_str).collect();
            settings.insert(key.name, RawSetting::text(text.join(","), format!("--{}", key.flag_name())));
        }
    }
    settings
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_arguments_are_well_formed() {
        super::definition().debug_assert();
    }

    #[test]
    fn an_alias_differs_from_its_flag() {
        let mut definition = super::definition();
        definition.build();
        for command in definition.get_subcommands() {
            for arg in command.get_arguments() {
                let aliases = arg.get_all_aliases().unwrap_or_default();
                assert!(!aliases.iter().any(|alias| Some(*alias) == arg.get_long()), "{aliases:?}");
            }
        }
    }
}
