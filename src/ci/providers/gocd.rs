//! GoCD.
//!
//! <https://docs.gocd.org/current/faq/dev_use_current_revision_in_build.html>

use super::provider::Provider;
use super::url_template::compose;
use super::variables::{Values, variables};
use super::{Context, Git, Job, Pipeline, Run, Sourced};

pub(super) const PROVIDER: Provider =
    Provider::new("gocd", "GoCD", |environment| environment.marker(&["GO_PIPELINE_LABEL"]), read);

variables! {
    /// With the context root: `https://host:8154/go`.
    go_server_url,
    go_pipeline_name,
    go_pipeline_counter,
    go_stage_name,
    /// Counts the starts of the stage.
    go_stage_counter,
    go_job_name,
    /// With one material only; `GO_REVISION_MATERIAL` otherwise.
    go_revision,
    /// `changes`, `timer`, or whoever started it.
    go_trigger_user,
}

fn read(values: &mut Values) -> Context {
    let v = Variables::take(values);
    let is_hash = |found: &&Sourced| {
        found.value.len() >= 40 && found.value.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    let only_hash = || {
        let mut hashes = values.beginning_with("go_revision_").filter(is_hash);
        hashes.next().filter(|_| hashes.next().is_none()).cloned()
    };
    let stage = compose(
        "{}/{}/{}/{}",
        &[&v.go_pipeline_name, &v.go_pipeline_counter, &v.go_stage_name, &v.go_stage_counter],
    );
    let is_person = |found: &Sourced| !matches!(found.value.as_str(), "changes" | "timer" | "anonymous");
    Context {
        run: Run {
            id: compose("{}/{}", &[&v.go_pipeline_name, &v.go_pipeline_counter]),
            url: compose(
                "{}/pipelines/value_stream_map/{}/{}",
                &[&v.go_server_url, &v.go_pipeline_name, &v.go_pipeline_counter],
            ),
            number: v.go_pipeline_counter,
            attempt: v.go_stage_counter,
            started_at: None,
        },
        job: Job {
            id: None,
            url: compose("{}/tab/build/detail/{}/{}", &[&v.go_server_url, &stage, &v.go_job_name]),
            name: v.go_job_name,
        },
        pipeline: Pipeline {
            url: compose("{}/pipeline/activity/{}", &[&v.go_server_url, &v.go_pipeline_name]),
            name: v.go_pipeline_name,
        },
        git: Git { commit_sha: v.go_revision.or_else(only_hash), ..Git::default() },
        trigger: v.go_trigger_user.clone().and_then(|found| {
            found.and_then(|user| match user {
                "changes" => Some("push".to_owned()),
                "timer" => Some("schedule".to_owned()),
                // Whether a person or a program is behind a name is not told.
                _ => None,
            })
        }),
        actor: v.go_trigger_user.filter(is_person),
        ..Context::default()
    }
}
