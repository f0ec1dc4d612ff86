//! Sourcehut's builds.sr.ht.
//!
//! <https://man.sr.ht/builds.sr.ht/>

use super::{All, Context, Forge, Is, Provider, Set, Variables};

pub(super) const PROVIDER: Provider = Provider {
    aliases: &["sr.ht", "srht"],
    forge: Some(Forge::Sourcehut),
    ..Provider::new(
        "sourcehut-builds",
        "Sourcehut Builds",
        &[Is("CI_NAME", "sourcehut"), All(&[Set("JOB_URL"), Set("BUILD_SUBMITTER")])],
        read,
    )
};

fn read(env: &Variables, context: &mut Context) {
    context.run.id = env.get("JOB_ID");
    context.run.number = context.run.id.clone();
    context.run.url = env.get("JOB_URL");
    // `https://builds.sr.ht/~owner/job/7`. Nothing names the repository.
    context.identity.project = context.run.url.clone().and_then(|url| url.before("/job/"));
    context.identity.owner = context.identity.project.clone();
    // Set if a push started the job.
    context.git.branch = env.get("GIT_REF");
    // The second is for patchsets.
    context.trigger =
        env.translated("BUILD_SUBMITTER", &[("git.sr.ht", "push"), ("hub.sr.ht", "pull_request")]);
}
