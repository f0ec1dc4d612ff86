//! A build in Buildstash's format: rendered once, when its event is made, and read back when the build is moved, labeled
//! or released.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

/// A build in Buildstash's format. It keeps the keys it was rendered or read with, known here or not, in their order.
///
/// It is kept as text: a command may have thousands.
#[derive(Debug, Clone)]
pub struct SentBuild {
    id: Box<str>,
    json: Box<str>,
}

impl SentBuild {
    /// Takes an object that has the keys of a build: a string `id` and `build_structure`.
    pub fn from_object(object: &Map<String, Value>) -> Option<Self> {
        let is_build =
            object.get("id").is_some_and(Value::is_string) && object.contains_key("build_structure");
        is_build.then(|| Self::new(object))
    }

    fn new(object: &Map<String, Value>) -> Self {
        let id = object.get("id").and_then(Value::as_str).unwrap_or_default().into();
        // Text, numbers, and lists and objects of them can always be written.
        Self { id, json: serde_json::to_string(object).unwrap_or_default().into() }
    }

    /// Its keys and values.
    fn object(&self) -> Map<String, Value> {
        serde_json::from_str(&self.json).unwrap_or_default()
    }

    /// All builds in a sequence of JSON values: builds, lists of builds, payloads, and the output of `created --json`.
    /// Other values are skipped. Fails if the text is not JSON.
    pub fn parse_all(text: &str) -> serde_json::Result<Vec<Self>> {
        let mut builds = Vec::new();
        for value in serde_json::Deserializer::from_str(without_byte_order_mark(text)).into_iter() {
            collect_builds(value?, &mut builds);
        }
        Ok(builds)
    }

    /// The text of [`SentBuild::parse_all`] with these builds in place of those with the same ids. `None` if it has none of them.
    pub fn replace_all(text: &str, builds: &[Self]) -> serde_json::Result<Option<String>> {
        let text = without_byte_order_mark(text);
        let mut values: Vec<Value> =
            serde_json::Deserializer::from_str(text).into_iter().collect::<Result<_, _>>()?;
        let count = values.iter_mut().map(|value| replace_builds(value, builds)).sum::<usize>();
        if count == 0 {
            return Ok(None);
        }
        let mut replaced = match values.as_slice() {
            [only] => serde_json::to_string_pretty(only)?,
            several => several.iter().map(serde_json::to_string).collect::<Result<Vec<_>, _>>()?.join("\n"),
        };
        replaced.push('\n');
        Ok(Some(replaced))
    }

    /// The build's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The id of the application that the build belongs to.
    pub fn application_id(&self) -> Option<String> {
        self.text("application_id")
    }

    /// The id of the workspace that the build belongs to.
    pub fn workspace_id(&self) -> Option<String> {
        self.text("workspace_id")
    }

    /// The name of its file.
    pub fn filename(&self) -> Option<String> {
        self.object().get("primary_file")?.get("filename")?.as_str().map(str::to_owned)
    }

    /// When the build was created, as it was written.
    pub fn created_at(&self) -> Option<String> {
        self.text("created_at")
    }

    /// When the build was last changed, as it was written.
    pub fn updated_at(&self) -> Option<String> {
        self.text("updated_at")
    }

    /// The build's stream, an object, or `null`.
    pub fn stream(&self) -> Value {
        self.object().get("stream").cloned().unwrap_or_default()
    }

    /// The build's labels, each an object with a `name`.
    pub fn labels(&self) -> Vec<Value> {
        let labels = self.object().get("labels").and_then(Value::as_array).cloned();
        labels.unwrap_or_default()
    }

    /// Whether no value in it is nested as deeply as this.
    pub fn is_shallower_than(&self, depth: usize) -> bool {
        fn is_shallower(value: &Value, depth: usize) -> bool {
            depth > 0
                && match value {
                    Value::Array(values) => values.iter().all(|value| is_shallower(value, depth - 1)),
                    Value::Object(object) => object.values().all(|value| is_shallower(value, depth - 1)),
                    _ => true,
                }
        }
        self.object().values().all(|value| is_shallower(value, depth))
    }

    /// The build with one key set, at its old place if it was there.
    #[must_use]
    pub fn with(self, key: &str, value: impl Into<Value>) -> Self {
        self.changed(|object| {
            object.insert(key.to_owned(), value.into());
        })
    }

    /// The build without these keys.
    #[must_use]
    pub fn without(self, keys: &[&str]) -> Self {
        self.changed(|object| object.retain(|key, _| !keys.contains(&key.as_str())))
    }

    fn changed(self, change: impl FnOnce(&mut Map<String, Value>)) -> Self {
        let mut object = self.object();
        change(&mut object);
        Self::new(&object)
    }

    /// The build with the keys of Buildstash's examples alone.
    #[must_use]
    pub fn without_added_keys(self) -> Self {
        self.without(&["version_full"]).changed(|object| {
            if let Some(Value::Object(pipeline)) = object.get_mut("ci_pipeline") {
                pipeline.shift_remove("build_slug");
            }
            for key in ["primary_file", "expansion_files", "metadata_artifacts"] {
                let files = match object.get_mut(key) {
                    Some(Value::Array(files)) => files.as_mut_slice(),
                    Some(file) => std::slice::from_mut(file),
                    None => continue,
                };
                for file in files.iter_mut().filter_map(Value::as_object_mut) {
                    file.shift_remove("checksum_sha256");
                }
            }
        })
    }

    fn text(&self, key: &str) -> Option<String> {
        self.object().get(key)?.as_str().map(str::to_owned)
    }
}

/// Two builds are the same if they have the same keys and values.
impl PartialEq for SentBuild {
    fn eq(&self, other: &Self) -> bool {
        self.object() == other.object()
    }
}

impl Eq for SentBuild {}

impl Serialize for SentBuild {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.object().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for SentBuild {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Map::deserialize(deserializer).map(|object| Self::new(&object))
    }
}

impl From<SentBuild> for Value {
    fn from(build: SentBuild) -> Self {
        Self::Object(build.object())
    }
}

/// The text without the byte order mark that some programs of Windows write in front of it.
pub fn without_byte_order_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// Replaces builds where [`collect_builds`] finds them, and returns their number.
fn replace_builds(value: &mut Value, builds: &[SentBuild]) -> usize {
    match value {
        Value::Array(values) => values.iter_mut().map(|value| replace_builds(value, builds)).sum(),
        Value::Object(object) => {
            if object.get("data").is_some_and(|data| data.get("build").is_some()) {
                return object["data"].get_mut("build").map_or(0, |build| replace_builds(build, builds));
            }
            if let Some(build) = object.get_mut("build") {
                return replace_builds(build, builds);
            }
            let known = SentBuild::from_object(object);
            let new = known.and_then(|known| builds.iter().find(|build| build.id() == known.id()));
            if let Some(new) = new {
                *object = new.object();
            }
            usize::from(new.is_some())
        }
        _ => 0,
    }
}

fn collect_builds(value: Value, builds: &mut Vec<SentBuild>) {
    match value {
        Value::Array(values) => values.into_iter().for_each(|value| collect_builds(value, builds)),
        Value::Object(mut object) => {
            let in_payload = object.get_mut("data").and_then(|data| data.get_mut("build")).map(Value::take);
            match in_payload.or_else(|| object.get_mut("build").map(Value::take)) {
                Some(build) => collect_builds(build, builds),
                None => builds.extend(SentBuild::from_object(&object)),
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
