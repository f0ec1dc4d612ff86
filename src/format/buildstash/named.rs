//! Small objects with a name: platform, architecture, stream, label.

use serde::Serialize;

use crate::artifact::catalog;
use crate::ids::Ids;

#[derive(Serialize)]
pub(super) struct Platform {
    name: &'static str,
    short_name: &'static str,
    identifier: &'static str,
}

impl From<&catalog::Platform> for Platform {
    fn from(platform: &catalog::Platform) -> Self {
        Self { name: platform.name, short_name: platform.short_name, identifier: platform.identifier }
    }
}

#[derive(Serialize)]
pub(super) struct Architecture {
    name: &'static str,
    identifier: &'static str,
    description: Option<&'static str>,
}

impl From<&catalog::Architecture> for Architecture {
    fn from(architecture: &catalog::Architecture) -> Self {
        let catalog::Architecture { identifier, name, description } = *architecture;
        Self { name, identifier, description }
    }
}

#[derive(Serialize)]
pub(super) struct Stream<'a> {
    id: String,
    name: &'a str,
    description: Option<&'a str>,
    retention_days: Option<u64>,
    application_id: &'a str,
    workspace_id: &'a str,
    created_at: &'a str,
    updated_at: &'a str,
}

impl<'a> Stream<'a> {
    /// `since` is the time of the build or release that has it.
    pub(super) fn new(name: &'a str, ids: &'a Ids, since: &'a str) -> Self {
        Self {
            id: ids.stream_id(name),
            name,
            description: None,
            retention_days: None,
            application_id: &ids.application_id,
            workspace_id: &ids.workspace_id,
            created_at: since,
            updated_at: since,
        }
    }
}

#[derive(Serialize)]
pub(super) struct Label<'a> {
    id: String,
    name: &'a str,
    description: Option<&'a str>,
    color: Option<&'a str>,
    level: &'static str,
    application_id: &'a str,
    workspace_id: &'a str,
    created_at: &'a str,
    updated_at: &'a str,
}

impl<'a> Label<'a> {
    /// `since` is the time of the build or release that has it.
    pub(super) fn new(name: &'a str, ids: &'a Ids, since: &'a str) -> Self {
        Self {
            id: ids.label_id(name),
            name,
            description: None,
            color: None,
            level: "application",
            application_id: &ids.application_id,
            workspace_id: &ids.workspace_id,
            created_at: since,
            updated_at: since,
        }
    }
}
