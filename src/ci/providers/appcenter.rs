//! Visual Studio App Center, which ended in 2025; its variables live on in scripts.
//!
//! <https://learn.microsoft.com/appcenter/build/custom/variables>

use super::provider::Provider;
use super::variables::{Values, variables};
use super::{Context, Git, Job, Run};

pub(super) const PROVIDER: Provider =
    Provider::new("appcenter", "App Center", |environment| environment.marker(&["APPCENTER_BUILD_ID"]), read);

variables! {
    appcenter_build_id,
    appcenter_branch,
    /// `manual`, or `continuous` for pushes.
    appcenter_trigger,
    appcenter_xcode_scheme,
    appcenter_android_variant,
    appcenter_source_directory,
    // Of the agent of Azure Pipelines that it ran on.
    build_sourceversion,
    agent_jobstatus,
}

fn read(values: &mut Values) -> Context {
    let v = Variables::take(values);
    let push = |word: &str| if word == "continuous" { "push".to_owned() } else { word.to_owned() };
    Context {
        run: Run { id: v.appcenter_build_id.clone(), number: v.appcenter_build_id, ..Run::default() },
        job: Job { name: v.appcenter_xcode_scheme.or(v.appcenter_android_variant), ..Job::default() },
        git: Git { branch: v.appcenter_branch, commit_sha: v.build_sourceversion, ..Git::default() },
        trigger: v.appcenter_trigger.map(|found| found.map(push)),
        status: v.agent_jobstatus,
        workspace: v.appcenter_source_directory,
        ..Context::default()
    }
}
