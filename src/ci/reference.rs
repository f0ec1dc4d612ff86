//! Git references in the many spellings of CIs.

/// A reference without its prefixes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference {
    /// A branch. Its name may contain slashes.
    Branch(String),
    /// A tag.
    Tag(String),
    /// The CI's or server's reference to a pull or merge request, by its number.
    PullRequest(String),
    /// None of them: a detached `HEAD`.
    Detached,
}

impl Reference {
    /// Parses `refs/heads/main`, `origin/main`, `refs/tags/v1`, `origin/tags/v1`, `refs/pull/7/merge`,
    /// `user:branch`, `detached` or a bare branch. Only prefixes are removed: `feature/origin/x` is
    /// unchanged.
    pub fn parse(text: &str) -> Self {
        let mut name = text.trim();
        loop {
            if let Some(tag) = name.strip_prefix("refs/tags/").or_else(|| name.strip_prefix("tags/")) {
                return match tag.trim() {
                    "" => Self::Detached,
                    tag => Self::Tag(tag.to_owned()),
                };
            }
            match pull_request_number(name) {
                Some(number) if number.bytes().all(|byte| byte == b'0') => return Self::Detached,
                Some(number) => return Self::PullRequest(number.to_owned()),
                None => {}
            }
            let shorter = ["refs/heads/", "refs/remotes/", "remotes/", "heads/", "origin/"]
                .iter()
                .find_map(|prefix| name.strip_prefix(prefix))
                // `user:branch` is a branch of a fork; no branch has a colon in its name.
                .or_else(|| name.rsplit_once(':').map(|(_, branch)| branch));
            match shorter {
                Some(shorter) => name = shorter.trim(),
                None => break,
            }
        }
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

    /// The pull request's number, if it is one.
    pub fn pull_request(self) -> Option<String> {
        match self {
            Self::PullRequest(number) => Some(number),
            _ => None,
        }
    }
}

/// From `refs/pull/7/merge`, `refs/pull/7/head`, `refs/merge-requests/7/head`, `refs/pull-requests/7/from`,
/// `pull/7`, `7/merge`, and the merge queue's `gh-readonly-queue/main/pr-7-SHA`.
fn pull_request_number(name: &str) -> Option<&str> {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if let Some(queued) = name.strip_prefix("gh-readonly-queue/") {
        let number = queued.rsplit_once("/pr-")?.1.split('-').next()?;
        return is_number(number).then_some(number);
    }
    let prefixes = ["refs/pull/", "refs/merge-requests/", "refs/pull-requests/", "pull/"];
    match prefixes.iter().find_map(|prefix| name.strip_prefix(prefix)) {
        // The rest is what is checked out and, in some CIs, its name after a colon.
        Some(rest) => rest.split('/').next().filter(|number| is_number(number)),
        None => name.strip_suffix("/merge").filter(|number| is_number(number)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Reference::{self, *};

    #[test]
    fn references_are_sorted_and_lose_their_prefixes() {
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
            ("user:origin/fix", Branch("fix".into())),
            ("detached", Detached),
            ("HEAD", Detached),
            ("origin/HEAD", Detached),
            ("(no branch)", Detached),
            ("refs/tags/", Detached),
            ("refs/pull/0/merge", Detached),
            ("  ", Detached),
        ];
        let wrong: Vec<_> = cases
            .iter()
            .map(|(text, expected)| (text, Reference::parse(text), expected))
            .filter(|(_, found, expected)| found != *expected)
            .collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    /// Strings made of parts of references, and arbitrary ones.
    fn strings() -> impl Strategy<Value = String> {
        let part = prop::sample::select(vec![
            "refs/",
            "heads/",
            "tags/",
            "remotes/",
            "origin/",
            "pull/",
            "7",
            "0",
            "/merge",
            "/head",
            ":",
            "user",
            "HEAD",
            "main",
            "v1",
            " ",
            "/",
            "gh-readonly-queue/",
            "pr-",
            "-",
            "merge-requests/",
        ]);
        prop_oneof![prop::collection::vec(part, 0..8).prop_map(|parts| parts.concat()), ".{0,30}"]
    }

    proptest! {
        #[test]
        fn a_name_is_never_blank_and_a_branch_stays_as_it_is(text in strings()) {
            match Reference::parse(&text) {
                Branch(name) => prop_assert_eq!(Reference::parse(&name), Branch(name)),
                Tag(name) => {
                    prop_assert!(!name.trim().is_empty());
                    prop_assert_eq!(Reference::parse(&format!("refs/tags/{name}")), Tag(name));
                }
                PullRequest(number) => {
                    prop_assert!(number.parse::<u128>().is_ok_and(|number| number > 0) || number.len() > 30);
                    prop_assert_eq!(Reference::parse(&format!("refs/pull/{number}/head")), PullRequest(number));
                }
                Detached => {}
            }
        }

        #[test]
        fn prefixes_of_git_do_not_change_a_branch(name in "[a-z][a-z0-9/_.-]{0,20}") {
            if let Branch(bare) = Reference::parse(&name) {
                for prefix in ["refs/heads/", "refs/remotes/origin/", "origin/", "fork:"] {
                    prop_assert_eq!(Reference::parse(&format!("{prefix}{name}")), Branch(bare.clone()));
                }
            }
        }
    }
}
