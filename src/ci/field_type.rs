//! The types of the context's fields, and how each is parsed.

use jiff::Timestamp;

use super::reference::is_ref_name;
use super::trigger::trigger_of;
use super::{BuildStatus, Reference, RepositoryUrl, parse_provider_id, web_url};

/// The type of a field's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldType {
    /// Any string.
    Text,
    /// The id of a CI.
    Provider,
    /// An `http` or `https` URL.
    Url,
    /// A branch; `refs/heads/` and similar prefixes are removed.
    Branch,
    /// A tag; `refs/tags/` is removed.
    Tag,
    /// A commit: in git, its hash.
    Commit,
    /// A repository's page, from any URL that git or a CI uses for it.
    Repository,
    /// The number of a pull or merge request, or its URL, which ends in the number.
    PullRequest,
    /// What started a run.
    Trigger,
    /// A non-negative integer.
    Number,
    /// A time: RFC 3339, or seconds or milliseconds since 1970.
    Time,
    /// The result of a build.
    Status,
}

impl FieldType {
    /// Parses and normalizes a value. The error describes a value of this type, to follow
    /// "expected".
    pub fn parse(self, text: &str) -> Result<String, String> {
        let text = text.trim();
        let value = match self {
            Self::Text => Some(text.to_owned()),
            Self::Provider => Some(parse_provider_id(text)?),
            Self::Url => web_url(text),
            Self::Branch => Reference::parse(text).branch(),
            Self::Tag => match Reference::parse(text) {
                Reference::Tag(name) => Some(name),
                Reference::Detached => None,
                // A tag may have the name `pull/7`; a full reference is what it is.
                _ => (!text.starts_with("refs/")).then(|| text.to_owned()),
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
            Self::Time => parse_time(text),
            Self::Status => BuildStatus::parse(text).map(|status| status.to_string()),
        };
        value.filter(|value| !value.is_empty()).ok_or_else(|| self.expected().to_owned())
    }

    /// Whether a parsed value could be what a CI means: the hash of a commit, a name that git could have. Other version
    /// control systems have other names and numbers.
    pub(super) fn is_plausible(self, value: &str, is_git: bool) -> bool {
        match self {
            Self::Branch | Self::Tag if is_git => is_ref_name(value),
            Self::Branch | Self::Tag => !value.contains(char::is_control),
            Self::Commit if is_git => is_hash(value),
            Self::Commit => !value.contains(|c: char| c.is_control() || c.is_whitespace()),
            _ => true,
        }
    }

    pub(super) fn expected(self) -> &'static str {
        match self {
            Self::Text => "some text",
            Self::Provider => "the id of a CI",
            Self::Url => "an http or https URL",
            Self::Branch => "a branch",
            Self::Tag => "a tag",
            Self::Commit => "a commit",
            Self::Repository => "the URL of a repository",
            Self::PullRequest => "the number of a pull request",
            Self::Trigger => "push, pull_request, tag, schedule, manual or api",
            Self::Number => "a whole number",
            Self::Time => "a time such as 2025-11-17T19:10:53Z",
            Self::Status => BuildStatus::EXPECTED,
        }
    }
}

/// Whether it is the hash of a commit, perhaps an abbreviated one.
pub(super) fn is_hash(value: &str) -> bool {
    (7..=64).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Whether it is the number of a revision in Subversion, Perforce or the like.
pub(super) fn is_revision(value: &str) -> bool {
    let digits = value.strip_prefix('r').unwrap_or(value);
    !digits.is_empty() && digits.len() < 20 && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Reads RFC 3339, also with a space instead of the `T`, and seconds or milliseconds since 1970.
fn parse_time(text: &str) -> Option<String> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse::<Timestamp>().ok().map(|time| time.to_string());
    }
    let number: i64 = text.parse().ok()?;
    // Eleven digits of seconds reach the year 5138.
    let time =
        if text.len() > 11 { Timestamp::from_millisecond(number) } else { Timestamp::from_second(number) };
    time.ok().map(|time| time.to_string())
}

#[cfg(test)]
mod tests {
    use super::FieldType;

    #[test]
    fn values_are_normalized_by_type() {
        for (field_type, text, expected) in [
            (FieldType::Time, "2025-11-17T19:10:53Z", Some("2025-11-17T19:10:53Z")),
            (FieldType::Time, "2025-11-17 20:10:53+01:00", Some("2025-11-17T19:10:53Z")),
            (FieldType::Time, "1763406653", Some("2025-11-17T19:10:53Z")),
            (FieldType::Time, "1763406653123", Some("2025-11-17T19:10:53.123Z")),
            (FieldType::Time, "99999999999999999999", None),
            (FieldType::Time, "yesterday", None),
            (FieldType::PullRequest, "12", Some("12")),
            (FieldType::PullRequest, "https://github.com/example/app/pull/12/", Some("12")),
            (FieldType::PullRequest, "pull/12", Some("12")),
            (FieldType::PullRequest, "12a", None),
            (FieldType::Commit, "0000000000000000000000000000000000000000", None),
            (FieldType::Commit, "HEAD", None),
            (FieldType::Commit, "r4711", Some("r4711")),
            (FieldType::Tag, "refs/tags/v1", Some("v1")),
            (FieldType::Tag, "v1", Some("v1")),
            (FieldType::Tag, "pull/7", Some("pull/7")),
            (FieldType::Tag, "refs/heads/v1", None),
            (FieldType::Branch, "user:fix", Some("fix")),
            (FieldType::Repository, "git@github.com:example/app.git", Some("https://github.com/example/app")),
            (FieldType::Repository, "/srv/app.git", None),
        ] {
            assert_eq!(field_type.parse(text).ok().as_deref(), expected, "{field_type:?} {text}");
        }
    }

    #[test]
    fn only_values_that_the_version_control_system_has_are_plausible() {
        let hash = "ffac537e6cbbf934b08745a378932722df287a53";
        for (field_type, value, in_git, elsewhere) in [
            (FieldType::Commit, hash, true, true),
            (FieldType::Commit, "ffac537", true, true),
            (FieldType::Commit, "4711", false, true),
            (FieldType::Commit, "r4711", false, true),
            (FieldType::Commit, "main", false, true),
            (FieldType::Commit, "abc", false, true),
            (FieldType::Commit, "abc\n::error::x", false, false),
            (FieldType::Branch, "feature/x", true, true),
            (FieldType::Branch, "/main/task", false, true),
            (FieldType::Branch, "x%0A::set-output name=a::b", false, true),
            (FieldType::Branch, "x\n::set-output name=a::b", false, false),
            (FieldType::Tag, "v1", true, true),
            (FieldType::Tag, "v 1", false, true),
            (FieldType::Text, "a b\n", true, true),
        ] {
            let found = [true, false].map(|is_git| field_type.is_plausible(value, is_git));
            assert_eq!(found, [in_git, elsewhere], "{field_type:?} {value}");
        }
    }
}
