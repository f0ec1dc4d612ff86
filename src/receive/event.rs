//! What a received event is about, for people.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::Received;

/// Longest value to keep, in bytes.
const MAX_VALUE_BYTES: usize = 1000;

/// What an event is about, as far as headers and body tell.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ReceivedEvent {
    /// The event's name.
    pub event: Option<String>,
    /// The repository, `owner/name`.
    pub repository: Option<String>,
    /// The branch, the tag, or `#` and the number of the pull request.
    pub branch: Option<String>,
    /// The result, file, stream, label or version.
    pub result: Option<String>,
}

/// The keys of all levels of the payload that are read. The rest is skipped, so a body takes no more memory than its text.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Object<'a> {
    #[serde(borrow)]
    event: Option<&'a RawValue>,
    #[serde(borrow)]
    status_text: Option<&'a RawValue>,
    #[serde(borrow)]
    git: Option<&'a RawValue>,
    #[serde(borrow)]
    repository_url: Option<&'a RawValue>,
    #[serde(borrow)]
    src_branch: Option<&'a RawValue>,
    #[serde(borrow)]
    tag: Option<&'a RawValue>,
    #[serde(borrow)]
    pull_request_id: Option<&'a RawValue>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    #[serde(borrow)]
    build: Option<&'a RawValue>,
    #[serde(borrow)]
    release: Option<&'a RawValue>,
    #[serde(borrow)]
    scm: Option<&'a RawValue>,
    #[serde(borrow)]
    scm_repo_name: Option<&'a RawValue>,
    #[serde(borrow)]
    scm_branch: Option<&'a RawValue>,
    #[serde(borrow)]
    primary_file: Option<&'a RawValue>,
    #[serde(borrow)]
    filename: Option<&'a RawValue>,
    #[serde(borrow)]
    stream: Option<&'a RawValue>,
    #[serde(borrow)]
    label: Option<&'a RawValue>,
    #[serde(borrow)]
    name: Option<&'a RawValue>,
    #[serde(borrow)]
    version: Option<&'a RawValue>,
    #[serde(borrow, rename = "customData")]
    custom_data: Option<&'a RawValue>,
}

impl<'a> Object<'a> {
    fn parse(json: &'a str) -> Self {
        serde_json::from_str(json).unwrap_or_default()
    }
}

fn object(value: Option<&RawValue>) -> Object<'_> {
    value.map(|value| Object::parse(value.get())).unwrap_or_default()
}

