//! What a build of Buildstash consists of, each part an object of its own.

use serde::Serialize;

use super::micros;
use crate::artifact::catalog;
use crate::artifact::{AndroidInfo, IosInfo};
use crate::ci::Context;
use crate::event::{self, Event};
use crate::ids::Ids;

#[derive(Serialize)]
pub(super) struct Platform {
    name: &'static str,
    short_name: &'static str,
    identifier: &'static str,
}

impl Platform {
    pub(super) fn of(platform: &catalog::Platform) -> Self {
        Self { name: platform.name, short_name: platform.short_name, identifier: platform.identifier }
    }
}

#[derive(Serialize)]
pub(super) struct Architecture {
    name: &'static str,
    identifier: &'static str,
    description: Option<&'static str>,
}

impl Architecture {
    pub(super) fn of(architecture: &catalog::Architecture) -> Self {
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
    created_at: Option<String>,
    updated_at: Option<String>,
}

impl<'a> Stream<'a> {
    pub(super) fn of(name: &'a str, ids: &'a Ids) -> Self {
        Self {
            id: ids.stream_id(name),
            name,
            description: None,
            retention_days: None,
            application_id: &ids.application_id,
            workspace_id: &ids.workspace_id,
            created_at: None,
            updated_at: None,
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
    created_at: Option<String>,
    updated_at: Option<String>,
}

impl<'a> Label<'a> {
    pub(super) fn of(name: &'a str, ids: &'a Ids) -> Self {
        Self {
            id: ids.label_id(name),
            name,
            description: None,
            color: None,
            level: "application",
            application_id: &ids.application_id,
            workspace_id: &ids.workspace_id,
            created_at: None,
            updated_at: None,
        }
    }
}

#[derive(Serialize)]
pub(super) struct IosInfoObject<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    build_id: Option<&'a str>,
    bundle_id: Option<&'a str>,
    bundle_name: Option<&'a str>,
    key_type: Option<&'a str>,
    minimum_os: Option<&'a str>,
    bundle_version: Option<&'a str>,
    version_short_string: Option<&'a str>,
    provisioning_profile_uuid: Option<&'a str>,
    provisioning_profile_expiry: Option<String>,
    team_name: Option<&'a str>,
    team_identifier: Option<&'a str>,
}

impl<'a> IosInfoObject<'a> {
    pub(super) fn of(info: &'a IosInfo, build_id: Option<&'a str>) -> Self {
        Self {
            build_id,
            bundle_id: info.bundle_id.as_deref(),
            bundle_name: info.bundle_name.as_deref(),
            key_type: info.key_type.as_deref(),
            minimum_os: info.minimum_os.as_deref(),
            bundle_version: info.bundle_version.as_deref(),
            version_short_string: info.version_short_string.as_deref(),
            provisioning_profile_uuid: info.provisioning_profile_uuid.as_deref(),
            provisioning_profile_expiry: info.provisioning_profile_expiry.map(micros),
            team_name: info.team_name.as_deref(),
            team_identifier: info.team_identifier.as_deref(),
        }
    }
}

#[derive(Serialize)]
pub(super) struct AndroidInfoObject<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    build_id: Option<&'a str>,
    package_name: Option<&'a str>,
    minimum_api: Option<i64>,
    target_api: Option<i64>,
    version_name: Option<&'a str>,
    version_code: Option<i64>,
    is_debuggable: Option<bool>,
    package_signed: Option<bool>,
}

impl<'a> AndroidInfoObject<'a> {
    pub(super) fn of(info: &'a AndroidInfo, build_id: Option<&'a str>) -> Self {
        Self {
            build_id,
            package_name: info.package_name.as_deref(),
            minimum_api: info.minimum_api,
            target_api: info.target_api,
            version_name: info.version_name.as_deref(),
            version_code: info.version_code,
            is_debuggable: info.is_debuggable,
            package_signed: info.package_signed,
        }
    }
}

#[derive(Serialize)]
pub(super) struct CiPipeline<'a> {
    ci_pipeline_name: Option<&'a str>,
    ci_pipeline_url: Option<&'a str>,
    ci_run_id: Option<&'a str>,
    ci_run_url: Option<&'a str>,
    ci_build_duration: Option<String>,
}

impl<'a> CiPipeline<'a> {
    pub(super) fn of(event: &'a Event) -> Self {
        let context = &event.context;
        Self {
            ci_pipeline_name: context.pipeline.name.as_deref(),
            ci_pipeline_url: context.pipeline.url.as_deref(),
            ci_run_id: context.run.id.as_deref(),
            ci_run_url: context.run.url.as_deref(),
            ci_build_duration: event.started_at.map(|start| {
                let seconds = event.time.as_second().saturating_sub(start.as_second());
                event::clock_face(u64::try_from(seconds).unwrap_or(0))
            }),
        }
    }
}

#[derive(Serialize)]
pub(super) struct Scm<'a> {
    scm_host_type: Option<&'a str>,
    scm_host: Option<&'a str>,
    scm_repo_name: Option<&'a str>,
    scm_repo_url: Option<&'a str>,
    scm_branch: Option<&'a str>,
    scm_commit_sha: Option<&'a str>,
    scm_commit_sha_short: Option<&'a str>,
    scm_commit_url: Option<&'a str>,
}

impl<'a> Scm<'a> {
    pub(super) fn of(context: &'a Context) -> Self {
        let git = &context.git;
        let sha = git.commit_sha.as_deref();
        Self {
            scm_host_type: git.host_type.as_deref(),
            scm_host: git.host.as_deref(),
            scm_repo_name: git.repository.as_deref(),
            scm_repo_url: git.repository_url.as_deref(),
            scm_branch: git.branch.as_deref(),
            scm_commit_sha: sha,
            scm_commit_sha_short: sha.map(|sha| sha.get(..7).unwrap_or(sha)),
            scm_commit_url: git.commit_url.as_deref(),
        }
    }
}
