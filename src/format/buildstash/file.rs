//! The files of a build: the artifact, its expansion file and related files.

use jiff::Timestamp;
use serde::Serialize;

use super::micros;
use crate::artifact::catalog::{self, Filetype};
use crate::artifact::{Artifact, size_string};
use crate::event::{Build, EventSource};

/// A file of a build. The key of its type depends on its role in the build.
#[derive(Serialize)]
pub(super) struct FileObject<'a> {
    id: String,
    filename: &'a str,
    size_bytes: u64,
    size_string: String,
    checksum_md5: &'a str,
    checksum_sha256: &'a str,
    #[serde(flatten)]
    filetype: RoleFiletype,
    build_id: &'a str,
    application_id: &'a str,
    workspace_id: &'a str,
    created_at: String,
    updated_at: String,
}

#[derive(Serialize)]
enum RoleFiletype {
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

/// The type of an expansion or related file.
#[derive(Serialize)]
struct OtherFiletype {
    name: &'static str,
    extension: &'static str,
    description: Option<&'static str>,
    mime_type: &'static str,
}

impl PrimaryFiletype {
    pub(super) fn new(filetype: &Filetype) -> Self {
        Self {
            name: filetype.name,
            extension: filetype.extension,
            description: catalog::description(filetype.extension),
            mime_type: catalog::mime_type(filetype.extension),
            supports_expansion: filetype.extension == "apk",
        }
    }
}

impl OtherFiletype {
    fn new(extension: &'static str, name: &'static str) -> Self {
        Self {
            name,
            extension,
            description: catalog::description(extension),
            mime_type: catalog::mime_type(extension),
        }
    }
}

impl<'a> FileObject<'a> {
    /// The artifact.
    pub(super) fn primary(
        file: &'a Artifact,
        build: &'a Build,
        source: &'a EventSource,
        time: Timestamp,
    ) -> Self {
        Self::new(file, RoleFiletype::Primary(file.filetype.map(PrimaryFiletype::new)), build, source, time)
    }

    /// The expansion file of an apk; Buildstash has one type for it.
    pub(super) fn expansion(
        file: &'a Artifact,
        build: &'a Build,
        source: &'a EventSource,
        time: Timestamp,
    ) -> Self {
        let is_obb = file.filename.to_ascii_lowercase().ends_with(".obb");
        let filetype = is_obb.then(|| OtherFiletype::new("obb", "Android OBB Expansion File"));
        Self::new(file, RoleFiletype::Expansion(filetype), build, source, time)
    }

    /// A related file, such as a log.
    pub(super) fn metadata(
        file: &'a Artifact,
        build: &'a Build,
        source: &'a EventSource,
        time: Timestamp,
    ) -> Self {
        let filetype = catalog::find_metadata_filetype(&file.filename);
        let filetype = filetype.map(|(extension, name)| OtherFiletype::new(extension, name));
        Self::new(file, RoleFiletype::Metadata(filetype), build, source, time)
    }

    fn new(
        file: &'a Artifact,
        filetype: RoleFiletype,
        build: &'a Build,
        source: &'a EventSource,
        time: Timestamp,
    ) -> Self {
        Self {
            id: source.ids.file_id(&build.id, file).to_string(),
            filename: &file.filename,
            size_bytes: file.size_bytes,
            size_string: size_string(file.size_bytes),
            checksum_md5: &file.checksum_md5,
            checksum_sha256: &file.checksum_sha256,
            filetype,
            build_id: &build.id,
            application_id: &source.ids.application_id,
            workspace_id: &source.ids.workspace_id,
            created_at: micros(time),
            updated_at: micros(time),
        }
    }
}
