//! Writes the manual page and the completions for shells into a folder, for releases: the program does not carry them.
//!
//!     cargo run --example pages -- FOLDER

use std::io;
use std::path::PathBuf;

use clap_complete::{Shell, generate_to};

fn main() -> io::Result<()> {
    let folder = PathBuf::from(std::env::args_os().nth(1).unwrap_or_else(|| "target/pages".into()));
    std::fs::create_dir_all(&folder)?;
    clap_mangen::generate_to(buildhook::cli::definition(), &folder)?;
    for shell in [Shell::Bash, Shell::Elvish, Shell::Fish, Shell::PowerShell, Shell::Zsh] {
        generate_to(shell, &mut buildhook::cli::definition(), "buildhook", &folder)?;
    }
    Ok(())
}
