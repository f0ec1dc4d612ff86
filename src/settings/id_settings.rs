//! Ids that replace the generated ones.

use super::declaration::settings;
use crate::ids::IdOverrides;

settings! {
    /// Ids that replace the generated ones.
    pub struct IdSettings {
        /// App id in the Bitrise format
        #[input]
        app_slug: String as ID,
        /// Build id in the Bitrise format
        #[input]
        build_slug: String as ID,
        /// Application id in the Buildstash format
        #[input]
        application_id: String as ID,
        /// Workspace id in the Buildstash format
        #[input]
        workspace_id: String as ID,
        /// Build id in the Buildstash format
        #[input]
        build_id: String as ID,
    }
}

impl From<IdSettings> for IdOverrides {
    fn from(settings: IdSettings) -> Self {
        let IdSettings { app_slug, build_slug, application_id, workspace_id, build_id } = settings;
        Self { app_slug, build_slug, application_id, workspace_id, build_id }
    }
}
