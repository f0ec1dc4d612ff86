//! The result of a build, from the words that CIs have for it.

use std::fmt;

/// The result of a build. The numbers are Bitrise's `build_status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BuildStatus {
    /// It succeeded.
    Success = 1,
    /// It failed.
    Failed = 2,
    /// It was cancelled.
    Aborted = 3,
    /// It ended early and counts as a success: skipped or not needed.
    AbortedWithSuccess = 4,
}

impl BuildStatus {
    /// The documented words for [`BuildStatus::parse`], which knows those of the CIs too.
    pub const EXPECTED: &str = "success, failed, aborted or aborted-with-success";

    /// Parses these words and the CIs' words for them, in any case. `None` for unknown words, and for builds
    /// that are still running.
    pub fn parse(word: &str) -> Option<Self> {
        match word.trim().to_ascii_lowercase().replace(['_', ' '], "-").as_str() {
            "success"
            | "succeeded"
            | "successful"
            | "passed"
            | "ok"
            | "fixed"
            | "completed"
            | "finished"
            | "succeededwithissues"
            | "soft-failed"
            | "neutral" => Some(Self::Success),
            "failed" | "failure" | "error" | "errored" | "unstable" | "broken" | "startup-failure" => {
                Some(Self::Failed)
            }
            // GitHub marks what was not concluded within two weeks as stale.
            "aborted" | "cancelled" | "canceled" | "killed" | "stopped" | "terminated" | "timed-out"
            | "stale" => Some(Self::Aborted),
            "aborted-with-success" | "skipped" | "not-built" => Some(Self::AbortedWithSuccess),
            _ => None,
        }
    }

    /// The word for it on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failed => "failed",
            Self::Aborted => "aborted",
            Self::AbortedWithSuccess => "aborted-with-success",
        }
    }
}

impl fmt::Display for BuildStatus {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::BuildStatus::{self, *};

    #[test]
    fn words_of_all_cis_are_known() {
        for (words, status) in [
            (
                &["success", "SUCCESS", "Succeeded", "passed", "SucceededWithIssues", "neutral"][..],
                Some(Success),
            ),
            (&["failure", "failed", "FAILURE", "UNSTABLE", "errored", "startup_failure"], Some(Failed)),
            (&["cancelled", "canceled", "ABORTED", "timed_out", "stale"], Some(Aborted)),
            (&["aborted-with-success", "skipped", "NOT_BUILT"], Some(AbortedWithSuccess)),
            (&["running", "pending", "", "banana"], None),
        ] {
            for word in words {
                assert_eq!(BuildStatus::parse(word), status, "{word}");
            }
        }
        for status in [Success, Failed, Aborted, AbortedWithSuccess] {
            assert_eq!(BuildStatus::parse(status.as_str()), Some(status));
        }
    }
}
