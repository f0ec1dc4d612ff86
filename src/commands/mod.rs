//! The commands: one file each, which reads from top to bottom like the way of an event.

mod browser;
mod completions;
mod context;
mod created;
mod deliveries;
mod deliveries_page;
mod demo;
mod doctor;
mod finished;
mod inspect;
mod json;
mod labeled;
mod listen;
mod man;
mod moved;
mod redeliver;
mod release;
mod run;
mod sample;
mod secret;
mod settings;
mod since;
mod triggered;
mod verify;

use std::io;

use anyhow::{Error, Result};

use crate::artifact;
use crate::cli::{
    Cli, Command, CompletionsArgs, CreatedArgs, DeliveriesAction, DeliveriesArgs, FinishedArgs, InspectArgs,
    JsonFlag, ManArgs, PromotionArgs, ReleaseArgs, RunArgs,
};
use crate::exit_code::ExitCode;
use crate::report::{CiLog, Console};
use crate::session::{self, Artifacts, Session};
use crate::settings::{ACTION_EVENT, LogLevel, Mistake, RawSettings, Settings};
use crate::system::System;

/// Runs a command. Its result goes to stdout, messages go to stderr.
pub fn run(cli: Cli, system: &System) -> ExitCode {
    let (out, err) = (Box::new(io::stdout()), Box::new(io::stderr()));
    let mut console =
        Console { out, err, level: LogLevel::Info, annotates: CiLog::annotates_messages(system) };
    let (sends, flags) = (sends(&cli.command), cli.flags.clone());
    let is_last_step = is_last_step(&cli.command, system);
    execute(cli, is_last_step, system, &mut console).unwrap_or_else(|error| {
        let text = format!("{error:#}");
        if is_last_step && first_step_reported(&error) {
            console.annotates = false;
        }
        let exit_code = if error.is::<Mistake>() { ExitCode::Misuse } else { ExitCode::Error };
        match Tolerance::detect(exit_code, &flags, system) {
            Tolerance::None => console.error(&text),
            _ if !sends => console.error(&text),
            Tolerance::Warning => {
                console.warning(&text);
                return ExitCode::Success;
            }
            Tolerance::Error => {
                console.error(&text);
                return ExitCode::Success;
            }
        }
        exit_code
    })
}

/// How an error that ends a command is reported if it is not to fail the job.
enum Tolerance {
    /// It fails the job.
    None,
    /// As a warning.
    Warning,
    /// As an error.
    Error,
}

impl Tolerance {
    /// The Action fails a job only if the user sets `fail_on_error`. Any other command tolerates mistakes in its configuration if the
    /// user turns that off by a flag or variable. The file does not count: it may contain the mistake.
    fn detect(exit_code: ExitCode, flags: &RawSettings, system: &System) -> Self {
        let name = "fail_on_error";
        if system.environment.get(ACTION_EVENT).is_some() {
            let is_fatal = Settings::switch(name, flags, system) == Some(true);
            return if is_fatal { Self::None } else { Self::Error };
        }
        let is_tolerated = Settings::switch_outside_file(name, flags, system) == Some(false);
        if is_tolerated && exit_code == ExitCode::Misuse { Self::Warning } else { Self::None }
    }
}

/// Whether this is the last step of the Action's event `auto`.
fn is_last_step(command: &Command, system: &System) -> bool {
    matches!(command, Command::Finished(_)) && system.environment.get(ACTION_EVENT) == Some("auto")
}

/// Whether the first step of the Action reported the same mistake. It has the same settings, but no result of the job.
fn first_step_reported(error: &Error) -> bool {
    match error.downcast_ref() {
        Some(Mistake::BadValue { origin, .. }) => {
            !["input status", "BUILDHOOK_STATUS"].contains(&origin.as_str())
        }
        Some(Mistake::NoStatus { .. }) | None => false,
        Some(_) => true,
    }
}

/// Whether a command sends events.
fn sends(command: &Command) -> bool {
    matches!(
        command,
        Command::Triggered(_)
            | Command::Finished(_)
            | Command::Created(_)
            | Command::Moved(_)
            | Command::Labeled(_)
            | Command::Release(_)
            | Command::Redeliver(_)
    )
}

fn execute(cli: Cli, is_last_step: bool, system: &System, console: &mut Console) -> Result<ExitCode> {
    let Cli { command, flags } = cli;
    // `run` and `doctor` load the settings later, commands without settings do not load any.
    let own_flags = flags.clone();
    let open = || Session::open(flags, is_last_step, system, console);
    match command {
        Command::Triggered(send) => triggered::triggered(open()?, send),
        Command::Finished(FinishedArgs { artifacts, save, send }) => {
            finished::finished(Artifacts::new(artifacts, save, system), open()?, send)
        }
        Command::Created(CreatedArgs { files, save, send }) => {
            created::created(&Artifacts::new(files, save, system), open()?, send)
        }
        Command::Moved(PromotionArgs { builds, send }) => moved::moved(&builds.names, open()?, send),
        Command::Labeled(PromotionArgs { builds, send }) => labeled::labeled(&builds.names, open()?, send),
        Command::Release(ReleaseArgs { step, builds, send }) => {
            release::release(step, &builds.names, open()?, send)
        }
        Command::Run(RunArgs { end: FinishedArgs { artifacts, save, send }, command }) => {
            session::silence();
            let artifacts = Artifacts::new(artifacts, save, system);
            run::run(&command, artifacts, &own_flags, send, system, console)
        }
        Command::Context(JsonFlag { json }) => context::context(open()?, json),
        Command::Settings(JsonFlag { json }) => settings::settings(open()?, json),
        Command::Doctor(args) => doctor::doctor(own_flags, args, system, console),
        Command::Deliveries(DeliveriesArgs { action, list }) => {
            deliveries::deliveries(action.unwrap_or(DeliveriesAction::List(list)), open()?)
        }
        Command::Redeliver(flags) => redeliver::redeliver(&flags, open()?),
        Command::Inspect(InspectArgs { files, json }) => inspect::inspect(&files, json, system, console),
        Command::ReadDetails => {
            artifact::read_details(io::stdin(), io::stdout())?;
            Ok(ExitCode::Success)
        }
        Command::Listen(args) => listen::listen(args, system, console),
        Command::Sample(args) => sample::sample(&args, own_flags, system, console),
        Command::Verify(args) => verify::verify(&args, system, console),
        Command::Secret => secret::secret(system, console),
        Command::Demo => demo::demo(system, console),
        Command::Completions(CompletionsArgs { shell }) => completions::completions(shell, console),
        Command::Man(ManArgs { dir }) => man::man(dir.as_deref(), system, console),
    }
}
