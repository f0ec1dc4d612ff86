//! builds.sr.ht of Sourcehut.
//!
//! <https://man.sr.ht/builds.sr.ht/>

use super::provider::Provider;
use super::variables::{Values, variables};
use super::{Context, Forge, Git, Run};
use crate::system::Environment;

pub(super) const PROVIDER: Provider = Provider {
    forge: Some(Forge::Sourcehut),
    ..Provider::new("sourcehut-builds", "Sourcehut Builds", detect, read)
};

fn detect(environment: &Environment) -> Option<&'static str> {
    environment
        .marker_with("CI_NAME", "sourcehut")
        .or_else(|| environment.marker(&["JOB_URL"]).filter(|_| environment.is_set("BUILD_SUBMITTER")))
}

variables! {
    job_id,
    job_url,
    /// Of jobs that a push started.
    git_ref,
    /// `git.sr.ht` for pushes, `hub.sr.ht` for patchsets.
    build_submitter,
}

fn read(values: &mut Values) -> Context {
    let v = Variables::take(values);
    Context {
        run: Run { id: v.job_id.clone(), number: v.job_id, url: v.job_url, ..Run::default() },
        git: Git { branch: v.git_ref, ..Git::default() },
        trigger: v.build_submitter.and_then(|found| {
            found.and_then(|submitter| match submitter {
                "git.sr.ht" => Some("push".to_owned()),
                "hub.sr.ht" => Some("pull_request".to_owned()),
                _ => None,
            })
        }),
        ..Context::default()
    }
}
