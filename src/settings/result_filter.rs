//! Which results of builds an endpoint hears of.

use std::fmt;

use super::setting::{Setting, unexpected};
use super::{Mistake, RawSetting};
use crate::ci::BuildStatus;

/// Results of builds. Empty: all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResultFilter(Vec<BuildStatus>);

impl ResultFilter {
    /// All results.
    pub const ALL: Self = Self(Vec::new());

    /// Whether only some results are included.
    pub fn is_limited(&self) -> bool {
        !self.0.is_empty()
    }

    /// Whether the result is included.
    pub fn matches(&self, status: BuildStatus) -> bool {
        !self.is_limited() || self.0.contains(&status)
    }
}

/// Words for results, as in `--status`, separated by commas.
impl Setting for ResultFilter {
    const PLACEHOLDER: &'static str = "RESULTS";
    const EXPECTED: &'static str = "one or more of";

    fn words() -> Vec<&'static str> {
        use BuildStatus::{Aborted, AbortedWithSuccess, Failed, Success};
        [Success, Failed, Aborted, AbortedWithSuccess].map(BuildStatus::as_str).to_vec()
    }

    fn parse(text: &str) -> Option<Self> {
        Self::read(&RawSetting::text(text, "")).ok()
    }

    fn read(raw: &RawSetting) -> Result<Self, Mistake> {
        let words = raw.items().ok_or_else(|| unexpected::<Self>(raw, None))?;
        if words == ["*"] {
            return Ok(Self::ALL);
        }
        let status = |word| BuildStatus::parse(word).ok_or_else(|| unexpected::<Self>(raw, Some(word)));
        words.into_iter().map(status).collect::<Result<Vec<_>, _>>().map(Self)
    }
}

/// The results, separated by commas, or `all`.
impl fmt::Display for ResultFilter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.is_limited() {
            return formatter.write_str("all");
        }
        let words: Vec<_> = self.0.iter().map(|status| status.as_str()).collect();
        formatter.write_str(&words.join(", "))
    }
}
