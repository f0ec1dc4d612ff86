//! GoCD.
//!
//! <https://docs.gocd.org/current/faq/dev_use_current_revision_in_build.html>

use super::{Context, Provider, Set, Sourced, Variables, compose, is_hash};

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
    context.identity.server = server.clone();
    // The stages of a run may have jobs of the same name.
    context.identity.job = env.fill("{GO_STAGE_NAME}/{GO_JOB_NAME}");
    context.job.name = env.get("GO_JOB_NAME");
    context.job.url = compose(
        "{}/tab/build/detail/{}/{}/{}/{}",
        &[&server, &context.run.id, &env.get("GO_STAGE_NAME"), &context.run.attempt, &context.job.name],
    );
    read_pull_request(env, context);
    // Set if there is one material; otherwise each has its own, `GO_REVISION_MATERIAL`.
    // That of another pipeline is no commit.
    let is_commit = |revision: &Sourced| !revision.contains('/');
    context.git.commit_sha = env.get("GO_REVISION").filter(is_commit).or_else(|| {
        let mut hashes = env.starting_with("GO_REVISION_").filter(|revision| is_hash(revision));
        hashes.next().filter(|_| hashes.next().is_none())
    });
    // `changes`, `timer`, or whoever started the run, a person or a program.
    context.actor = env.get("GO_TRIGGER_USER");
    context.trigger =
        context.actor.clone().and_then(|user| user.translated(&[("changes", "push"), ("timer", "schedule")]));
    context.actor.take_if(|user| matches!(user.value.as_str(), "changes" | "timer" | "anonymous"));
}

/// Reads the variables of the plugins for pull requests and branches, `GO_SCM_MATERIAL_…`, if one material has them.
///
/// <https://github.com/ashwanthkumar/gocd-build-github-pull-requests>
fn read_pull_request(env: &Variables, context: &mut Context) {
    let only = |end: &'static str| {
        let mut found = env.starting_with("GO_SCM_").filter(move |found| found.source.ends_with(end));
        found.next().filter(|_| found.next().is_none())
    };
    let Some(number) = only("_PR_ID") else {
        context.git.branch = only("_CURRENT_BRANCH").map(Sourced::qualify_branch);
        return;
    };
    let of_material = |name: &str| env.get(&format!("{}{name}", number.source.trim_end_matches("PR_ID")));
    // `user:branch`
    context.git.branch = of_material("PR_BRANCH");
    context.git.target_branch = of_material("TARGET_BRANCH");
    context.pull_request.url = of_material("PR_URL");
    context.git.repository_url =
        context.pull_request.url.clone().and_then(Sourced::repository_of_pull_request);
    context.pull_request.number = Some(number);
}
