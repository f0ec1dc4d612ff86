//! `deliveries page`: writes the page of all deliveries.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::browser;
use super::deliveries::no_deliveries;
use crate::ci;
use crate::delivery::Records;
use crate::report::{Page, PageSummary};
use crate::session::Session;

/// Writes the page to `file`, else into the state folder, and prints its path.
pub(super) fn write(
    records: &Records,
    file: Option<&Path>,
    opens: bool,
    session: &mut Session,
) -> Result<()> {
    let mut warnings = Vec::new();
    let mut summary = PageSummary::default();
    // The first of two visits, because the head of the page has the counts. Records may be larger than memory.
    records.visit(&session.settings.endpoints, &mut warnings, &mut |record| {
        summary.add(&record);
        ControlFlow::Continue(())
    });
    session.console.warnings(&warnings);
    if summary.is_empty() && file.is_none() {
        session.console.notice(&no_deliveries("", records));
        return Ok(());
    }
    let (context, system) = (session.settings.overrides.clone(), session.system);
    let context = ci::from_environment(system, context).context;
    summary.add_default_repository(context.git.repository.as_deref());

    let mut write = |file: &mut File| write_to(file, records, &summary, session);
    let (path, written): (PathBuf, _) = match file {
        // It contains payloads and responses.
        Some(file) => {
            let path = system.folder.join(file);
            let written =
                session.settings.file_rules.create_private(&path).and_then(|mut file| write(&mut file));
            (path, written.map_err(anyhow::Error::from))
        }
        None => {
            let path = records.page_path().context(
                "no state folder for the page; name a file to write: buildhook deliveries page FILE",
            )?;
            let written = records.write_page(&mut write);
            (path, written.context("name another file to write: buildhook deliveries page FILE"))
        }
    };
    written.with_context(|| format!("cannot write the page to {}", path.display()))?;
    session
        .console
        .print_with(|out| writeln!(out, "{}", crate::report::printable(&path.display().to_string())));
    if opens && let Err(reason) = browser::open(&path, system) {
        session.console.notice(&format!("page not opened: {reason}; open {} in a browser", path.display()));
    }
    Ok(())
}

fn write_to(file: &mut File, records: &Records, summary: &PageSummary, session: &Session) -> io::Result<()> {
    let mut out = BufWriter::new(file);
    let mut page =
        Page::begin(summary, &records.display(), records.state_dir(), session.system.now(), &mut out)?;
    let mut written = Ok(());
    records.visit(&session.settings.endpoints, &mut Vec::new(), &mut |record| {
        written = page.row(&record);
        if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    written?;
    page.end()?;
    out.flush()
}
