//! All settings, by group. Flags, variables, keys, help and documentation follow from these lists.

use std::sync::LazyLock;

use super::setting::{Flag, Key, Setting};
use super::{ArtifactOptions, Endpoint, General, IdSettings, ReleaseOptions, WebUrl};
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

/// The settings that do not belong to an endpoint: they have flags, and stand at the top level of the file.
pub fn top_level() -> impl Iterator<Item = &'static Key> {
    let options = ArtifactOptions::KEYS.iter().chain(ReleaseOptions::KEYS);
    General::KEYS.iter().chain(IdSettings::KEYS).chain(options).chain(OVERRIDES.iter())
}

/// Whether an endpoint has a setting of this name.
pub(super) fn is_endpoint_setting(name: &str) -> bool {
    Endpoint::KEYS.iter().any(|key| key.name == name)
}
