//! Ids that replace the generated ones.

use super::Setting;
use super::declaration::settings;
use crate::ids::IdOverrides;

settings! {
    /// Ids that replace the generated ones.
    pub struct IdSettings {
        /// App id in the Bitrise format
        app_slug: Id,
        /// Build id in the Bitrise format
        build_slug: String as ID,
        /// Application id in the Buildstash format
        application_id: String as ID,
        /// Workspace id in the Buildstash format
        workspace_id: String as ID,
        /// Build id in the Buildstash format
        build_id: String as ID,
    }
}

impl From<IdSettings> for IdOverrides {
    fn from(settings: IdSettings) -> Self {
        let IdSettings { app_slug, build_slug, application_id, workspace_id, build_id } = settings;
        Self { app_slug: app_slug.map(|slug| slug.0), build_slug, application_id, workspace_id, build_id }
    }
}

/// An id, which a header contains too.
#[derive(Debug, Clone)]
pub struct Id(String);

impl Setting for Id {
    const PLACEHOLDER: &'static str = "ID";
    const EXPECTED: &'static str = "an id of at most 100 visible ASCII characters";

    fn parse(text: &str) -> Option<Self> {
        let is_id = text.len() <= 100 && text.bytes().all(|byte| byte.is_ascii_graphic());
        is_id.then(|| Self(text.to_owned()))
    }
}
