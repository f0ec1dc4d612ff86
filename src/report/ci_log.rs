//! What the log and the pages of a CI show beyond plain lines: annotations, folded details, a summary, outputs.
//!
//! GitHub: <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>, GitLab:
//! <https://docs.gitlab.com/ci/jobs/job_logs/#custom-collapsible-sections>. Everything from outside is escaped for where it
//! goes, so that neither a branch nor a response can give commands.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::PathBuf;

use jiff::Timestamp;

use super::{Console, human_duration, printable};
use crate::ci::LogDialect;
use crate::delivery::Outcome;
use crate::settings::LogLevel;
use crate::system::System;

/// The name of the folded part.
const SECTION: &str = "buildhook_details";

/// What a CI's log understands.
#[derive(Debug)]
pub enum CiLog {
    /// GitHub Actions, and those that imitate it.
    GitHub {
        /// The page of the step, Markdown.
        summary: Option<PathBuf>,
        /// What later steps can read.
        output: Option<PathBuf>,
    },
    /// GitLab CI.
    GitLab,
    /// Plain lines.
    Plain,
}

impl CiLog {
    /// The log that this process writes to.
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

    /// Tells what became of deliveries: an annotation for each that failed, the details folded, a table in the summary.
    /// `is_fatal` says whether the command fails over them.
    pub fn deliveries(&self, outcomes: &[Outcome], is_fatal: bool, now: Timestamp, console: &mut Console) {
        if outcomes.is_empty() {
            return;
        }
        if let Self::GitHub { summary, .. } = self {
            for outcome in outcomes.iter().filter(|outcome| !outcome.is_delivered()) {
                let command = if is_fatal { "error" } else { "warning" };
                let error = outcome.error.as_deref().unwrap_or("not delivered");
                let text = format!("{}: {}: {error}", outcome.endpoint, outcome.event);
                let _ = writeln!(
                    console.err,
                    "::{command} title=buildhook::{}",
                    github_escaped(&printable(&text))
                );
            }
            if let Some(path) = summary
                && let Err(error) = append(path, &table(outcomes))
            {
                console.warning(&format!("the summary of the step cannot be written: {error}"));
            }
        }
        if console.level < LogLevel::Info {
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
        let details: String = outcomes.iter().map(details).collect();
        console.write(&format!("{start}\n{details}{end}\n"));
    }

    /// Sets what later steps can read, where the CI has that. `delimiter` is a text that is in none of the values.
    pub fn outputs(&self, values: &[(&str, String)], delimiter: &str, console: &mut Console) {
        let Self::GitHub { output: Some(path), .. } = self else { return };
        let lines: String = values
            .iter()
            .map(|(name, value)| format!("{name}<<{delimiter}\n{value}\n{delimiter}\n"))
            .collect();
        if let Err(error) = append(path, &lines) {
            console.warning(&format!("the outputs of the step cannot be written: {error}"));
        }
    }

    /// Writes something as it is, of which the log must take nothing for a command. `token` is a text that is not in it.
    pub fn verbatim(&self, token: &str, console: &mut Console, write: impl FnOnce(&mut Console)) {
        let is_github = matches!(self, Self::GitHub { .. });
        if is_github {
            console.print(&format!("::stop-commands::{token}"));
        }
        write(console);
        if is_github {
            console.print(&format!("::{token}::"));
        }
    }
}

/// Each line begins with a text of ours: what begins with `::` is a command for GitHub.
fn details(outcome: &Outcome) -> String {
    let (endpoint, event) = (printable(&outcome.endpoint), printable(&outcome.event));
    let mut text = format!("{event} to {endpoint}, delivery {}\n", printable(&outcome.delivery));
    for (number, attempt) in (1..).zip(&outcome.history) {
        let result = match (&attempt.error, attempt.response_code) {
            (Some(error), _) => printable(error).into_owned(),
            (None, code) => code.unwrap_or_default().to_string(),
        };
        let took = human_duration(attempt.duration);
        text.push_str(&format!("- attempt {number} at {} took {took}: {result}\n", attempt.at));
    }
    let response = outcome.response.as_deref().map(str::trim).filter(|text| !text.is_empty());
    if let Some(response) = response.filter(|_| !outcome.is_delivered()) {
        text.push_str(&format!("- response: {}\n", printable(response)));
    }
    text
}

/// The deliveries as a table in Markdown.
fn table(outcomes: &[Outcome]) -> String {
    let mut text =
        "### buildhook\n\n| | event | endpoint | result | attempts |\n| --- | --- | --- | --- | --- |\n"
            .to_owned();
    for outcome in outcomes {
        let mark = if outcome.is_delivered() { "✓" } else { "✗" };
        let result = match (&outcome.error, outcome.response_code) {
            (Some(error), _) => error.clone(),
            (None, code) => code.unwrap_or_default().to_string(),
        };
        let [event, endpoint, result] =
            [&outcome.event, &outcome.endpoint, &result].map(|text| markdown_escaped(text));
        text.push_str(&format!("| {mark} | {event} | {endpoint} | {result} | {} |\n", outcome.attempts));
    }
    text.push('\n');
    text
}

/// The value of a workflow command.
fn github_escaped(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Text that means nothing in Markdown and HTML: punctuation that might is written by its number.
fn markdown_escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in printable(text).chars() {
        if c.is_ascii_punctuation() && !"./-,;?%='".contains(c) {
            escaped.push_str(&format!("&#{};", u32::from(c)));
        } else {
            escaped.push(c);
        }
    }
    escaped
}

fn append(path: &PathBuf, text: &str) -> io::Result<()> {
    OpenOptions::new().append(true).create(true).open(path)?.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_something_is_escaped_for_where_it_goes() {
        assert_eq!(github_escaped("50 %\r\n::error::x"), "50 %25%0D%0A::error::x");
        assert_eq!(markdown_escaped("a|b<c>[x](y)"), "a&#124;b&#60;c&#62;&#91;x&#93;&#40;y&#41;");
        assert_eq!(markdown_escaped("ünï ✓"), "ünï ✓");
    }
}
