//! Options of a release, besides the version, notes and labels of
//! [`ArtifactOptions`](super::ArtifactOptions).

use std::path::PathBuf;

use super::declaration::settings;

settings! {
    /// Options of a release, besides the version, notes and labels of
    /// [`ArtifactOptions`](super::ArtifactOptions).
    pub struct ReleaseOptions {
        /// Title of the release
        title: String => "from the CI's release",
        /// Markdown file with the notes of the release
        notes_file: PathBuf,
    }
}
