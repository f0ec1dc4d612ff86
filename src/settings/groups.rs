//! All settings, by group. Flags, variables, keys, help and documentation follow from these lists.

use std::sync::LazyLock;

use super::key::{Flag, Key};
use super::setting::Setting;
use super::{ArtifactOptions, Endpoint, General, IdSettings, JobOptions, ReleaseOptions, WebUrl};
use crate::ci::{Context, FieldType};

/// Settings that override detected values, one for each field of the [`Context`].
pub static OVERRIDES: LazyLock<Vec<Key>> = LazyLock::new(|| {
    let mut context = Context::default();
    let keys = context.fields().into_iter().map(|field| Key {
        name: field.setting,
        placeholder: placeholder(field.field_type),
        help: field.help,
        default: "",
        default_note: "",
        flag: Flag::Once,
        is_private: false,
        input: None,
    });
    keys.collect()
});

fn placeholder(field_type: FieldType) -> &'static str {
    match field_type {
        FieldType::Url | FieldType::Repository => WebUrl::PLACEHOLDER,
        FieldType::Number | FieldType::PullRequest => u32::PLACEHOLDER,
        FieldType::Time => "TIME",
        FieldType::Branch => "BRANCH",
        FieldType::Tag => "TAG",
        FieldType::Commit => "COMMIT",
        FieldType::Trigger => "TRIGGER",
        FieldType::Status => "STATUS",
        FieldType::Text | FieldType::Provider => String::PLACEHOLDER,
    }
}

/// A group of settings.
#[derive(Debug, Clone, Copy)]
pub struct Group {
    /// Its name in the documentation.
    pub name: &'static str,
    /// Its settings.
    pub keys: &'static [Key],
}

/// The settings of an endpoint. They have no flags.
pub const ENDPOINT: Group = Group { name: "endpoint", keys: Endpoint::KEYS };

/// The groups whose settings have flags and are at the top level of the file.
pub fn top_level_groups() -> [Group; 6] {
    [
        Group { name: "general", keys: General::KEYS },
        Group { name: "artifacts", keys: ArtifactOptions::KEYS },
        Group { name: "releases", keys: ReleaseOptions::KEYS },
        Group { name: "jobs", keys: JobOptions::KEYS },
        Group { name: "ids", keys: IdSettings::KEYS },
        Group { name: "detected values", keys: &OVERRIDES },
    ]
}

/// The settings of these groups.
pub fn top_level() -> impl Iterator<Item = &'static Key> {
    top_level_groups().into_iter().flat_map(|group| group.keys)
}

/// Whether a setting often contains outsiders' text, so that a mistake in it must cost no other event or field: the options of
/// artifacts and releases, fields, and the matrix.
pub(super) fn has_outsiders_text(name: &str) -> bool {
    let mut options = ArtifactOptions::KEYS.iter().chain(ReleaseOptions::KEYS);
    ["fields", "matrix"].contains(&name) || options.any(|key| key.name == name)
}

/// The variable of an endpoint's setting that has no flag, by its name, also in the singular, and with the endpoint's number.
pub fn endpoint_variable(name: &str) -> Option<String> {
    let base = name.trim_end_matches(|c: char| c == '_' || c.is_ascii_digit());
    let is_this = |key: &&Key| key.name == base || key.name.strip_suffix('s') == Some(base);
    let key = ENDPOINT.keys.iter().find(is_this)?;
    let has_flag = General::KEYS.iter().any(|other| other.name == key.name);
    (!has_flag).then(|| format!("{}{}", key.variable(), &name[base.len()..]))
}

/// Whether an endpoint has a setting of this name.
pub(super) fn is_endpoint_setting(name: &str) -> bool {
    ENDPOINT.keys.iter().any(|key| key.name == name)
}
