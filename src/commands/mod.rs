//! The commands, a file each, and what every one of them begins and ends with.

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
mod secret;
mod triggered;

use std::io;

use anyhow::Result;

use crate::cli::{Cli, Command, DeliveriesAction};
use crate::exit_code::ExitCode;
use crate::report::Console;
use crate::settings::{LogLevel, Mistake, RawSettings, Settings};
use crate::system::System;

/// Runs a command. Its result goes to stdout, all else to stderr.
pub fn run(cli: Cli, system: &System) -> ExitCode {
    let (mut out, mut err) = (io::stdout(), io::stderr());
    let mut console = Console { out: &mut out, err: &mut err, level: LogLevel::Info };
    match execute(cli, system, &mut console) {
        Ok(exit) => exit,
        Err(error) => {
            console.error(&format!("{error:#}"));
            if error.is::<Mistake>() { ExitCode::Misuse } else { ExitCode::Error }
        }
    }
}

fn execute(cli: Cli, system: &System, console: &mut Console) -> Result<ExitCode> {
    let flags = cli.flags;
    match cli.command {
        Command::Triggered(send) => {
            triggered::triggered(load(flags, system, console)?, send, system, console)
        }
        Command::Finished(send) => finished::finished(load(flags, system, console)?, send, system, console),
        Command::Created { files, save, send } => {
            created::created(&files, save.as_deref(), load(flags, system, console)?, send, system, console)
        }
        Command::Moved { builds, send } => {
            moved::moved(&builds.names, load(flags, system, console)?, send, system, console)
        }
        Command::Labeled { builds, send } => {
            labeled::labeled(&builds.names, load(flags, system, console)?, send, system, console)
        }
        Command::Release { step, builds, send } => {
            release::release(step, &builds.names, load(flags, system, console)?, send, system, console)
        }
        Command::Run { artifacts, command, send } => {
            run::run(&command, &artifacts, load(flags, system, console)?, send, system, console)
        }
        Command::Context { json } => context::context(load(flags, system, console)?, json, system, console),
        Command::Endpoints { check: true, json } => {
            endpoints::check(&load(flags, system, console)?, json, system, console)
        }
        Command::Endpoints { check: false, json } => {
            endpoints::endpoints(&load(flags, system, console)?, json, console)
        }
        Command::Deliveries { action, list } => deliveries::deliveries(
            action.unwrap_or(DeliveriesAction::List(list)),
            &load(flags, system, console)?,
            system,
            console,
        ),
        Command::Redeliver(which) => {
            redeliver::redeliver(&which, &load(flags, system, console)?, system, console)
        }
        Command::Inspect { files, json } => inspect::inspect(&files, json, system, console),
        Command::Secret => secret::secret(system, console),
        Command::Demo => demo::demo(system, console),
        Command::Completions { shell } => completions::completions(shell, console),
        Command::Man { dir } => man::man(dir.as_deref(), system, console),
    }
}

/// Secrets are in the memory of this process from here on: no core dump is written of it, and no other process of the
/// user may look into it. A command that `run` starts is not affected.
fn keep_memory_private() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        // Where it cannot be done, nothing is lost that others have.
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}

/// Reads the settings and tells what is odd about them.
fn load(flags: RawSettings, system: &System, console: &mut Console) -> Result<Settings> {
    keep_memory_private();
    let settings = Settings::load(flags, system)?;
    console.level = settings.general.log;
    for warning in &settings.warnings {
        console.warning(warning);
    }
    Ok(settings)
}
