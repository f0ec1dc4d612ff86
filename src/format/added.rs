//! The keys that we add at the top of both products' bodies: `fields`, the user's own, and `buildhook`, for facts that neither
//! product has a key for. Unknown facts are absent.

use serde::Serialize;
use serde_json::{Map, Value};

use super::Strictness;
use crate::event::{Event, EventSource};
use crate::event_name::EventName;

#[derive(Serialize)]
pub(super) struct Added<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    fields: Option<&'a Map<String, Value>>,
    buildhook: Facts<'a>,
}

#[derive(Serialize)]
struct Facts<'a> {
    event_id: String,
    build_slug: &'a str,
    /// What `build_slug` is in either scope, so that a receiver can always join events.
    run_slug: &'a str,
    job_slug: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    attempt: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trigger: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<&'a str>,
    #[serde(skip_serializing_if = "Job::is_unknown")]
    job: Job<'a>,
    /// The result of each job by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    jobs: Option<Map<String, Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    previous_status: Option<&'a str>,
}

#[derive(Serialize)]
struct Job<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    matrix: Option<&'a Map<String, Value>>,
}

impl Job<'_> {
    fn is_unknown(&self) -> bool {
        self.name.is_none() && self.url.is_none() && self.matrix.is_none()
    }
}

impl<'a> Added<'a> {
    /// The keys for an event under this name. `None` for strict endpoints.
    pub(super) fn new(event: &'a Event, name: EventName, strictness: Strictness) -> Option<Self> {
        let EventSource { context, ids, fields, jobs, .. } = &*event.source;
        let facts = Facts {
            event_id: event.id_as(name).to_string(),
            build_slug: &ids.build_slug,
            run_slug: &ids.run_slug,
            job_slug: &ids.job_slug,
            attempt: context.run.attempt.as_deref().and_then(|attempt| attempt.parse().ok()),
            trigger: context.trigger.as_deref(),
            actor: context.actor.as_deref(),
            job: Job {
                name: context.identity.job_name.as_deref(),
                url: context.identity.job_url.as_deref(),
                matrix: context.job.matrix.as_ref(),
            },
            jobs: jobs.as_ref().map(|jobs| jobs.to_object()),
            previous_status: context.previous_status.as_deref(),
        };
        let fields = Some(fields).filter(|fields| !fields.is_empty());
        (strictness == Strictness::Extended).then_some(Self { fields, buildhook: facts })
    }
}
