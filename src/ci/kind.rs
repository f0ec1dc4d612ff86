//! The kinds of values that the context has, and the form of each.

use jiff::Timestamp;

use super::trigger::trigger_of;
use super::{BuildStatus, Reference, RepositoryUrl, web_address};

/// What kind of value a field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// The address of a page, `http` or `https`.
    Url,
    /// A branch, without `refs/heads/` and the like.
    Branch,
    /// A tag, without `refs/tags/`.
    Tag,
    /// What tells a commit from others, a hash in git.
    Commit,
    /// The page of a repository, from any of its addresses.
    Repository,
    /// The number of a pull or merge request, or its address, which ends in it.
    PullRequest,
    /// A word for what started a run.
    Trigger,
    /// A whole number, in digits.
    Number,
    /// A time, RFC 3339.
    Time,
    /// A word for a result.
    Status,
}

impl Kind {
    /// Brings a value into the form of its kind; `None` if it has none.
    pub fn normalise(self, text: &str) -> Option<String> {
        let text = text.trim();
        match self {
            Self::Text => Some(text.to_owned()),
            Self::Url => web_address(text),
            Self::Branch => Reference::parse(text).branch(),
            Self::Tag => match Reference::parse(text) {
                Reference::Tag(name) | Reference::Branch(name) => Some(name),
                Reference::PullRequest(_) | Reference::Detached => None,
            },
            Self::Commit => {
                (text != "HEAD" && text.bytes().any(|byte| byte != b'0')).then(|| text.to_owned())
            }
            Self::Repository => RepositoryUrl::parse(text).map(|url| url.page()),
            Self::PullRequest => {
                let number = text.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
                let is_number =
                    !number.is_empty() && number != "0" && number.bytes().all(|byte| byte.is_ascii_digit());
                is_number.then(|| number.to_owned())
            }
            Self::Trigger => trigger_of(text).map(str::to_owned),
            Self::Number => text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.to_owned()),
            Self::Time => time_of(text),
            Self::Status => BuildStatus::parse(text).map(|status| status.to_string()),
        }
        .filter(|value| !value.is_empty())
    }

    /// What a value of this kind looks like, to go behind "expected".
    pub fn expected(self) -> &'static str {
        match self {
            Self::Text => "some text",
            Self::Url => "an http or https address",
            Self::Branch => "a branch",
            Self::Tag => "a tag",
            Self::Commit => "a commit",
            Self::Repository => "the address of a repository",
            Self::PullRequest => "the number of a pull request",
            Self::Trigger => "push, pull_request, tag, schedule, manual or api",
            Self::Number => "a whole number",
            Self::Time => "a time such as 2025-11-17T19:10:53Z",
            Self::Status => BuildStatus::EXPECTED,
        }
    }
}

/// RFC 3339, also with a space for the `T`, or seconds or milliseconds since 1970.
fn time_of(text: &str) -> Option<String> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse::<Timestamp>().ok().map(|time| time.to_string());
    }
    let number: i64 = text.parse().ok()?;
    // Eleven digits of seconds reach beyond the year 5000.
    let time =
        if text.len() > 11 { Timestamp::from_millisecond(number) } else { Timestamp::from_second(number) };
    time.ok().map(|time| time.to_string())
}

#[cfg(test)]
mod tests {
    use super::Kind;

    #[test]
    fn values_take_the_form_of_their_kind() {
        for (kind, text, expected) in [
            (Kind::Time, "2025-11-17T19:10:53Z", Some("2025-11-17T19:10:53Z")),
            (Kind::Time, "2025-11-17 20:10:53+01:00", Some("2025-11-17T19:10:53Z")),
            (Kind::Time, "1763406653", Some("2025-11-17T19:10:53Z")),
            (Kind::Time, "1763406653123", Some("2025-11-17T19:10:53.123Z")),
            (Kind::Time, "99999999999999999999", None),
            (Kind::Time, "yesterday", None),
            (Kind::PullRequest, "12", Some("12")),
            (Kind::PullRequest, "https://github.com/example/app/pull/12/", Some("12")),
            (Kind::PullRequest, "pull/12", Some("12")),
            (Kind::PullRequest, "12a", None),
            (Kind::Commit, "0000000000000000000000000000000000000000", None),
            (Kind::Commit, "HEAD", None),
            (Kind::Commit, "r4711", Some("r4711")),
            (Kind::Tag, "refs/tags/v1", Some("v1")),
            (Kind::Tag, "v1", Some("v1")),
            (Kind::Branch, "user:fix", Some("fix")),
            (Kind::Repository, "git@github.com:example/app.git", Some("https://github.com/example/app")),
            (Kind::Repository, "/srv/app.git", None),
        ] {
            assert_eq!(kind.normalise(text).as_deref(), expected, "{kind:?} {text}");
        }
    }
}
