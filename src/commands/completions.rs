//! `completions`: prints completions for a shell.

use anyhow::Result;
use clap_complete::{Shell, generate};

use crate::cli;
use crate::exit_code::ExitCode;
use crate::report::Console;

pub(super) fn completions(shell: Shell, console: &mut Console) -> Result<ExitCode> {
    let mut script = Vec::new();
    generate(shell, &mut cli::definition(), "buildhook", &mut script);
    console.print_verbatim(|out| out.write_all(&script));
    Ok(ExitCode::Success)
}
