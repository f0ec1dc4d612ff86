//! The subject of a received event, for people.

use std::borrow::Cow;
use std::fmt;

use percent_encoding::percent_decode_str;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::Received;

/// Longest value to keep, in bytes.
const MAX_VALUE_BYTES: usize = 1000;

/// The subject of a received event, as far as headers and body contain it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReceivedEvent {
    /// The event's name.
    pub event: Option<String>,
    /// The delivery's id.
    pub id: Option<String>,
    /// The repository, `owner/name`.
    pub repository: Option<String>,
    /// The branch.
    pub branch: Option<String>,
    /// The tag.
    pub tag: Option<String>,
    /// The number of the pull request.
    pub pull_request: Option<u64>,
    /// The build's result: success, failed, aborted, skipped or in progress.
    pub result: Option<&'static str>,
    /// The file, with its stream or label, or the version.
    pub subject: Option<String>,
}

/// The value of a key of a JSON object, as a part of the text. The rest is skipped, so a body takes no more memory than its text.
fn find<'a>(json: &'a str, key: &str) -> Option<&'a str> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    Key(key).deserialize(&mut deserializer).ok()?.map(RawValue::get)
}

/// The value at the end of these keys.
fn at<'a>(json: &'a str, path: &[&str]) -> Option<&'a str> {
    path.iter().try_fold(json, |json, key| find(json, key))
}

