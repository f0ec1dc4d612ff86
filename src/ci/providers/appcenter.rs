//! Visual Studio App Center, which was shut down in 2025; scripts still set its variables.
//!
//! <https://learn.microsoft.com/appcenter/build/custom/variables>

use super::{Context, Provider, Set, Variables, Word};

pub(super) const PROVIDER: Provider = Provider {
    // From the Azure Pipelines agent that runs the job.
    result: &[Word("AGENT_JOBSTATUS")],
    has_one_job: true,
    discards_machine: &[Set("APPCENTER_BUILD_ID")],
    ..Provider::new("appcenter", "App Center", &[Set("APPCENTER_BUILD_ID")], read)
};

fn read(env: &Variables, context: &mut Context) {
    context.run.id = env.get("APPCENTER_BUILD_ID");
    context.run.number = context.run.id.clone();
    context.job.name = env.first(&["APPCENTER_XCODE_SCHEME", "APPCENTER_ANDROID_VARIANT"]);
    context.git.branch = env.branch("APPCENTER_BRANCH");
    // From the Azure Pipelines agent.
    context.git.commit_sha = env.get("BUILD_SOURCEVERSION");
    // `manual`, or `continuous` for pushes.
    context.trigger = env.get("APPCENTER_TRIGGER");
    context.workspace = env.get("APPCENTER_SOURCE_DIRECTORY");
}
