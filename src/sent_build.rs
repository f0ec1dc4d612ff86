//! A build in Buildstash's format: rendered once, when its event is made, and read back when the build is moved, labeled
//! or released.

use serde::Serialize;
use serde_json::{Map, Value};

/// A build in Buildstash's format. It keeps the keys it was rendered or read with, known here or not, in their order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct SentBuild(Map<String, Value>);

impl SentBuild {
    /// Takes an object that has the keys of a build: a string `id` and `build_structure`.
    pub fn from_object(object: Map<String, Value>) -> Option<Self> {
        let is_build =
            object.get("id").is_some_and(Value::is_string) && object.contains_key("build_structure");
        is_build.then_some(Self(object))
    }

    /// All builds in a sequence of JSON values: builds, lists of builds, payloads, and the output of `created --json`.
    /// Other values are skipped. Fails if the text is not JSON.
    pub fn parse_all(text: &str) -> serde_json::Result<Vec<Self>> {
        let mut builds = Vec::new();
        for value in serde_json::Deserializer::from_str(text).into_iter() {
            collect_builds(value?, &mut builds);
        }
        Ok(builds)
    }

    /// The build's id.
    pub fn id(&self) -> &str {
        self.text("id").unwrap_or_default()
    }

    /// The id of the application that the build belongs to.
    pub fn application_id(&self) -> Option<&str> {
        self.text("application_id")
    }

    /// The id of the workspace that the build belongs to.
    pub fn workspace_id(&self) -> Option<&str> {
        self.text("workspace_id")
    }

    /// The CI's id of the run that sent the build.
    pub fn run_id(&self) -> Option<&str> {
        self.0.get("ci_pipeline")?.get("ci_run_id")?.as_str()
    }

    /// The build's stream, an object, or `null`.
    pub fn stream(&self) -> Value {
        self.0.get("stream").cloned().unwrap_or_default()
    }

    /// The build's labels, each an object with a `name`.
    pub fn labels(&self) -> &[Value] {
        self.0.get("labels").and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// The build with one key set, at its old place if it was there.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.0.insert(key.to_owned(), value.into());
        self
    }

    /// The build without these keys.
    #[must_use]
    pub fn without(mut self, keys: &[&str]) -> Self {
        self.0.retain(|key, _| !keys.contains(&key.as_str()));
        self
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.as_str()
    }
}

impl From<SentBuild> for Value {
    fn from(build: SentBuild) -> Self {
        Self::Object(build.0)
    }
}

fn collect_builds(value: Value, builds: &mut Vec<SentBuild>) {
    match value {
        Value::Array(values) => values.into_iter().for_each(|value| collect_builds(value, builds)),
        Value::Object(mut object) => {
            let in_payload = object.get_mut("data").and_then(|data| data.get_mut("build")).map(Value::take);
            match in_payload.or_else(|| object.get_mut("build").map(Value::take)) {
                Some(build) => collect_builds(build, builds),
                None => builds.extend(SentBuild::from_object(object)),
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::SentBuild;

    #[test]
    fn builds_are_found_wherever_we_write_them() {
        let build = r#"{"id":"b1","build_structure":"file","made_up":[1,null]}"#;
        for text in [
            build.to_owned(),
            format!("[{build}]"),
            format!(r#"{{"id":"e1","event":"build.created","data":{{"build":{build}}}}}"#),
            format!(r#"{{"event":"build.created","build":{build}}}"#),
            format!("{{\"event\":\"build/finished\",\"build\":null}}\n7\n{build}"),
        ] {
            let builds = SentBuild::parse_all(&text).unwrap();
            assert_eq!(builds.len(), 1, "{text}");
            assert_eq!(serde_json::to_string(&builds[0]).unwrap(), build);
        }
        assert!(SentBuild::parse_all(r#"{"id":7,"build_structure":"file"}"#).unwrap().is_empty());
        assert!(SentBuild::parse_all("{").is_err());
    }

    #[test]
    fn a_changed_key_keeps_its_place() {
        let text = r#"{"id":"b1","build_structure":"file","stream":null,"labels":[]}"#;
        let build = SentBuild::parse_all(text).unwrap().remove(0).with("stream", "Beta").with("new", 1);
        let expected = r#"{"id":"b1","build_structure":"file","stream":"Beta","labels":[],"new":1}"#;
        assert_eq!(serde_json::to_string(&build).unwrap(), expected);
        assert_eq!(build.without(&["new"]).labels().len(), 0);
    }
}
