//! The variants of sample events.

use crate::ci::BuildStatus;
use crate::cli::Case;

/// What starts the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    PullRequest,
    Fork,
    Push,
    Tag,
}

/// What the user chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) status: BuildStatus,
    pub(super) start: Start,
    pub(super) is_matrix: bool,
    pub(super) is_ipa: bool,
}

impl Choice {
    /// Combines the cases. Of two that exclude each other, the last one counts.
    pub(super) fn new(cases: &[Case]) -> Self {
        let mut choice =
            Self { status: BuildStatus::Success, start: Start::PullRequest, is_matrix: false, is_ipa: false };
        for case in cases {
            match case {
                Case::Success => choice.status = BuildStatus::Success,
                Case::Failed => choice.status = BuildStatus::Failed,
                Case::Aborted => choice.status = BuildStatus::Aborted,
                Case::Skipped => choice.status = BuildStatus::AbortedWithSuccess,
                Case::PullRequest => choice.start = Start::PullRequest,
                Case::Fork => choice.start = Start::Fork,
                Case::Push => choice.start = Start::Push,
                Case::Tag => choice.start = Start::Tag,
                Case::Matrix => choice.is_matrix = true,
                Case::Apk => choice.is_ipa = false,
                Case::Ipa => choice.is_ipa = true,
            }
        }
        choice
    }
}
