//! The commands as clap defines them: names, descriptions, and how their arguments are read.

use clap::builder::Resettable;
use clap::{Arg, ArgMatches, Args, FromArgMatches};

use super::setting_flags::{ABOUT_SETTINGS, flags, some_flags, with_settings};
use super::{
    Command, CompletionsArgs, CreatedArgs, DeliveriesArgs, DoctorArgs, FinishedArgs, InspectArgs, JsonFlag,
    ListenArgs, ManArgs, PromotionArgs, RedeliverFlags, ReleaseArgs, RunArgs, SampleArgs, SendFlags,
    VerifyArgs,
};
use crate::settings::ArtifactOptions;

const ABOUT_RUN: &str = "Exits with the command's exit code. Signals are passed on to the command; SIGINT, SIGTERM and SIGHUP abort the \
    build. The command does not get variables with URLs, secrets or configuration.";

const ABOUT_DOCTOR: &str = "Connects to each endpoint: name, proxy, TLS, certificate. Sends nothing without --ping. \
    A ping is not recorded and not retried, whatever the filters of the endpoint.\n\n\
    Exit codes, whatever fail_on_error is: 2 the configuration has a mistake; 3 an endpoint cannot be reached, or refuses the ping.";

/// A command as it is defined. Its flags are added only if it is used: otherwise they would take half of the instructions of an event.
pub(super) struct Definition {
    pub(super) name: &'static str,
    about: &'static str,
    pub(super) has_settings: bool,
    add_flags: fn(clap::Command) -> clap::Command,
    /// Reads the arguments, without the settings.
    pub(super) read: fn(&ArgMatches) -> Result<Command, clap::Error>,
}

pub(super) const DEFINITIONS: [Definition; 20] = [
    Definition {
        name: "triggered",
        about: "Send build/triggered when a build starts",
        has_settings: true,
        add_flags: with_all::<SendFlags>,
        read: |matches| SendFlags::from_arg_matches(matches).map(Command::Triggered),
    },
    Definition {
        name: "finished",
        about: "Send build/finished with the result of a build",
        has_settings: true,
        add_flags: |command| {
            let artifact =
                flags(ArtifactOptions::KEYS, "Artifact options").map(|arg| arg.hide_short_help(true));
            let own = |order| {
                move |arg: Arg| {
                    arg.hide_short_help(false).help_heading(Resettable::Reset).display_order(order)
                }
            };
            with_settings(with::<FinishedArgs>(command).args(artifact))
                .mut_arg("status", own(0))
                .mut_arg("artifacts", own(1))
                .mut_arg("needs", own(1))
        },
        read: |matches| FinishedArgs::from_arg_matches(matches).map(Command::Finished),
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
            const HELP: &str = "Stream to move the builds to: at most 12 letters, digits, `_`, `-` and `+`";
            with_settings(command.args(some_flags(&[("stream", Some(HELP))], "Build options")))
        },
        read: |matches| PromotionArgs::from_arg_matches(matches).map(Command::Moved),
    },
    Definition {
        name: "labeled",
        about: "Send build.label.added for each label",
        has_settings: true,
        add_flags: |command| {
            let command = with::<PromotionArgs>(command);
            with_settings(command.args(some_flags(&[("labels", None)], "Build options")))
        },
        read: |matches| PromotionArgs::from_arg_matches(matches).map(Command::Labeled),
    },
    Definition {
        name: "release",
        about: "Send release.created or release.updated",
        has_settings: true,
        add_flags: |command| {
            let names = &[
                ("version", Some("Semantic version [default: the tag]")),
                ("title", None),
                ("notes", Some("Notes, Markdown [default: from the CI's release]")),
                ("notes_file", None),
                ("labels", None),
            ];
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
        add_flags: with_all::<JsonFlag>,
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
        add_flags: with_all::<DeliveriesArgs>,
        read: |matches| DeliveriesArgs::from_arg_matches(matches).map(Command::Deliveries),
    },
    Definition {
        name: "redeliver",
        about: "Resend deliveries with the same ids and body and a new signature",
        has_settings: true,
        add_flags: with_all::<RedeliverFlags>,
        read: |matches| RedeliverFlags::from_arg_matches(matches).map(Command::Redeliver),
    },
    Definition {
        name: "settings",
        about: "List all settings: flag, variable, default, value and its source",
        has_settings: true,
        add_flags: with_all::<JsonFlag>,
        read: |matches| JsonFlag::from_arg_matches(matches).map(Command::Settings),
    },
    Definition {
        name: "doctor",
        about: "Show what will happen here: the build, its ids, the state folder, each endpoint",
        has_settings: true,
        add_flags: |command| {
            let command = with_all::<DoctorArgs>(command);
            command.after_help(format!("{ABOUT_DOCTOR}\n\n{ABOUT_SETTINGS}"))
        },
        read: |matches| DoctorArgs::from_arg_matches(matches).map(Command::Doctor),
    },
    Definition {
        name: "listen",
        about: "Receive events on this machine, and show what arrives",
        has_settings: false,
        add_flags: with::<ListenArgs>,
        read: |matches| ListenArgs::from_arg_matches(matches).map(Command::Listen),
    },
    Definition {
        name: "sample",
        about: "Print or send a realistic example of an event",
        has_settings: true,
        add_flags: with_all::<SampleArgs>,
        read: |matches| SampleArgs::from_arg_matches(matches).map(Command::Sample),
    },
    Definition {
        name: "verify",
        about: "Verify the signatures of a saved request with the secrets of BUILDHOOK_SECRET and the configuration",
        has_settings: false,
        add_flags: with::<VerifyArgs>,
        read: |matches| VerifyArgs::from_arg_matches(matches).map(Command::Verify),
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

/// Adds the arguments and the settings.
fn with_all<A: Args>(command: clap::Command) -> clap::Command {
    with_settings(with::<A>(command))
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
        .subcommand_required(true)
        .arg_required_else_help(true)
        .after_help(
            "Try `buildhook demo` first. Configure with BUILDHOOK_ variables, TOML or flags: at least BUILDHOOK_URL, and \
             BUILDHOOK_SECRET to sign.\n\n\
             Exit codes: 0 done; 1 error; 2 wrong usage or configuration; 3 an event could not be delivered.",
        )
        .subcommands(DEFINITIONS.map(command))
}
