//! The `data` of `release.created` and `release.updated`.

use anyhow::Result;
use serde_json::{Value, json};

use super::named::Label;
use super::{micros, owner, to_value};
use crate::artifact::Version;
use crate::event::{Event, ReleaseDetails};

/// Keys of a build that a release does not repeat.
const OMITTED_KEYS: [&str; 6] =
    ["architectures", "primary_file", "expansion_files", "metadata_artifacts", "ios_info", "android_info"];

/// The release belongs to the owner of its first build, else to the sender.
pub(super) fn data(event: &Event, release: &ReleaseDetails) -> Result<Value> {
    let sender = &event.source.ids;
    let owner = release.builds.first().map_or_else(|| sender.clone(), |build| owner(build, sender));
    let labels: Vec<Value> =
        release.labels.iter().map(|label| to_value(&Label::new(label, &owner))).collect::<Result<_>>()?;
    let builds: Vec<Value> =
        release.builds.iter().map(|build| build.clone().without(&OMITTED_KEYS).into()).collect();
    let ReleaseDetails { version, title, notes, .. } = release;
    let [major, minor, patch] = version.numbers();
    Ok(json!({ "release": {
        "id": owner.release_id(&version.full()),
        "version": version.full(),
        "version_short": version.short(),
        "version_semantic_major": major,
        "version_semantic_minor": minor,
        "version_semantic_patch": patch,
        "version_semantic_extra": Version::extra(version),
        "version_semantic_meta": Version::meta(version),
        "title": title,
        "labels": labels,
        "notes": notes,
        "builds": builds,
        "application_id": owner.application_id,
        "workspace_id": owner.workspace_id,
        "created_at": micros(event.time),
        "updated_at": micros(event.time),
    }}))
}
