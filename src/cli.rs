//! The command line: commands and their arguments.

mod definition;
mod receiving;
mod setting_flags;

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::parser::ValueSource;
use clap::{Args, Subcommand, ValueEnum};
use clap_complete::Shell;

pub use definition::definition;
pub use receiving::{Case, ListenArgs, Respond, SampleArgs, Tolerance, VerifyArgs};

use crate::artifact;
use crate::exit_code::ExitCode;
use crate::report::{printable, printable_line, wrapped_help};
use crate::settings::groups::endpoint_variable;
use crate::settings::{RawSettings, nearest};
use definition::DEFINITIONS;
use setting_flags::take_flags;

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
    Finished(FinishedArgs),
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
    /// Show what will happen here.
    Doctor(DoctorArgs),
    /// Show events that arrive.
    Listen(ListenArgs),
    /// Print or send an example of an event.
    Sample(SampleArgs),
    /// Verify a saved request.
    Verify(VerifyArgs),
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

/// Arguments of `finished`, which `run` has too.
#[derive(Debug, Args)]
pub struct FinishedArgs {
    /// Also send build.created for these files if the result is success; can be repeated
    #[arg(long = "artifact", value_name = "GLOB", value_parser = path_or_empty())]
    pub artifacts: Vec<PathBuf>,
    /// Save the builds to this file for later events [env: BUILDHOOK_SAVE]
    #[arg(long, value_name = "FILE", value_parser = path_or_empty())]
    pub save: Option<PathBuf>,
    /// Output.
    #[command(flatten)]
    pub send: SendFlags,
}

/// A path, or nothing, such as the value of a variable that is not set. clap takes an empty path for a mistake.
fn path_or_empty() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().map(PathBuf::from)
}

/// Arguments of `created`.
#[derive(Debug, Args)]
pub struct CreatedArgs {
    /// The artifacts; each becomes a separate build
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Save the builds to this file for later events [env: BUILDHOOK_SAVE]
    #[arg(long, value_name = "FILE", value_parser = path_or_empty())]
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
    /// Artifacts and output.
    #[command(flatten)]
    pub end: FinishedArgs,
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

/// Arguments of `doctor`.
#[derive(Debug, Clone, Copy, Args)]
pub struct DoctorArgs {
    /// Send a signed `ping` event to each endpoint and show the answer; with two secrets, also one signed by each alone
    #[arg(long)]
    pub ping: bool,
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
    #[arg(long, conflicts_with = "dry_run")]
    pub json: bool,
    /// Show signatures in the output of --dry-run
    #[arg(long, requires = "dry_run")]
    pub show_signatures: bool,
}

/// Builds that were sent earlier.
#[derive(Debug, Clone, Default, Args)]
pub struct BuildFlags {
    /// A build: an id that `created` printed, a file that it saved, or - for standard input; can be repeated [env: BUILDHOOK_BUILD]
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
        /// The file to write; by default, a file in the state folder
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
        /// Open the page in the browser
        #[arg(long)]
        open: bool,
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
    #[arg(long, value_name = "FILE", conflicts_with_all = ["ids", "failed", "since", "dry_run"])]
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
    #[arg(long, conflicts_with = "dry_run")]
    pub json: bool,
}

/// Parses the arguments. `Err` is the exit code after help or an error, which is already printed.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Cli, ExitCode> {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    if matches!(arguments.as_slice(), [_, only] if only == artifact::COMMAND) {
        return Ok(Cli { command: Command::ReadDetails, flags: RawSettings::default() });
    }
    read(arguments).map_err(|mut error| {
        improve_tip(&mut error);
        if error.use_stderr() {
            // It repeats arguments, which may be a branch name or a title.
            for line in error.render().to_string().lines() {
                // If this cannot be printed, neither can an error about it.
                let _ = writeln!(io::stderr(), "{}", printable_line(&printable(line)));
            }
            return ExitCode::Misuse;
        }
        let _ = io::stdout().write_all(wrapped_help(&error.render().to_string()).as_bytes());
        ExitCode::Success
    })
}

/// Shows where the settings of endpoints belong, which have no flags, and drops the suggestion of a flag that is not similar.
fn improve_tip(error: &mut clap::Error) {
    let Some(ContextValue::String(argument)) = error.get(ContextKind::InvalidArg) else { return };
    if error.kind() != ErrorKind::UnknownArgument {
        return;
    }
    let name = argument.trim_start_matches('-').to_owned();
    if let Some(variable) = endpoint_variable(&name.replace('-', "_")) {
        error.remove(ContextKind::SuggestedArg);
        let tip = format!("the settings of endpoints are variables or TOML keys: {variable}");
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    } else if let Some(ContextValue::String(suggested)) = error.get(ContextKind::SuggestedArg)
        && nearest(&name, [suggested.trim_start_matches('-')].iter().copied()).is_none()
    {
        error.remove(ContextKind::SuggestedArg);
    }
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
