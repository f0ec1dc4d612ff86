//! The `data` of `release.created` and `release.updated`.

use anyhow::Result;
use serde_json::{Value, json};

use super::named::Label;
use super::{micros, to_value};
use crate::artifact::Version;
use crate::event::{Event, ReleaseDetails};
use crate::sent_build::SentBuild;

/// Keys of a build that a release does not repeat.
const OMITTED_KEYS: [&str; 6] =
    ["architectures", "primary_file", "expansion_files", "metadata_artifacts", "ios_info", "android_info"];

pub(super) fn data(
    event: &Event,
    release: &ReleaseDetails,
    sendable: impl Fn(&SentBuild) -> SentBuild,
) -> Result<Value> {
    let owner = release.owner(&event.source.ids);
    let created_at = micros(release.created_at);
    let label = |label| to_value(&Label::new(label, &owner, &created_at));
    let labels: Vec<Value> = release.labels.iter().map(|name| label(name)).collect::<Result<_>>()?;
    let builds: Vec<Value> =
        release.builds.iter().map(|build| sendable(build).without(&OMITTED_KEYS).into()).collect();
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
        "created_at": created_at,
        "updated_at": micros(event.time),
    }}))
}
