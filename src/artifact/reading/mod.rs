//! Reading the details of files that an outsider may have made.
//!
//! Each file has a [`Budget`], which alone guarantees that reading it takes little time and memory. As a second
//! barrier, a child process reads the files: whatever a file does to it costs no more than the details of that file.

mod answer;
mod child;
mod limits;
mod process;

use std::panic::catch_unwind;
use std::path::Path;

use super::budget::{Budget, MAX_STEPS, Source};
use super::format::{self, FileFormat};
use super::reports::Reports;
use super::{Damage, Details, catalog};
use crate::file_rules;

pub use child::{COMMAND, read_details};
pub(super) use process::DetailsReader;

/// What reading a file resulted in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The details, and why parts of the content are missing from them.
    Read(Box<Details>, Vec<String>),
    /// Why the content is invalid.
    Damaged(String),
    /// Why reading it was given up.
    GivenUp(String),
}

/// The format of a file by its name.
pub(super) fn format_of(path: &Path) -> &'static FileFormat {
    let filename = path.file_name().unwrap_or_default().to_string_lossy();
    format::by_extension(&extension(&filename))
}

/// The extension that decides the format: that of the file type, else everything after the last dot.
pub(super) fn extension(filename: &str) -> String {
    match catalog::find_filetype(filename) {
        Some(filetype) => filetype.extension.to_owned(),
        None => filename.rsplit('.').next().unwrap_or_default().to_ascii_lowercase(),
    }
}

/// Reads a file in this process. A panic costs only the details.
fn read(path: &Path) -> Outcome {
    let read = catch_unwind(|| read_within_budget(path));
    read.unwrap_or_else(|_| Outcome::GivenUp("an internal error occurred; please report it".to_owned()))
}

fn read_within_budget(path: &Path) -> Outcome {
    let format = format_of(path);
    let file = match file_rules::open_regular(path) {
        Ok(file) => file,
        Err(error) => return Outcome::Damaged(error.to_string()),
    };
    let (budget, reports) = (Budget::new(), Reports::default());
    let result = (format.read)(&mut Source::with_reports(file, budget.clone(), reports.clone()));
    if budget.is_used_up() {
        let millions = MAX_STEPS / 1_000_000;
        return Outcome::GivenUp(format!("reading them took more than {millions} million steps"));
    }
    match result {
        Ok(details) => Outcome::Read(Box::new(details), reports.take()),
        Err(Damage(reason)) => {
            let mut reasons = reports.take();
            reasons.push(reason);
            Outcome::Damaged(reasons.join("; "))
        }
    }
}
