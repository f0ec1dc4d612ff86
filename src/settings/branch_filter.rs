//! Which branches' events an endpoint gets.

use std::fmt;

use glob::Pattern;

use super::setting::{Setting, unexpected};
use super::{Mistake, RawSetting};
use crate::ci::Context;

/// Patterns of branches: those that include, and those with `!` that exclude.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BranchFilter {
    included: Vec<Pattern>,
    excluded: Vec<Pattern>,
}

impl BranchFilter {
    /// All branches.
    pub const ALL: Self = Self { included: Vec::new(), excluded: Vec::new() };

    /// Whether the events of this build are included.
    ///
    /// A pull request may come from a fork, which can call its branch as it likes, and a tag is no branch: only `*` includes
    /// them. Patterns that exclude hold for pull requests, too.
    pub fn matches(&self, context: &Context) -> bool {
        let branch = context.git.branch.as_deref();
        let is_branch = context.git.tag.is_none() && context.pull_request.number.is_none();
        let matches = |pattern: &Pattern| branch.is_some_and(|branch| pattern.matches(branch));
        let includes = |pattern: &Pattern| pattern.as_str() == "*" || (is_branch && matches(pattern));
        (self.included.is_empty() || self.included.iter().any(includes)) && !self.excludes(context)
    }

    /// Whether a pattern with `!` excludes the branch.
    pub fn excludes(&self, context: &Context) -> bool {
        let branch = context.git.branch.as_deref();
        let matches = |pattern: &Pattern| branch.is_some_and(|branch| pattern.matches(branch));
        self.excluded.iter().any(matches)
    }
}

/// Patterns, separated by commas; `*` matches slashes too. Patterns with `!` alone include the rest.
impl Setting for BranchFilter {
    const PLACEHOLDER: &'static str = "BRANCHES";
    const EXPECTED: &'static str = "patterns of branches, such as `main`, `release/*` or `!dependabot/*`";

    fn parse(text: &str) -> Option<Self> {
        Self::read(&RawSetting::text(text, "")).ok()
    }

    fn read(raw: &RawSetting) -> Result<Self, Mistake> {
        let mut filter = Self::ALL;
        let items = raw.items().ok_or_else(|| unexpected::<Self>(raw, None))?;
        if items == ["*"] {
            return Ok(filter);
        }
        for item in items {
            let (list, text) = match item.strip_prefix('!') {
                Some(rest) => (&mut filter.excluded, rest),
                None => (&mut filter.included, item),
            };
            let pattern = Pattern::new(text).ok().filter(|_| !text.is_empty());
            list.push(pattern.ok_or_else(|| unexpected::<Self>(raw, Some(item)))?);
        }
        Ok(filter)
    }
}

/// The patterns, separated by commas, or `all`.
impl fmt::Display for BranchFilter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let included = self.included.iter().map(|pattern| pattern.as_str().to_owned());
        let excluded = self.excluded.iter().map(|pattern| format!("!{}", pattern.as_str()));
        let patterns: Vec<String> = included.chain(excluded).collect();
        formatter.write_str(if patterns.is_empty() { "all".to_owned() } else { patterns.join(", ") }.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ci::Sourced;

    #[test]
    fn branches_are_matched_by_patterns_and_others_by_the_asterisk_alone() {
        let branch = |name: &str| {
            let mut context = Context::default();
            context.git.branch = Some(Sourced::new(name, ""));
            context
        };
        let mut pull_request = branch("main");
        pull_request.pull_request.number = Some(Sourced::new("7", ""));
        let mut tag = Context::default();
        tag.git.tag = Some(Sourced::new("v1", ""));
        for (patterns, expected) in [
            // main, release/1/x, dependabot/x, a pull request from `main`, a tag
            ("", [true, true, true, true, true]),
            ("*", [true, true, true, true, true]),
            ("main", [true, false, false, false, false]),
            ("main, release/*", [true, true, false, false, false]),
            ("!dependabot/*", [true, true, false, true, true]),
            ("*, !main", [false, true, true, false, true]),
            ("**", [true, true, true, false, false]),
        ] {
            let filter = BranchFilter::parse(patterns).unwrap();
            let found = [
                branch("main"),
                branch("release/1/x"),
                branch("dependabot/x"),
                pull_request.clone(),
                tag.clone(),
            ]
            .map(|context| filter.matches(&context));
            assert_eq!(found, expected, "{patterns}");
        }
        for wrong in ["!", "a/[", "a***"] {
            assert_eq!(BranchFilter::parse(wrong), None, "{wrong}");
        }
    }
}
