//! TeamCity.
//!
//! <https://www.jetbrains.com/help/teamcity/predefined-build-parameters.html>

use super::properties_file::Properties;
use super::{All, Context, FieldType, IsNot, Provider, Set, Sourced, Variables, compose};

pub(super) const PROVIDER: Provider = Provider {
    run_number: FieldType::Text,
    has_one_job: true,
    ..Provider::new(
        "teamcity",
        "TeamCity",
        // IDE plugins that run tests set the version to `LOCAL`, and users of test reporters set it to any value.
        &[
            All(&[
                Set("TEAMCITY_VERSION"),
                IsNot("TEAMCITY_VERSION", "LOCAL"),
                Set("TEAMCITY_BUILD_PROPERTIES_FILE"),
            ]),
            All(&[Set("TEAMCITY_VERSION"), IsNot("TEAMCITY_VERSION", "LOCAL"), Set("BUILD_NUMBER")]),
        ],
        read,
    )
};

fn read(env: &Variables, context: &mut Context) {
    // A file with the build's parameters, most of which are not in the environment.
    let properties = Properties::read(env.get("TEAMCITY_BUILD_PROPERTIES_FILE"));
    let property = |name| properties.get(name);
    let server = property("teamcity.serverUrl");
    context.job.name = env.get("TEAMCITY_BUILDCONF_NAME");
    context.pipeline.name = context.job.name.clone().or_else(|| env.get("TEAMCITY_PROJECT_NAME"));
    context.pipeline.url =
        compose("{}/buildConfiguration/{}", &[&server, &property("teamcity.buildType.id")]);
    context.run.id = property("teamcity.build.id");
    // Any string.
    context.run.number = env.get("BUILD_NUMBER");
    context.identity.server = server.clone();
    // Without the file, there is no other id.
    context.identity.run = context
        .run
        .id
        .clone()
        .or_else(|| env.fill("{TEAMCITY_PROJECT_NAME}/{TEAMCITY_BUILDCONF_NAME}#{BUILD_NUMBER}"));
    // Set by newer servers.
    context.run.url =
        env.get("BUILD_URL").or_else(|| compose("{}/viewLog.html?buildId={}", &[&server, &context.run.id]));
    context.job.url = context.run.url.clone();
    context.git.repository_url = properties.only("vcsroot.", ".url");
    context.git.branch = env
        .branch("TEAMCITY_PULLREQUEST_SOURCE_BRANCH")
        .or_else(|| property("teamcity.pullRequest.source.branch").map(Sourced::qualify_branch))
        // `<default>` is the default branch, which the root names.
        .or_else(|| property("teamcity.build.branch").filter(|branch| branch.value != "<default>"))
        .or_else(|| properties.only("teamcity.build.vcs.branch.", ""));
    context.git.target_branch = env
        .branch("TEAMCITY_PULLREQUEST_TARGET_BRANCH")
        .or_else(|| property("teamcity.pullRequest.target.branch").map(Sourced::qualify_branch));
    // Set if there is one repository; otherwise each has its own, `BUILD_VCS_NUMBER_ID`.
    context.git.commit_sha = env.get("BUILD_VCS_NUMBER").or_else(|| {
        let mut numbers = env.starting_with("BUILD_VCS_NUMBER_");
        numbers.next().filter(|_| numbers.next().is_none())
    });
    context.pull_request.number =
        env.get("TEAMCITY_PULLREQUEST_NUMBER").or_else(|| property("teamcity.pullRequest.number"));
    context.trigger = property("teamcity.build.triggeredBy").and_then(|trigger| {
        trigger.translated(&[
            ("Git", "push"),
            ("Subversion", "push"),
            ("Perforce", "push"),
            ("Mercurial", "push"),
            ("Schedule Trigger", "schedule"),
        ])
    });
    context.actor = property("teamcity.build.triggeredBy.username");
    context.workspace =
        property("teamcity.build.checkoutDir").or_else(|| property("teamcity.build.workingDir"));
}
