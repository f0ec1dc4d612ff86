//! The commands: one file each, which reads from top to bottom like the way of an event.

mod completions;
mod context;
mod created;
mod deliveries;
mod demo;
mod endpoints;
mod finished;
mod inspect;
mod labeled;
mod man;
mod moved;
mod redeliver;
mod release;
mod run;
mod saved_log;
mod secret;
mod settings;
mod since;
mod triggered;

use std::io;

use anyhow::Result;

use crate::artifact;
use crate::cli::{
    Cli, Command, CompletionsArgs, CreatedArgs, DeliveriesAction, DeliveriesArgs, EndpointsArgs, InspectArgs,
    JsonFlag, ManArgs, PromotionArgs, ReleaseArgs, RunArgs,
};
use crate::exit_code::ExitCode;
use crate::report::Console;
use crate::session::Session;
use crate::settings::{LogLevel, Mistake};
use crate::system::System;

/// Runs a command. Its result goes to stdout, messages go to stderr.
pub fn run(cli: Cli, system: &System) -> ExitCode {
    let (out, err) = (Box::new(io::stdout()), Box::new(io::stderr()));
    let mut console = Console { out, err, level: LogLevel::Info };
    match execute(cli, system, &mut console) {
        Ok(exit_code) => exit_code,
        Err(error) => {
            console.error(&format!("{error:#}"));
            if error.is::<Mistake>() { ExitCode::Misuse } else { ExitCode::Error }
        }
    }
}

fn execute(cli: Cli, system: &System, console: &mut Console) -> Result<ExitCode> {
    let Cli { command, flags } = cli;
    // `run` loads the settings later, commands without settings do not load any.
    let flags_of_run = flags.clone();
    let open = || Session::open(flags, system, console);
    match command {
        Command::Triggered(send) => triggered::triggered(open()?, send),
        Command::Finished(send) => finished::finished(open()?, send),
        Command::Created(CreatedArgs { files, save, send }) => {
            created::created(&files, save.as_deref(), open()?, send)
        }
        Command::Moved(PromotionArgs { builds, send }) => moved::moved(&builds.names, open()?, send),
        Command::Labeled(PromotionArgs { builds, send }) => labeled::labeled(&builds.names, open()?, send),
        Command::Release(ReleaseArgs { step, builds, send }) => {
            release::release(step, &builds.names, open()?, send)
        }
        Command::Run(RunArgs { artifacts, command, send }) => {
            run::silence();
            run::run(&command, &artifacts, &flags_of_run, send, system, console)
        }
        Command::Context(JsonFlag { json }) => context::context(open()?, json),
        Command::Settings(JsonFlag { json }) => settings::settings(open()?, json),
        Command::Endpoints(EndpointsArgs { check: true, json }) => endpoints::check(open()?, json),
        Command::Endpoints(EndpointsArgs { check: false, json }) => endpoints::list(open()?, json),
        Command::Deliveries(DeliveriesArgs { action, list }) => {
            deliveries::deliveries(action.unwrap_or(DeliveriesAction::List(list)), open()?)
        }
        Command::Redeliver(flags) => redeliver::redeliver(&flags, open()?),
        Command::Inspect(InspectArgs { files, json }) => inspect::inspect(&files, json, system, console),
        Command::ReadDetails => {
            artifact::read_details(io::stdin(), io::stdout())?;
            Ok(ExitCode::Success)
        }
        Command::Secret => secret::secret(system, console),
        Command::Demo => demo::demo(system, console),
        Command::Completions(CompletionsArgs { shell }) => completions::completions(shell, console),
        Command::Man(ManArgs { dir }) => man::man(dir.as_deref(), system, console),
    }
}
