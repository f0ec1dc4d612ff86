//! GoCD.
//!
//! <https://docs.gocd.org/current/faq/dev_use_current_revision_in_build.html>

use super::{Context, Provider, Set, Sourced, Variables, compose};

pub(super) const PROVIDER: Provider =
    Provider { aliases: &["go"], ..Provider::new("gocd", "GoCD", &[Set("GO_PIPELINE_LABEL")], read) };

fn read(env: &Variables, context: &mut Context) {
    // With the context root: `https://host:8154/go`.
    let server = env.get("GO_SERVER_URL");
    context.pipeline.name = env.get("GO_PIPELINE_NAME");
    context.pipeline.url = compose("{}/pipeline/activity/{}", &[&server, &context.pipeline.name]);
    context.run.number = env.get("GO_PIPELINE_COUNTER");
    context.run.id = compose("{}/{}", &[&context.pipeline.name, &context.run.number]);
    context.run.url = compose("{}/pipelines/value_stream_map/{}", &[&server, &context.run.id]);
    // Counts the runs of the stage.
    context.run.attempt = env.get("GO_STAGE_COUNTER");
    context.job.name = env.get("GO_JOB_NAME");
    context.job.url = compose(
        "{}/tab/build/detail/{}/{}/{}/{}",
        &[&server, &context.run.id, &env.get("GO_STAGE_NAME"), &context.run.attempt, &context.job.name],
    );
    // Set if there is one material; otherwise each has its own, `GO_REVISION_MATERIAL`.
    context.git.commit_sha = env.get("GO_REVISION").or_else(|| {
        let mut hashes = env.starting_with("GO_REVISION_").filter(is_hash);
        hashes.next().filter(|_| hashes.next().is_none())
    });
    // `changes`, `timer`, or whoever started the run, a person or a program.
    context.actor = env.get("GO_TRIGGER_USER");
    context.trigger =
        context.actor.clone().and_then(|user| user.translated(&[("changes", "push"), ("timer", "schedule")]));
    context.actor.take_if(|user| matches!(user.value.as_str(), "changes" | "timer" | "anonymous"));
}

fn is_hash(revision: &Sourced) -> bool {
    revision.len() >= 40 && revision.bytes().all(|byte| byte.is_ascii_hexdigit())
}
