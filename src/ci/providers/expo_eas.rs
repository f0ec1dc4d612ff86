//! EAS Build of Expo.
//!
//! <https://docs.expo.dev/build-reference/variables/>

use super::provider::Provider;
use super::variables::{Values, variables};
use super::{Context, Git, Job, Pipeline, Run};
use crate::system::Environment;

pub(super) const PROVIDER: Provider = Provider::new("expo-eas", "Expo EAS", detect, read);

/// A local build is not one of theirs.
fn detect(environment: &Environment) -> Option<&'static str> {
    let is_local = environment.get("EAS_BUILD_RUNNER") == Some("local-build-plugin");
    environment.marker(&["EAS_BUILD"]).filter(|_| !is_local)
}

variables! {
    eas_build_id,
    eas_build_profile,
    /// `android` or `ios`.
    eas_build_platform,
    eas_build_git_commit_hash,
    /// Absent for robots.
    eas_build_username,
    /// `finished` or `errored`, only in the hook `eas-build-on-complete`.
    eas_build_status,
    eas_build_workingdir,
}

fn read(values: &mut Values) -> Context {
    let v = Variables::take(values);
    Context {
        pipeline: Pipeline { name: v.eas_build_profile, url: None },
        run: Run { id: v.eas_build_id, ..Run::default() },
        job: Job { name: v.eas_build_platform, ..Job::default() },
        git: Git { commit_sha: v.eas_build_git_commit_hash, ..Git::default() },
        actor: v.eas_build_username,
        status: v.eas_build_status,
        workspace: v.eas_build_workingdir,
        ..Context::default()
    }
}
