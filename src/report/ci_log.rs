//! CI features beyond plain log lines: annotations, collapsed sections, step summaries and outputs.
//!
//! GitHub: <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>, GitLab:
//! <https://docs.gitlab.com/ci/jobs/job_logs/#custom-collapsible-sections>. Text from outside is escaped for each
//! format, so that neither a branch name nor a response can inject commands.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::{Console, Heading, date_time, human_duration, markdown, printable};
use crate::ci::LogDialect;
use crate::delivery::Outcome;
use crate::file_rules;
use crate::settings::{ACTION_EVENT, LogLevel};
use crate::system::System;

/// Id of the collapsed section in GitLab logs.
const SECTION: &str = "buildhook_details";

/// The features of the CI's log.
#[derive(Debug)]
pub enum CiLog {
    /// GitHub Actions and compatible CIs.
    GitHub {
        /// File for the step summary, Markdown.
        summary: Option<PathBuf>,
        /// File for the step outputs.
        output: Option<PathBuf>,
    },
    /// GitLab CI.
    GitLab,
    /// Plain lines only.
    Plain,
}

impl CiLog {
    /// The log of the current CI.
    pub fn detect(system: &System) -> Self {
        let environment = &system.environment;
        let file = |name| environment.get(name).map(PathBuf::from);
        match LogDialect::detect(environment) {
            LogDialect::GitHub => {
                Self::GitHub { summary: file("GITHUB_STEP_SUMMARY"), output: file("GITHUB_OUTPUT") }
            }
            LogDialect::GitLab => Self::GitLab,
            LogDialect::Plain => Self::Plain,
        }
    }

    /// Whether messages are annotations: in the steps of the Action, but not in shell steps.
    pub fn annotates_messages(system: &System) -> bool {
        let environment = &system.environment;
        environment.get(ACTION_EVENT).is_some() && LogDialect::detect(environment) == LogDialect::GitHub
    }

    /// Whether there is a step summary.
    pub fn has_summary(&self) -> bool {
        matches!(self, Self::GitHub { summary: Some(_), .. })
    }

    /// Writes a table of deliveries into the step summary, if the CI has one.
    pub fn summarize(&self, heading: &Heading, outcomes: &[Outcome], console: &mut Console) {
        let Self::GitHub { summary: Some(path), .. } = self else { return };
        if let Err(error) = append(path, &markdown::table(heading, outcomes)) {
            console.warning(&format!("cannot write the step summary: {error}"));
        }
    }

    /// Reports deliveries: an annotation for each failure, and a collapsed section with what their lines leave out, if there
    /// is anything. Annotations are errors if failures are fatal to the command, else warnings.
    pub fn deliveries(&self, outcomes: &[Outcome], is_fatal: bool, now: Timestamp, console: &mut Console) {
        if let Self::GitHub { .. } = self {
            for outcome in outcomes.iter().filter(|outcome| !outcome.is_delivered()) {
                console.write(&failure(outcome, is_fatal));
            }
        }
        let details: String = outcomes.iter().filter_map(details).collect();
        if details.is_empty() || console.level < LogLevel::Info {
            return;
        }
        let seconds = now.as_second();
        let (start, end) = match self {
            Self::GitHub { .. } => ("::group::buildhook: details".to_owned(), "::endgroup::".to_owned()),
            Self::GitLab => (
                format!(
                    "\x1b[0Ksection_start:{seconds}:{SECTION}[collapsed=true]\r\x1b[0Kbuildhook: details"
                ),
                format!("\x1b[0Ksection_end:{seconds}:{SECTION}\r\x1b[0K"),
            ),
            Self::Plain => return,
        };
        console.write(&format!("{start}\n{details}{end}\n"));
    }

    /// Whether steps have outputs.
    pub fn has_outputs(&self) -> bool {
        matches!(self, Self::GitHub { output: Some(_), .. })
    }

    /// Sets step outputs, if the CI has them. The values must not contain `delimiter`.
    pub fn outputs(&self, values: &[(&str, String)], delimiter: &str, console: &mut Console) {
        let Self::GitHub { output: Some(path), .. } = self else { return };
        let lines: String = values
            .iter()
            .map(|(name, value)| format!("{name}<<{delimiter}\n{value}\n{delimiter}\n"))
            .collect();
        if let Err(error) = append(path, &lines) {
            console.warning(&format!("cannot write the step outputs: {error}"));
        }
    }
}

/// The GitHub annotation for a failed delivery.
fn failure(outcome: &Outcome, is_fatal: bool) -> String {
    let kind = if is_fatal { "error" } else { "warning" };
    let Outcome { endpoint, .. } = outcome;
    let text = format!("not delivered to {endpoint}: {}: {}", outcome.event_and_subject(), outcome.result());
    annotation(kind, &text)
}

/// An annotation of GitHub: an `error`, a `warning` or a `notice`.
pub(super) fn annotation(kind: &str, text: &str) -> String {
    format!("::{kind} title=buildhook::{}\n", command_value(&printable(text)))
}

/// Escapes the value of a GitHub workflow command.
fn command_value(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The attempts of a delivery if there are several, with each error where it first appears, and the response if it failed. `None` if its line has everything. No line
/// starts with text from outside, because GitHub takes lines that start with `::` as commands.
fn details(outcome: &Outcome) -> Option<String> {
    let mut lines = Vec::new();
    if outcome.history.len() > 1 {
        let mut last_error = None;
        for (number, attempt) in (1..).zip(&outcome.history) {
            let (at, duration, result) =
                (date_time(attempt.at), human_duration(attempt.duration), attempt.result());
            let is_new = attempt.error.is_none() || last_error != Some(&attempt.error);
            last_error = Some(&attempt.error);
            let result = if is_new { format!(": {}", printable(&result)) } else { String::new() };
            lines.push(format!("- attempt {number} at {at} took {duration}{result}"));
        }
    }
    if !outcome.is_delivered() {
        let headers = outcome.history.last().map(|attempt| &attempt.response_headers);
        // These help no one to find out what went wrong.
        let is_shown = |name: &str| !["content-length", "date"].contains(&name);
        for (name, value) in headers.into_iter().flatten().filter(|(name, _)| is_shown(name)) {
            lines.push(format!("- response header {}: {}", printable(name), printable(value)));
        }
        let response = outcome.response.as_deref().map(str::trim).filter(|text| !text.is_empty());
        lines.extend(response.map(|response| format!("- response: {}", printable(response))));
    }
    if lines.is_empty() {
        return None;
    }
    let event = outcome.event_and_subject();
    let (event, endpoint) = (printable(&event), printable(&outcome.endpoint));
    let heading = format!("{event} to {endpoint}, delivery {}", printable(&outcome.delivery));
    Some(format!("{heading}\n{}\n", lines.join("\n")))
}

fn append(path: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    file_rules::open_regular_with(options, path)?.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::command_value;

    #[test]
    fn a_command_value_stays_on_one_line() {
        assert_eq!(command_value("50 %\r\n::error::x"), "50 %25%0D%0A::error::x");
    }
}
