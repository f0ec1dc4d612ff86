//! Every setting by its name, once: flags, environment variables and the file all use this list.

use std::sync::LazyLock;

use crate::ci::{Context, FieldType};

/// One setting.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// Its name in the file; `BUILDHOOK_` and upper case make the variable, dashes make the flag.
    pub name: &'static str,
    /// What it takes, in one word for the help: `FILE`.
    pub value: &'static str,
    /// What it is, in a line.
    pub help: &'static str,
}

const fn key(name: &'static str, value: &'static str, help: &'static str) -> Key {
    Key { name, value, help }
}

/// Settings of the whole command.
pub const GLOBAL: &[Key] = &[
    key("config", "FILE", "Configuration file [default: .buildhook.toml, .github/buildhook.toml]"),
    key("state_dir", "FOLDER", "Where deliveries are recorded [default: $RUNNER_TEMP/buildhook, .buildhook]"),
    key(
        "keep_days",
        "NUMBER",
        "Days after which records of deliveries go, if they were delivered [default: 30]",
    ),
    key(
        "keep_records",
        "NUMBER",
        "Records beyond which the oldest go, if they were delivered [default: 1000]",
    ),
    key("fail_on_error", "BOOL", "Exit with 3 when something could not be delivered [default: true]"),
    key("timeout", "TIME", "Longest wait of one attempt [default: 10s]"),
    key("retries", "NUMBER", "Further attempts after the first [default: 2]"),
    key("deadline", "TIME", "Longest time for all attempts to all endpoints [default: 30s]"),
    key("ca_file", "FILE", "PEM file of certificate authorities to trust besides the system's"),
    key("strict", "BOOL", "Send only the keys that Bitrise's page lists [default: false]"),
    key("scope", "SCOPE", "What a build is: the whole pipeline `run`, or this `job` alone"),
    key("log", "LEVEL", "What is told on stderr: error, warn, info or debug [default: info]"),
];

/// Settings of one endpoint. They have no flags: addresses and secrets would show in the process list.
pub const ENDPOINT: &[Key] = &[
    key("url", "URL", "Where events are posted"),
    key("secret", "SECRET", "Signs each body; with `whsec_` in front also by Standard Webhooks"),
    key("previous_secret", "SECRET", "Signs as well, during a rotation of `whsec_` secrets"),
    key("name", "NAME", "How the endpoint is called in what is printed and recorded [default: its host]"),
    key(
        "events",
        "EVENTS",
        "Events it gets, separated by commas, `*` at the end matches the rest [default: all]",
    ),
    key("only_stream", "STREAM", "Gets only the `.stream` events of this stream"),
    key("only_label", "LABEL", "Gets only the label events of this label"),
    key("headers", "HEADERS", "Further headers, `Name: value`, one a line"),
    key("encoding", "ENCODING", "`json`, or `form` for `payload=…` [default: json]"),
    key("format", "FORMAT", "`native`, or `cdevents` [default: native]"),
    key("timeout", "TIME", "Longest wait of one attempt"),
    key("retries", "NUMBER", "Further attempts after the first"),
    key("active", "BOOL", "Whether it gets anything [default: true]"),
];

/// Ids that are otherwise derived.
pub const IDENTITY: &[Key] = &[
    key("app_slug", "ID", "The app's id in Bitrise's form"),
    key("build_slug", "ID", "The build's id in Bitrise's form"),
    key("application_id", "ID", "The application's id in Buildstash's form"),
    key("workspace_id", "ID", "The workspace's id in Buildstash's form"),
    key("build_id", "ID", "The build's id in Buildstash's form"),
];

/// What is said about an artifact.
pub const ARTIFACT: &[Key] = &[
    key("version", "VERSION", "Semantic version [default: the tag, if it is one]"),
    key("platform", "PLATFORM", "Buildstash platform, such as ios, android, windows"),
    key("architectures", "LIST", "Buildstash architectures, such as arm64v8,x64"),
    key("stream", "STREAM", "Stream the build goes to, such as nightlies"),
    key("labels", "LIST", "Labels of the build, separated by commas"),
    key("notes", "TEXT", "Notes about the build"),
    key("build_number", "NUMBER", "The build's own number [default: the run's number]"),
    key("expansion", "FILE", "Expansion file of an apk"),
    key("metadata", "LIST", "Files that accompany the build, such as its log; 10 at most, of 5 MB at most"),
    key("download_url", "URL", "Where the artifact can be had"),
];

/// What is said about a release, besides what it shares with an artifact.
pub const RELEASE: &[Key] = &[
    key("title", "TEXT", "Title of the release [default: that of the CI's release]"),
    key("notes_file", "FILE", "File with the notes, Markdown"),
];

/// What is otherwise detected: one key for each field of the [`Context`].
pub static CONTEXT: LazyLock<Vec<Key>> = LazyLock::new(|| {
    let mut context = Context::default();
    let keys = context.fields().into_iter().map(|field| {
        let value = match field.field_type {
            FieldType::Url | FieldType::Repository => "URL",
            FieldType::Number | FieldType::PullRequest => "NUMBER",
            FieldType::Time => "TIME",
            FieldType::Branch => "BRANCH",
            FieldType::Tag => "TAG",
            FieldType::Commit => "COMMIT",
            FieldType::Trigger => "TRIGGER",
            FieldType::Status => "STATUS",
            FieldType::Text => "TEXT",
        };
        key(field.setting, value, field.help)
    });
    keys.collect()
});

/// The settings that are not an endpoint's: they may stand at the top of the file and in the environment.
pub fn top_level() -> impl Iterator<Item = &'static Key> {
    GLOBAL.iter().chain(IDENTITY).chain(ARTIFACT).chain(RELEASE).chain(CONTEXT.iter())
}

/// The known name that is most like `name`, if one is like it at all.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// The environment variable of a setting.
pub fn variable(name: &str) -> String {
    format!("BUILDHOOK_{}", name.to_ascii_uppercase())
}

/// The flag of a setting, without its dashes.
pub fn flag(name: &str) -> String {
    name.replace('_', "-")
}
