//! `man`: prints the manual page, or writes one for each command.

use std::path::Path;

use anyhow::{Context as _, Result};
use clap_mangen::Man;

use crate::cli;
use crate::exit_code::ExitCode;
use crate::report::Console;
use crate::system::System;

pub(super) fn man(dir: Option<&Path>, system: &System, console: &mut Console) -> Result<ExitCode> {
    match dir {
        None => {
            let page = Man::new(cli::definition());
            console.print_verbatim(|out| page.render(out));
        }
        Some(dir) => {
            let dir = system.folder.join(dir);
            write_pages(&dir)
                .with_context(|| format!("cannot write the manual pages to {}", dir.display()))?;
        }
    }
    Ok(ExitCode::Success)
}

fn write_pages(dir: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(dir)?;
    clap_mangen::generate_to(cli::definition(), dir)
}