/// A string that is not empty, or a number.
fn text(value: Option<&RawValue>) -> Option<String> {
    let json = value?.get();
    if json.len() > MAX_VALUE_BYTES {
        return None;
    }
    let text = match json.as_bytes().first()? {
        b'"' => serde_json::from_str(json).ok()?,
        b'0'..=b'9' | b'-' => json.to_owned(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

impl ReceivedEvent {
    /// Reads what a request is about.
    pub fn of(request: &Received) -> Self {
        let body = json_body(request).unwrap_or_default();
        let outer = Object::parse(&body);
        // CDEvents contain the native payload.
        let body = if outer.custom_data.is_some() { object(outer.custom_data) } else { outer };
        let names = ["x-webhook-event", "bitrise-event-type", "ce-type", "x-github-event"];
        let from_header = names.iter().find_map(|name| request.header(name));
        let event = text(body.event).or_else(|| from_header.map(str::to_owned));
        let found = match body.data {
            Some(_) => Self::of_buildstash(&object(body.data), event.as_deref().unwrap_or_default()),
            None => Self::of_bitrise(&body),
        };
        Self { event, ..found }
    }

    fn of_bitrise(body: &Object) -> Self {
        let git = object(body.git);
        let pull_request = text(git.pull_request_id).map(|number| format!("#{number}"));
        Self {
            repository: text(git.repository_url).map(|url| last_two_parts(&url)),
            branch: pull_request.or_else(|| text(git.tag)).or_else(|| text(git.src_branch)),
            result: text(body.status_text),
            ..Self::default()
        }
    }

    fn of_buildstash(data: &Object, event: &str) -> Self {
        let build = object(data.build);
        let scm = object(build.scm);
        let file = text(object(build.primary_file).filename);
        let changed = match event {
            "build.label.added" => text(object(data.label).name).map(|label| format!(" with {label}")),
            "build.moved" | "build.moved.stream" => {
                text(object(data.stream.or(build.stream)).name).map(|stream| format!(" to {stream}"))
            }
            _ => None,
        };
        let release = text(object(data.release).version);
        Self {
            repository: text(scm.scm_repo_name),
            branch: text(scm.scm_branch),
            result: release.or_else(|| Some(file? + &changed.unwrap_or_default())),
            ..Self::default()
        }
    }
}

/// `owner/name` of a repository's page.
fn last_two_parts(url: &str) -> String {
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

    fn read(body: &str) -> [Option<String>; 4] {
        let request = Received::new(vec![("X-Webhook-Event".into(), "a".into())], body.into());
        let ReceivedEvent { event, repository, branch, result } = ReceivedEvent::of(&request);
        [event, repository, branch, result]
    }

    fn some(texts: [&str; 4]) -> [Option<String>; 4] {
        texts.map(|text| (!text.is_empty()).then(|| text.to_owned()))
    }

    #[test]
    fn events_of_all_forms_are_described() {
        let git = r#""git":{"src_branch":"main","repository_url":"https://github.com/example/app"}"#;
        let bitrise = format!(r#"{{"status_text":"error",{git}}}"#);
        let build = r#""build":{"scm":{"scm_repo_name":"example/app","scm_branch":"main"},"primary_file":{"filename":"app.apk"},"stream":{"name":"betas"}}"#;
        for (body, expected) in [
            (bitrise.clone(), ["a", "example/app", "main", "error"]),
            (format!(r#"{{"id":"x","customData":{bitrise}}}"#), ["a", "example/app", "main", "error"]),
            (r#"{"git":{"src_branch":"x","tag":"v1"}}"#.into(), ["a", "", "v1", ""]),
            (r#"{"git":{"src_branch":"x","pull_request_id":7}}"#.into(), ["a", "", "#7", ""]),
            (
                format!(r#"{{"event":"build.created","data":{{{build}}}}}"#),
                ["build.created", "example/app", "main", "app.apk"],
            ),
            (
                format!(r#"{{"event":"build.moved","data":{{{build}}}}}"#),
                ["build.moved", "example/app", "main", "app.apk to betas"],
            ),
            (
                format!(r#"{{"event":"build.label.added","data":{{{build},"label":{{"name":"ok"}}}}}}"#),
                ["build.label.added", "example/app", "main", "app.apk with ok"],
            ),
            (
                r#"{"event":"release.created","data":{"release":{"version":"1.0.0"}}}"#.into(),
                ["release.created", "", "", "1.0.0"],
            ),
            ("payload=%7B%22status_text%22%3A%22two+words%22%7D&x=1".into(), ["a", "", "", "two words"]),
        ] {
            assert_eq!(read(&body), some(expected), "{body}");
        }
    }

    #[test]
    fn whatever_the_body_is_the_header_remains() {
        let deep = "[".repeat(100_000);
        let long = format!(r#"{{"status_text":"{}"}}"#, "x".repeat(2000));
        for body in [
            "",
            "null",
            "[]",
            "{",
            "\u{feff}{}",
            r#"{"git":1,"data":[],"status_text":{}}"#,
            r#"{"git":{},"git":{}}"#,
            &deep,
            &long,
        ] {
            assert_eq!(read(body), some(["a", "", "", ""]), "{}", &body[..body.len().min(50)]);
        }
        assert_eq!(ReceivedEvent::of(&Received::new(Vec::new(), vec![0xff])), ReceivedEvent::default());
    }
}
