//! The build as it was detected, and where each fact comes from.

use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::ci::{self, Context, Sourced};
use crate::report::FactSheet;
use crate::system::System;

/// How long git may take if the configuration is not readable.
pub(super) const GIT_LIMIT: Duration = Duration::from_secs(10);

/// Facts on the screen: a label, and the setting that overrides the fact.
const SHOWN: [(&str, &str); 14] = [
    ("pipeline", "pipeline_name"),
    ("run number", "run_number"),
    ("run id", "run_id"),
    ("attempt", "run_attempt"),
    ("job", "job_name"),
    ("repository", "repository"),
    ("branch", "branch"),
    ("target branch", "target_branch"),
    ("tag", "tag"),
    ("commit", "commit_sha"),
    ("pull request", "pull_request"),
    ("trigger", "trigger"),
    ("started by", "actor"),
    ("result", "status"),
];

#[derive(Serialize)]
pub(super) struct Build {
    provider: Option<String>,
    name: Option<String>,
    /// The variable or setting.
    recognized_by: Option<String>,
    /// The variable that marks a job of a CI that is not known.
    unknown_ci_marker: Option<&'static str>,
    /// Every detected fact by the name of the setting that overrides it.
    #[serde(serialize_with = "as_object")]
    facts: Vec<(&'static str, Option<Fact>)>,
}

#[derive(Serialize)]
struct Fact {
    value: String,
    from: String,
}

impl Build {
    pub(super) fn new(mut context: Context, system: &System) -> Self {
        let recognized_by = context.provider.as_ref().map(|provider| provider.source.clone());
        let unknown = context.provider.is_none().then(|| ci::generic_marker(&system.environment));
        let [provider, name] =
            [&context.provider, &context.provider_name].map(|text| text.as_deref().map(str::to_owned));
        let fact = |sourced: Sourced| Fact { value: sourced.value, from: sourced.source };
        let facts = context.fields().into_iter().filter(|field| !field.setting.starts_with("provider"));
        let facts = facts.map(|field| (field.setting, field.value.take().map(fact))).collect();
        Self { provider, name, recognized_by, unknown_ci_marker: unknown.flatten(), facts }
    }

    pub(super) fn show(&self, sheet: &mut FactSheet) {
        let name = self.name.as_ref().or(self.provider.as_ref());
        let ci = match (name, &self.recognized_by, self.unknown_ci_marker) {
            (Some(name), Some(source), _) => format!("{name}, recognized by {source}"),
            (Some(name), None, _) => name.clone(),
            (None, _, Some(marker)) => format!("unknown ({marker} is set); using the git checkout only"),
            (None, _, None) => "none; using the git checkout only".to_owned(),
        };
        sheet.section("CI", &ci);
        let mut missing = Vec::new();
        for (label, setting) in SHOWN {
            match self.facts.iter().find(|(known, _)| *known == setting) {
                Some((_, Some(fact))) => sheet.sourced(label, &fact.value, &fact.from),
                _ => missing.push(label),
            }
        }
        if !missing.is_empty() {
            sheet.fact("not known", &missing.join(", "));
        }
    }
}

fn as_object<S: Serializer>(
    facts: &[(&'static str, Option<Fact>)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(facts.iter().map(|(setting, fact)| (setting, fact)))
}
