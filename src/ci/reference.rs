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
    /// The temporary branch of GitHub's merge queue,
    /// <https://docs.github.com/repositories/configuring-branches-and-merges-in-your-repository/configuring-pull-request-merges/managing-a-merge-queue>.
    MergeQueue {
        /// The number of the last pull request in it.
        number: String,
        /// The branch that the queue merges into.
        target: String,
    },
    /// None of them: a detached `HEAD`.
    Detached,
}

impl Reference {
    /// Parses a fully qualified reference as what it is: `refs/heads/pull/7` is the branch `pull/7`. A bare name may be
    /// more than a branch: `origin/main`, `origin/tags/v1`, `pull/7`, `7/merge`, `user:branch`, `detached`. Only prefixes
    /// are removed: `feature/origin/x` is unchanged.
    pub fn parse(text: &str) -> Self {
        let name = text.trim();
        match name.strip_prefix("refs/") {
            Some(path) => Self::parse_qualified(path),
            None => Self::parse_bare(name),
        }
    }

    /// Parses what follows `refs/`.
    fn parse_qualified(path: &str) -> Self {
        if let Some(name) = path.strip_prefix("heads/") {
            return Self::from_branch(name);
        }
        if let Some(name) = path.strip_prefix("tags/") {
            return Self::from_tag(name);
        }
        let prefixes = ["pull/", "merge-requests/", "pull-requests/"];
        let Some(path) = path.strip_prefix("remotes/") else {
            return Self::from_number(number_after(path, &prefixes));
        };
        // GitHub's checkout action fetches a pull request to `refs/remotes/pull/7/merge`.
        if let Some(number) = fetched_number(path) {
            return Self::from_number(Some(number));
        }
        match path.split_once('/') {
            None | Some((_, "HEAD")) => Self::Detached,
            Some((_, name)) if fetched_number(name).is_some() => Self::from_number(fetched_number(name)),
            Some((_, name)) => Self::from_branch(name),
        }
    }

    fn parse_bare(mut name: &str) -> Self {
        loop {
            if let Some(path) = name.strip_prefix("refs/") {
                return Self::parse_qualified(path);
            }
            if let Some(tag) = name.strip_prefix("tags/") {
                return Self::from_tag(tag);
            }
            let number = number_after(name, &["pull/"])
                .or_else(|| fetched_number(name))
                .or_else(|| name.strip_suffix("/merge").filter(|number| is_number(number)));
            if number.is_some() {
                return Self::from_number(number);
            }
            match ["remotes/", "heads/", "origin/"].iter().find_map(|prefix| name.strip_prefix(prefix)) {
                Some(shorter) => name = shorter.trim(),
                None => break,
            }
        }
        match name.split_once(':') {
            // `user:branch` is a branch of a fork; no branch has a colon in its name.
            Some((user, branch)) if is_login(user) => Self::from_branch(branch),
            _ if NO_BRANCH.contains(&name) => Self::Detached,
            _ => Self::from_branch(name),
        }
    }

    fn from_branch(name: &str) -> Self {
        let queued = name.strip_prefix("gh-readonly-queue/").and_then(|queued| {
            let (target, request) = queued.rsplit_once("/pr-")?;
            let number = request.split('-').next().filter(|number| is_number(number))?;
            Some(Self::MergeQueue { number: number.to_owned(), target: target.to_owned() })
        });
        match name.trim() {
            "" => Self::Detached,
            name => queued.unwrap_or_else(|| Self::Branch(name.to_owned())),
        }
    }

    fn from_tag(name: &str) -> Self {
        match name.trim() {
            "" => Self::Detached,
            name => Self::Tag(name.to_owned()),
        }
    }

    fn from_number(number: Option<&str>) -> Self {
        match number {
            Some(number) if number.bytes().any(|byte| byte != b'0') => Self::PullRequest(number.to_owned()),
            _ => Self::Detached,
        }
    }

    /// The branch's name, if it is a branch.
    pub fn branch(self) -> Option<String> {
        match self {
            Self::Branch(name) => Some(name),
            _ => None,
        }
    }

    /// Whether it is a tag.
    pub fn is_tag(&self) -> bool {
        matches!(self, Self::Tag(_))
    }

    /// Whether it is a branch or tag of this name.
    pub fn has_name(&self, name: &str) -> bool {
        matches!(self, Self::Branch(own) | Self::Tag(own) if own == name)
    }

    /// The pull request's number, if it is one.
    pub fn pull_request(self) -> Option<String> {
        match self {
            Self::PullRequest(number) => Some(number),
            _ => None,
        }
    }
}

/// The fully qualified reference of a branch whose exact name is known. Names for no branch stay as they are.
pub(super) fn qualify_branch(name: &str) -> String {
    match name.starts_with("refs/") || NO_BRANCH.contains(&name) {
        true => name.to_owned(),
        false => format!("refs/heads/{name}"),
    }
}

/// Whether git could have a branch or tag of this name,
/// <https://git-scm.com/docs/git-check-ref-format>.
pub(super) fn is_ref_name(name: &str) -> bool {
    let is_forbidden = |c: char| c.is_control() || " ~^:?*[\\".contains(c);
    !name.contains(is_forbidden)
        && !name.contains("..")
        && !name.contains("@{")
        && !name.starts_with('-')
        && !name.ends_with('.')
        && name != "@"
        && name.split('/').all(|part| !part.is_empty() && !part.starts_with('.') && !part.ends_with(".lock"))
}

/// What CIs and git call a checkout that is on no branch.
const NO_BRANCH: &[&str] = &["", "HEAD", "detached", "(no branch)"];

