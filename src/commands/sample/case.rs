//! The variants of sample events.

use clap::ValueEnum;

use crate::ci::BuildStatus;
use crate::cli::Case;
use crate::settings::Mistake;

/// What starts the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    PullRequest,
    Fork,
    Push,
    Tag,
}

/// The chosen variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) status: BuildStatus,
    pub(super) start: Start,
    pub(super) is_matrix: bool,
    pub(super) is_ipa: bool,
}

impl Choice {
    /// Combines the cases. Fails if two exclude each other.
    pub(super) fn new(cases: &[Case]) -> Result<Self, Mistake> {
        let (mut status, mut start, mut is_ipa, mut is_matrix) = (None, None, None, false);
        for case in cases {
            match case {
                Case::Success => choose(&mut status, *case, BuildStatus::Success)?,
                Case::Failed => choose(&mut status, *case, BuildStatus::Failed)?,
                Case::Aborted => choose(&mut status, *case, BuildStatus::Aborted)?,
                Case::Skipped => choose(&mut status, *case, BuildStatus::AbortedWithSuccess)?,
                Case::PullRequest => choose(&mut start, *case, Start::PullRequest)?,
                Case::Fork => choose(&mut start, *case, Start::Fork)?,
                Case::Push => choose(&mut start, *case, Start::Push)?,
                Case::Tag => choose(&mut start, *case, Start::Tag)?,
                Case::Matrix => is_matrix = true,
                Case::Apk => choose(&mut is_ipa, *case, false)?,
                Case::Ipa => choose(&mut is_ipa, *case, true)?,
            }
        }
        Ok(Self {
            status: status.map_or(BuildStatus::Success, |(_, status)| status),
            start: start.map_or(Start::PullRequest, |(_, start)| start),
            is_matrix,
            is_ipa: is_ipa.is_some_and(|(_, is_ipa)| is_ipa),
        })
    }
}

/// Chooses one of the cases that exclude each other.
fn choose<T>(chosen: &mut Option<(Case, T)>, case: Case, value: T) -> Result<(), Mistake> {
    match chosen {
        Some((other, _)) if *other != case => {
            let names = [*other, case].map(|case| {
                case.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
            });
            let [first, second] = names;
            Err(Mistake::Exclusive { origin: "--case".to_owned(), first, second })
        }
        _ => {
            *chosen = Some((case, value));
            Ok(())
        }
    }
}
