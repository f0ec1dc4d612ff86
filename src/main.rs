//! Arguments in, exit code out.

use std::process::ExitCode;

use buildhook::{cli, commands, system::System};

#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

fn main() -> ExitCode {
    let exit_code = match cli::parse(std::env::args_os()) {
        Ok(cli) => commands::run(cli, &System::from_process()),
        Err(exit_code) => exit_code,
    };
    exit_code.into()
}
