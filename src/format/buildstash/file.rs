//! Files of a build: the artifact itself, its expansion file, and what accompanies it.

use serde::Serialize;

use super::micros;
use crate::artifact::catalog::{self, Filetype};
use crate::artifact::{Artifact, size_string};
use crate::event::{Build, Event};

/// A file of a build. What it is to the build shows in the key of its type.
#[derive(Serialize)]
pub(super) struct FileObject<'a> {
    id: String,
    filename: &'a str,
    size_bytes: u64,
    size_string: String,
    checksum_md5: &'a str,
    #[serde(flatten)]
    filetype: FiletypeOf,
    build_id: &'a str,
    application_id: &'a str,
    workspace_id: &'a str,
    created_at: String,
    updated_at: String,
}

#[derive(Serialize)]
enum FiletypeOf {
    #[serde(rename = "filetype")]
    Primary(Option<PrimaryFiletype>),
    #[serde(rename = "expansion_filetype")]
    Expansion(Option<OtherFiletype>),
    #[serde(rename = "metadata_filetype")]
    Metadata(Option<OtherFiletype>),
}

/// The type of an artifact.
#[derive(Serialize)]
pub(super) struct PrimaryFiletype {
    name: &'static str,
    extension: &'static str,
    description: Option<&'static str>,
    mime_type: &'static str,
    supports_expansion: bool,
}

/// The type of any other file.
#[derive(Serialize)]
struct OtherFiletype {
    name: &'static str,
    extension: &'static str,
    description: Option<&'static str>,
    mime_type: &'static str,
}

impl PrimaryFiletype {
    pub(super) fn of(filetype: &Filetype) -> Self {
        Self {
            name: filetype.name,
            extension: filetype.extension,
            description: (filetype.extension == "ipa").then_some("iOS application archive"),
            mime_type: catalog::mime_type_of(filetype.extension),
            supports_expansion: filetype.extension == "apk",
        }
    }
}

impl OtherFiletype {
    fn new(extension: &'static str, name: &'static str) -> Self {
        Self { name, extension, description: None, mime_type: catalog::mime_type_of(extension) }
    }
}

impl<'a> FileObject<'a> {
    /// The artifact itself.
    pub(super) fn primary(file: &'a Artifact, event: &'a Event, build: &'a Build) -> Self {
        Self::new(file, FiletypeOf::Primary(file.filetype.map(PrimaryFiletype::of)), event, build)
    }

    /// The expansion file of an apk, of which Buildstash knows one type.
    pub(super) fn expansion(file: &'a Artifact, event: &'a Event, build: &'a Build) -> Self {
        let is_obb = file.filename.to_ascii_lowercase().ends_with(".obb");
        let filetype = is_obb.then(|| OtherFiletype::new("obb", "Android OBB Expansion File"));
        Self::new(file, FiletypeOf::Expansion(filetype), event, build)
    }

    /// A file that accompanies the build.
    pub(super) fn metadata(file: &'a Artifact, event: &'a Event, build: &'a Build) -> Self {
        let filetype = catalog::metadata_filetype_of(&file.filename);
        let filetype = filetype.map(|(extension, name)| OtherFiletype::new(extension, name));
        Self::new(file, FiletypeOf::Metadata(filetype), event, build)
    }

    fn new(file: &'a Artifact, filetype: FiletypeOf, event: &'a Event, build: &'a Build) -> Self {
        Self {
            id: event.ids.file_id(&build.id, file).to_string(),
            filename: &file.filename,
            size_bytes: file.size_bytes,
            size_string: size_string(file.size_bytes),
            checksum_md5: &file.checksum_md5,
            filetype,
            build_id: &build.id,
            application_id: &event.ids.application_id,
            workspace_id: &event.ids.workspace_id,
            created_at: micros(event.time),
            updated_at: micros(event.time),
        }
    }
}
