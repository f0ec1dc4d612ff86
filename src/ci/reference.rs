//! What a git reference names, in the many spellings of CIs.

/// A reference without its prefixes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference {
    /// A branch by its bare name, which may contain slashes.
    Branch(String),
    /// A tag by its bare name.
    Tag(String),
    /// The CI's own reference to a pull or merge request, by its number.
    PullRequest(String),
    /// No branch and no tag: a detached head.
    Detached,
}

impl Reference {
    /// Reads `refs/heads/main`, `origin/main`, `refs/tags/v1`, `origin/tags/v1`, `refs/pull/7/merge`, `detached`
    /// or a bare branch name. Prefixes are taken from the front only, so `feature/origin/x` stays whole.
    pub fn parse(text: &str) -> Self {
        let mut name = text.trim();
        loop {
            if let Some(tag) = name.strip_prefix("tags/") {
                return Self::Tag(tag.to_owned());
            }
            let shorter = ["refs/heads/", "refs/remotes/", "refs/tags/", "remotes/", "heads/", "origin/"]
                .iter()
                .find_map(|prefix| name.strip_prefix(prefix).map(|rest| (*prefix, rest)));
            match shorter {
                Some(("refs/tags/", tag)) => return Self::Tag(tag.to_owned()),
                Some((_, rest)) => name = rest,
                None => break,
            }
        }
        if let Some(number) = pull_request_number(name) {
            return Self::PullRequest(number.to_owned());
        }
        // `user:branch` is how forks are written; no branch has a colon in its name.
        let name = name.rsplit_once(':').map_or(name, |(_, branch)| branch);
        match name {
            "" | "HEAD" | "detached" | "(no branch)" => Self::Detached,
            _ => Self::Branch(name.to_owned()),
        }
    }

    /// The branch's name, if it is a branch.
    pub fn branch(self) -> Option<String> {
        match self {
            Self::Branch(name) => Some(name),
            _ => None,
        }
    }

    /// The tag's name, if it is a tag.
    pub fn tag(self) -> Option<String> {
        match self {
            Self::Tag(name) => Some(name),
            _ => None,
        }
    }
}

/// `refs/pull/7/merge`, `refs/pull/7/head`, `refs/merge-requests/7/head`, `refs/pull-requests/7/from`, `pull/7`,
/// `7/merge`, and the merge queue's `gh-readonly-queue/main/pr-7-SHA`.
fn pull_request_number(name: &str) -> Option<&str> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if let Some(queued) = name.strip_prefix("gh-readonly-queue/") {
        let number = queued.rsplit_once("/pr-")?.1.split('-').next()?;
        return digits(number).then_some(number);
    }
    let starts = ["refs/pull/", "refs/merge-requests/", "refs/pull-requests/", "pull/"];
    let rest = starts.iter().find_map(|start| name.strip_prefix(start));
    match rest {
        // Behind the number may stand what is checked out, and in some CIs a name for it after a colon.
        Some(rest) => rest.split('/').next().filter(|number| digits(number)),
        None => name.strip_suffix("/merge").filter(|number| digits(number)),
    }
}

#[cfg(test)]
mod tests {
    use super::Reference::{self, *};

    #[test]
    fn references_lose_their_prefixes_and_keep_their_kind() {
        let cases = [
            ("refs/heads/main", Branch("main".into())),
            ("refs/heads/feature/a/b", Branch("feature/a/b".into())),
            ("origin/main", Branch("main".into())),
            ("refs/remotes/origin/main", Branch("main".into())),
            ("remotes/origin/release/1.0", Branch("release/1.0".into())),
            ("feature/origin/x", Branch("feature/origin/x".into())),
            ("main", Branch("main".into())),
            ("42/fix", Branch("42/fix".into())),
            ("7/head", Branch("7/head".into())),
            ("refs/tags/v1.0", Tag("v1.0".into())),
            ("refs/tags/release/1", Tag("release/1".into())),
            ("origin/tags/v1", Tag("v1".into())),
            ("refs/heads/tags/v1", Tag("v1".into())),
            ("tags/v1", Tag("v1".into())),
            ("refs/pull/7/merge", PullRequest("7".into())),
            ("refs/pull/7/head", PullRequest("7".into())),
            ("7/merge", PullRequest("7".into())),
            ("refs/merge-requests/12/head", PullRequest("12".into())),
            ("pull/7", PullRequest("7".into())),
            ("pull/7/head", PullRequest("7".into())),
            ("pull/request", Branch("pull/request".into())),
            ("origin/refs/pull/7/merge:pr", PullRequest("7".into())),
            ("refs/heads/gh-readonly-queue/main/pr-7-0123abc", PullRequest("7".into())),
            ("user:fix/it", Branch("fix/it".into())),
            ("detached", Detached),
            ("HEAD", Detached),
            ("(no branch)", Detached),
            ("  ", Detached),
        ];
        for (text, expected) in cases {
            assert_eq!(Reference::parse(text), expected, "{text}");
        }
    }
}
