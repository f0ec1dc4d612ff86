//! TeamCity.
//!
//! <https://www.jetbrains.com/help/teamcity/predefined-build-parameters.html>

use super::properties_file::Properties;
use super::provider::Provider;
use super::url_template::compose;
use super::variables::{Values, variables};
use super::{Context, Git, Job, Pipeline, PullRequest, Run, Sourced};
use crate::system::Environment;

pub(super) const PROVIDER: Provider = Provider::new("teamcity", "TeamCity", detect, read);

/// Its plugins for IDEs run tests as version `LOCAL`.
fn detect(environment: &Environment) -> Option<&'static str> {
    environment.marker(&["TEAMCITY_VERSION"]).filter(|name| environment.get(name) != Some("LOCAL"))
}

variables! {
    teamcity_project_name,
    teamcity_buildconf_name,
    /// The file with the build's parameters. Most of what there is to know stands only there.
    teamcity_build_properties_file,
    teamcity_pullrequest_number,
    teamcity_pullrequest_source_branch,
    teamcity_pullrequest_target_branch,
    /// Any text.
    build_number,
    /// Newer servers.
    build_url,
    /// With one repository only; `BUILD_VCS_NUMBER_ID` otherwise.
    build_vcs_number,
}

fn read(values: &mut Values) -> Context {
    let v = Variables::take(values);
    let properties = Properties::read(v.teamcity_build_properties_file.as_deref());
    let (server, kind) = (properties.get("teamcity.serverUrl"), properties.get("teamcity.buildType.id"));
    let id = properties.get("teamcity.build.id");
    let url = v
        .build_url
        .or_else(|| compose("{}/viewLog.html?buildId={}", &[&server, &id]))
        .filter(|found| !found.value.is_empty());
    let named = |variable: Option<Sourced>, property: &str| variable.or_else(|| properties.get(property));
    Context {
        pipeline: Pipeline {
            name: v.teamcity_buildconf_name.clone().or(v.teamcity_project_name),
            url: compose("{}/buildConfiguration/{}", &[&server, &kind]),
        },
        job: Job { id: None, name: v.teamcity_buildconf_name, url: url.clone() },
        run: Run { id, number: v.build_number, url, ..Run::default() },
        git: Git {
            repository_url: properties.only("vcsroot.", ".url"),
            // `<default>` is the default branch, whose name is that of its root.
            branch: named(v.teamcity_pullrequest_source_branch, "teamcity.pullRequest.source.branch")
                .or_else(|| {
                    properties.get("teamcity.build.branch").filter(|found| found.value != "<default>")
                })
                .or_else(|| properties.only("teamcity.build.vcs.branch.", "")),
            target_branch: named(v.teamcity_pullrequest_target_branch, "teamcity.pullRequest.target.branch"),
            commit_sha: v.build_vcs_number.or_else(|| {
                let mut numbers = values.beginning_with("build_vcs_number_");
                numbers.next().filter(|_| numbers.next().is_none()).cloned()
            }),
            ..Git::default()
        },
        pull_request: PullRequest {
            number: named(v.teamcity_pullrequest_number, "teamcity.pullRequest.number"),
            url: None,
        },
        trigger: properties.get("teamcity.build.triggeredBy").and_then(|found| {
            found.and_then(|text| match text {
                "Git" | "Subversion" | "Perforce" | "Mercurial" => Some("push".to_owned()),
                "Schedule Trigger" => Some("schedule".to_owned()),
                _ => None,
            })
        }),
        actor: properties.get("teamcity.build.triggeredBy.username"),
        workspace: named(None, "teamcity.build.checkoutDir")
            .or_else(|| properties.get("teamcity.build.workingDir")),
        ..Context::default()
    }
}