/// The number in `pull/7/merge`, `merge-requests/7/head` or `pull-requests/7/from`. The rest is what is checked out and,
/// in some CIs, its name after a colon.
fn number_after<'a>(path: &'a str, prefixes: &[&str]) -> Option<&'a str> {
    let rest = prefixes.iter().find_map(|prefix| path.strip_prefix(prefix))?;
    rest.split('/').next().filter(|number| is_number(number))
}

/// The number in `pull/7/merge` or `pr/7/head`, names under which pull requests are usually fetched.
fn fetched_number(path: &str) -> Option<&str> {
    let rest = path.strip_prefix("pull/").or_else(|| path.strip_prefix("pr/"))?;
    let (number, kind) = rest.split_once('/')?;
    (is_number(number) && matches!(kind, "merge" | "head")).then_some(number)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether it could be a user's name on a server.
fn is_login(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Reference::{self, *};
    use super::{is_ref_name, qualify_branch};

    fn queued(number: &str, target: &str) -> Reference {
        MergeQueue { number: number.to_owned(), target: target.to_owned() }
    }

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
            ("tags/v1", Tag("v1".into())),
            ("refs/pull/7/merge", PullRequest("7".into())),
            ("refs/pull/7/head", PullRequest("7".into())),
            ("7/merge", PullRequest("7".into())),
            ("refs/merge-requests/12/head", PullRequest("12".into())),
            ("pull/7", PullRequest("7".into())),
            ("pull/7/head", PullRequest("7".into())),
            ("pull/request", Branch("pull/request".into())),
            ("origin/refs/pull/7/merge:pr", PullRequest("7".into())),
            ("user:fix/it", Branch("fix/it".into())),
            ("user:origin/fix", Branch("origin/fix".into())),
            ("not a user:fix", Branch("not a user:fix".into())),
            // A fully qualified reference is what it is.
            ("refs/heads/pull/12", Branch("pull/12".into())),
            ("refs/heads/12/merge", Branch("12/merge".into())),
            ("refs/heads/tags/v1", Branch("tags/v1".into())),
            ("refs/heads/origin/x", Branch("origin/x".into())),
            ("refs/heads/refs/heads/x", Branch("refs/heads/x".into())),
            ("refs/tags/refs/heads/x", Tag("refs/heads/x".into())),
            ("refs/remotes/upstream/main", Branch("main".into())),
            ("refs/remotes/origin/pull/7", Branch("pull/7".into())),
            ("refs/remotes/origin/HEAD", Detached),
            ("refs/remotes/pull/7/merge", PullRequest("7".into())),
            ("refs/remotes/origin/pr/7/merge", PullRequest("7".into())),
            ("origin/pr/7/merge", PullRequest("7".into())),
            ("origin/pr/7", Branch("pr/7".into())),
            ("refs/heads/pr/7/merge", Branch("pr/7/merge".into())),
            ("refs/changes/34/1234/5", Detached),
            ("refs/stash", Detached),
            ("refs/heads/gh-readonly-queue/main/pr-7-0123abc", queued("7", "main")),
            ("gh-readonly-queue/release/1.x/pr-104-0123abc", queued("104", "release/1.x")),
            ("gh-readonly-queue/main", Branch("gh-readonly-queue/main".into())),
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

    #[test]
    fn names_that_git_could_not_have_are_recognized() {
        for name in ["main", "feature/a-b.c", "ünïcode", "@user/x", "{x}", "a@b", "x%0Ay", "$main"] {
            assert!(is_ref_name(name), "{name}");
        }
        let wrong = [
            "",
            "x%0A::set-output name=a::b",
            "a b",
            "a\nb",
            "a\u{7f}b",
            "a..b",
            ".a",
            "a/.b",
            "a.lock",
            "a.lock/b",
            "a.",
            "/a",
            "a/",
            "a//b",
            "a@{1}",
            "@",
            "-a",
            "a~1",
            "a^",
            "a:b",
            "a?",
            "a*",
            "a[b",
            "a\\b",
        ];
        for name in wrong {
            assert!(!is_ref_name(name), "{name}");
        }
    }

    #[test]
    fn an_exact_name_of_a_branch_is_not_read_further() {
        for name in ["main", "pull/7", "origin/x", "tags/v1", "7/merge"] {
            assert_eq!(Reference::parse(&qualify_branch(name)), Branch(name.into()));
        }
        for name in ["refs/tags/v1", "HEAD", "detached"] {
            assert_eq!(qualify_branch(name), name);
        }
    }

    proptest! {
        #[test]
        fn a_name_is_never_blank_and_stays_as_it_is(text in strings()) {
            match Reference::parse(&text) {
                Branch(name) => {
                    prop_assert!(!name.trim().is_empty());
                    prop_assert_eq!(Reference::parse(&format!("refs/heads/{name}")), Branch(name));
                }
                Tag(name) => {
                    prop_assert!(!name.trim().is_empty());
                    prop_assert_eq!(Reference::parse(&format!("refs/tags/{name}")), Tag(name));
                }
                PullRequest(number) => {
                    prop_assert!(number.parse::<u128>().is_ok_and(|number| number > 0) || number.len() > 30);
                    prop_assert_eq!(Reference::parse(&format!("refs/pull/{number}/head")), PullRequest(number));
                }
                MergeQueue { number, .. } => prop_assert!(number.bytes().all(|byte| byte.is_ascii_digit())),
                Detached => {}
            }
        }

        #[test]
        fn prefixes_of_git_do_not_change_a_branch(name in "[a-z][a-z0-9/_.-]{0,20}") {
            if let Branch(bare) = Reference::parse(&name) && bare == name {
                for prefix in ["refs/heads/", "refs/remotes/origin/", "origin/", "fork:"] {
                    prop_assert_eq!(Reference::parse(&format!("{prefix}{name}")), Branch(bare.clone()));
                }
            }
        }
    }
}