/// Reads the value of a key.
struct Key<'k>(&'k str);

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = Option<&'de RawValue>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Key<'_> {
    type Value = Option<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(key) = map.next_key::<Cow<'_, str>>()? {
            if key == self.0 {
                found = Some(map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

/// The string that is not empty, or the number, at the end of these keys.
fn text(json: &str, path: &[&str]) -> Option<String> {
    let json = at(json, path).filter(|json| json.len() <= MAX_VALUE_BYTES)?;
    let text = match json.as_bytes().first()? {
        b'"' => serde_json::from_str(json).ok()?,
        b'0'..=b'9' | b'-' => json.to_owned(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

impl ReceivedEvent {
    /// Reads what a request is about.
    pub fn new(request: &Received) -> Self {
        let body = json_body(request).unwrap_or_default();
        // CDEvents contain the native payload.
        let body = find(&body, "customData").unwrap_or(&body);
        let names = ["x-webhook-event", "bitrise-event-type", "ce-type", "x-github-event"];
        let from_header = names.iter().find_map(|name| request.header(name));
        let event = text(body, &["event"]).or_else(|| from_header.map(str::to_owned));
        let found = match find(body, "data") {
            Some(data) => Self::from_buildstash(data, event.as_deref().unwrap_or_default()),
            None => Self::from_bitrise(body),
        };
        Self { event, id: request.header("x-webhook-id").map(str::to_owned), ..found }
    }

    fn from_bitrise(body: &str) -> Self {
        let git = find(body, "git").unwrap_or_default();
        Self {
            repository: text(git, &["repository_url"]).map(|url| path_of(&url)),
            branch: text(git, &["src_branch"]),
            tag: text(git, &["tag"]),
            pull_request: text(git, &["pull_request_id"]).and_then(|number| number.parse().ok()),
            result: find(body, "build_status").and_then(result),
            ..Self::default()
        }
    }

    fn from_buildstash(data: &str, event: &str) -> Self {
        let build = find(data, "build").unwrap_or_default();
        let changed = match event {
            "build.label.added" => text(data, &["label", "name"]).map(|label| format!(" with {label}")),
            "build.moved" | "build.moved.stream" => {
                text(build, &["stream", "name"]).map(|stream| format!(" to {stream}"))
            }
            _ => None,
        };
        let file = text(build, &["primary_file", "filename"]);
        let file = file.map(|file| file + &changed.unwrap_or_default());
        Self {
            repository: text(build, &["scm", "scm_repo_name"]),
            branch: text(build, &["scm", "scm_branch"]),
            subject: file.or_else(|| text(data, &["release", "version"])),
            ..Self::default()
        }
    }
}

/// The word of a `build_status`.
fn result(number: &str) -> Option<&'static str> {
    let words = ["in progress", "success", "failed", "aborted", "skipped"];
    words.get(number.parse::<usize>().ok()?).copied()
}

/// Whether the body is JSON, or a form that contains it.
pub fn has_json(request: &Received) -> bool {
    json_body(request).is_some_and(|body| serde_json::from_str::<IgnoredAny>(&body).is_ok())
}

/// `owner/name` of a repository's page.
fn path_of(url: &str) -> String {
    let path = url.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map_or(url, |(_, path)| path);
    path.trim_matches('/').trim_end_matches(".git").to_owned()
}

/// The JSON of the body, which may be a form's field `payload`.
fn json_body(request: &Received) -> Option<Cow<'_, str>> {
    let body = std::str::from_utf8(&request.body).ok()?;
    let Some(value) = body.strip_prefix("payload=") else { return Some(Cow::Borrowed(body)) };
    let value = value.split('&').next().unwrap_or_default().replace('+', " ");
    Some(Cow::Owned(percent_decode_str(&value).decode_utf8().ok()?.into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> String {
        let headers = vec![("X-Webhook-Event".into(), "a".into()), ("X-Webhook-Id".into(), "id".into())];
        let ReceivedEvent { event, id, repository, branch, tag, pull_request, result, subject } =
            ReceivedEvent::new(&Received::new(headers, body.into()));
        assert_eq!(id.as_deref(), Some("id"));
        let number = pull_request.map(|number| number.to_string());
        let values = [event, repository, branch, tag, number, result.map(str::to_owned), subject];
        values.map(Option::unwrap_or_default).join("|")
    }

    #[test]
    fn events_of_all_forms_are_described() {
        let git = r#""git":{"src_branch":"main","repository_url":"https://github.com/example/app"}"#;
        let bitrise = format!(r#"{{"build_status":2,{git}}}"#);
        let build = r#""build":{"scm":{"scm_repo_name":"example/app","scm_branch":"main"},"primary_file":{"filename":"app.apk"},"stream":{"name":"betas"}}"#;
        for (body, expected) in [
            (bitrise.clone(), "a|example/app|main|||failed|"),
            (format!(r#"{{"id":"x","customData":{bitrise}}}"#), "a|example/app|main|||failed|"),
            (r#"{"build_status":0,"git":{"src_branch":"x","tag":"v1"}}"#.into(), "a||x|v1||in progress|"),
            (r#"{"build_status":4,"git":{"src_branch":"x","pull_request_id":7}}"#.into(), "a||x||7|skipped|"),
            (r#"{"build_status":5,"git":{"pull_request_id":-7}}"#.into(), "a||||||"),
            (
                format!(r#"{{"event":"build.created","data":{{{build}}}}}"#),
                "build.created|example/app|main||||app.apk",
            ),
            (
                format!(r#"{{"event":"build.moved","data":{{{build}}}}}"#),
                "build.moved|example/app|main||||app.apk to betas",
            ),
            (
                format!(r#"{{"event":"build.label.added","data":{{{build},"label":{{"name":"ok"}}}}}}"#),
                "build.label.added|example/app|main||||app.apk with ok",
            ),
            (
                r#"{"event":"release.created","data":{"release":{"version":"1.0.0"}}}"#.into(),
                "release.created||||||1.0.0",
            ),
            ("payload=%7B%22git%22%3A%7B%22tag%22%3A%22two+words%22%7D%7D&x=1".into(), "a|||two words|||"),
        ] {
            assert_eq!(read(&body), expected, "{body}");
        }
    }

    #[test]
    fn whatever_the_body_is_the_header_remains() {
        let deep = "[".repeat(100_000);
        let long = format!(r#"{{"git":{{"tag":"{}"}}}}"#, "x".repeat(2000));
        for body in [
            "",
            "null",
            "[]",
            "{",
            "\u{feff}{}",
            r#"{"git":1,"data":[],"build_status":{}}"#,
            r#"{"git":{},"git":{}}"#,
            &deep,
            &long,
        ] {
            assert_eq!(read(body), "a||||||", "{}", &body[..body.len().min(50)]);
        }
        assert_eq!(ReceivedEvent::new(&Received::new(Vec::new(), vec![0xff])), ReceivedEvent::default());
    }
}
