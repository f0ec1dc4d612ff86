//! The results of a run's jobs.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::ci::BuildStatus;

/// The result of one job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum JobResult {
    /// It succeeded.
    Success,
    /// It failed.
    Failed,
    /// It was cancelled.
    Aborted,
    /// It did not run.
    Skipped,
}

impl JobResult {
    /// Parses the words of the CIs, as [`BuildStatus::parse`] does. `None` for other words.
    pub fn parse(word: &str) -> Option<Self> {
        if word.trim().eq_ignore_ascii_case("skipped") {
            return Some(Self::Skipped);
        }
        Some(match BuildStatus::parse(word)? {
            BuildStatus::Success => Self::Success,
            BuildStatus::Failed => Self::Failed,
            BuildStatus::Aborted => Self::Aborted,
            BuildStatus::AbortedWithSuccess => Self::Skipped,
        })
    }

    /// The word in payloads.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failed => "failed",
            Self::Aborted => "aborted",
            Self::Skipped => "skipped",
        }
    }
}

/// Jobs by name, each with its result.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Jobs(pub Vec<(String, JobResult)>);

impl Jobs {
    /// The result of the run: failed if any job failed, else aborted if any was cancelled. Skipped jobs do not count, unless no
    /// other ran: then the run was skipped.
    pub fn status(&self) -> BuildStatus {
        let has = |result| self.with(result).next().is_some();
        if has(JobResult::Failed) {
            BuildStatus::Failed
        } else if has(JobResult::Aborted) {
            BuildStatus::Aborted
        } else if has(JobResult::Success) {
            BuildStatus::Success
        } else {
            BuildStatus::AbortedWithSuccess
        }
    }

    /// The names of the jobs with this result.
    pub fn with(&self, result: JobResult) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(_, found)| *found == result).map(|(name, _)| name.as_str())
    }

    /// Names and results as a JSON object.
    pub fn to_object(&self) -> Map<String, Value> {
        self.0.iter().map(|(name, result)| (name.clone(), Value::from(result.as_str()))).collect()
    }
}
