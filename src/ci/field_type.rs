//! The types of the context's fields, and how each is parsed.

use jiff::Timestamp;

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
            Self::Time => parse_time(text),
            Self::Status => BuildStatus::parse(text).map(|status| status.to_string()),
        };
        value.filter(|value| !value.is_empty()).ok_or_else(|| self.expected().to_owned())
    }

    fn expected(self) -> &'static str {
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
            (FieldType::Branch, "user:fix", Some("fix")),
            (FieldType::Repository, "git@github.com:example/app.git", Some("https://github.com/example/app")),
            (FieldType::Repository, "/srv/app.git", None),
        ] {
            assert_eq!(field_type.parse(text).ok().as_deref(), expected, "{field_type:?} {text}");
        }
    }
}
