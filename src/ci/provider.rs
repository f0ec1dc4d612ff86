//! The declaration of a CI, one per file in `providers/`.

use std::cell::RefCell;

use super::marker::Marker;
use super::variables::Variables;
use super::{BuildStatus, Context, FieldType, Forge, LogDialect, Release, Sourced};
use crate::system::Environment;

/// A CI.
#[derive(Debug)]
pub(super) struct Provider {
    /// Buildstash's build-source identifier, or one in the same style if Buildstash has none for this CI.
    pub(super) id: &'static str,
    /// The CI's name, as it writes it.
    pub(super) name: &'static str,
    /// Other names for it that are neither spellings of its id nor of its name.
    pub(super) aliases: &'static [&'static str],
    /// Prefixes of variables that mean the same, the preferred one first: a CI that was renamed sets two.
    pub(super) prefixes: &'static [&'static str],
    /// The job runs on this CI if any of these conditions holds.
    pub(super) markers: &'static [Marker],
    /// Fills the context from the variables, verbatim: `normalize.rs` handles what all CIs have in common.
    pub(super) read: fn(&Variables, &mut Context),
    /// Where the result of the build so far is; the first variable with a result counts.
    pub(super) result: &'static [ResultVariable],
    /// Advice if the result is unknown.
    pub(super) result_hint: Option<&'static str>,
    /// The service that hosts all repositories of this CI.
    pub(super) forge: Option<Forge>,
    /// The URL of an archived file of the workspace. May contain paths of fields of the context, `{origin}`
    /// (scheme and host of the job's page) and `{path}` (of the file in the workspace, percent-encoded).
    pub(super) artifact_url: Option<&'static str>,
    /// Where the result of the run before this one is.
    pub(super) previous_result: &'static [ResultVariable],
    /// Whether a run has a single job: then what the CI calls a job, a stage or a step is a part of it.
    pub(super) has_one_job: bool,
    /// The type of a run's number, which is any string for some CIs.
    pub(super) run_number: FieldType,
    /// The commands that its log understands.
    pub(super) log: LogDialect,
    /// The job's folder for temporary files.
    pub(super) temp_dir: Option<TempDir>,
    /// The machine or container of the job is thrown away with the job if any of these conditions holds.
    pub(super) discards_machine: &'static [Marker],
    /// It is kept if any of these conditions holds.
    pub(super) keeps_machine: &'static [Marker],
    /// Whether the steps of a job run in separate containers, which share nothing but the workspace.
    pub(super) shares_only_workspace: bool,
    /// Reads the release that the job runs for.
    pub(super) release: Option<fn(&Variables) -> Release>,
}

impl Provider {
    /// A CI that declares nothing optional.
    pub(super) const fn new(
        id: &'static str,
        name: &'static str,
        markers: &'static [Marker],
        read: fn(&Variables, &mut Context),
    ) -> Self {
        Self {
            id,
            name,
            aliases: &[],
            prefixes: &[],
            markers,
            read,
            result: &[],
            result_hint: None,
            forge: None,
            artifact_url: None,
            previous_result: &[],
            has_one_job: false,
            run_number: FieldType::Number,
            log: LogDialect::Plain,
            temp_dir: None,
            discards_machine: &[],
            keeps_machine: &[],
            shares_only_workspace: false,
            release: None,
        }
    }

    /// The variable that shows that the job runs on this CI.
    pub(super) fn detect(&self, environment: &Environment) -> Option<&'static str> {
        self.markers.iter().find_map(|marker| marker.find(environment))
    }

    /// Everything that the variables contain, except for `ignored` ones, before it is normalized.
    pub(super) fn read_context(
        &self,
        environment: &Environment,
        ignored: &[String],
        warnings: &mut Vec<String>,
    ) -> Context {
        let found_warnings = RefCell::new(std::mem::take(warnings));
        let env = Variables::new(environment, self.prefixes, &found_warnings).without(ignored);
        let mut context = Context::default();
        (self.read)(&env, &mut context);
        let result_of =
            |variables: &[ResultVariable]| variables.iter().find_map(|variable| variable.read(&env));
        context.status = result_of(self.result);
        context.previous_status = result_of(self.previous_result);
        *warnings = found_warnings.into_inner();
        context
    }
}

/// A folder for temporary files of the job.
#[derive(Debug)]
pub(super) struct TempDir {
    /// The variable with its path.
    pub(super) variable: &'static str,
    /// Whether the CI empties it after each job, on any machine.
    pub(super) is_emptied: bool,
}

/// A variable with the result of the build.
#[derive(Debug)]
pub(super) enum ResultVariable {
    /// A word such as `success`.
    Word(&'static str),
    /// A word that counts only if it is a failure.
    Failure(&'static str),
    /// An exit code or a similar number: 0 is success.
    ExitCode(&'static str),
    /// 0 is failure, any other number success.
    Succeeding(&'static str),
    /// Set if the build was cancelled.
    Cancelled(&'static str),
}

impl ResultVariable {
    /// The result, if the variable has one.
    pub(super) fn read(&self, env: &Variables) -> Option<Sourced> {
        let status = |name, parse: fn(&str) -> Option<BuildStatus>| {
            env.get(name)?.and_then(|value| Some(parse(value)?.to_string()))
        };
        let by_number = |value: &str, success_is_zero: bool| {
            let is_zero = value.parse::<i64>().ok()? == 0;
            Some(if is_zero == success_is_zero { BuildStatus::Success } else { BuildStatus::Failed })
        };
        match *self {
            Self::Word(name) => status(name, BuildStatus::parse),
            Self::Failure(name) => {
                status(name, |word| BuildStatus::parse(word).filter(|status| *status == BuildStatus::Failed))
            }
            Self::ExitCode(name) => env.get(name)?.and_then(|code| Some(by_number(code, true)?.to_string())),
            Self::Succeeding(name) => {
                env.get(name)?.and_then(|flag| Some(by_number(flag, false)?.to_string()))
            }
            Self::Cancelled(name) => env.if_set(name, BuildStatus::Aborted.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ResultVariable::{Cancelled, ExitCode, Failure, Succeeding, Word};
    use super::*;

    #[test]
    fn results_are_read_from_words_and_numbers() {
        let cases: &[(ResultVariable, &str, Option<&str>)] = &[
            (Word("X"), "passed", Some("success")),
            (Word("X"), "running", None),
            (Failure("X"), "failure", Some("failed")),
            (Failure("X"), "success", None),
            (ExitCode("X"), "0", Some("success")),
            (ExitCode("X"), "137", Some("failed")),
            (ExitCode("X"), "-1", Some("failed")),
            (ExitCode("X"), "unknown", None),
            (Succeeding("X"), "1", Some("success")),
            (Succeeding("X"), "0", Some("failed")),
            (Cancelled("X"), "true", Some("aborted")),
            (Cancelled("X"), "false", None),
            (Cancelled("X"), "", None),
        ];
        for (variable, value, expected) in cases {
            let environment = Environment::from_iter([("X", *value)]);
            let warnings = RefCell::default();
            let found = variable.read(&Variables::new(&environment, &[], &warnings));
            assert_eq!(found.as_deref(), *expected, "{variable:?} {value}");
        }
    }
}
