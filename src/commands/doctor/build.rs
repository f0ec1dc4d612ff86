//! The build as it was detected, and where each fact comes from.

use std::time::Duration;

use super::Findings;
use crate::ci::{self, Context};
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

/// Describes the build.
pub(super) fn describe(mut context: Context, system: &System, findings: &mut Findings) {
    let Findings { sheet, json, .. } = findings;
    let (provider, name) = (context.provider.take(), context.provider_name.take());
    let marker = if provider.is_none() { ci::generic_marker(&system.environment) } else { None };
    let shown_name = name.as_deref().or(provider.as_deref());
    let source = provider.as_ref().map(|provider| provider.source.as_str());
    match (shown_name, source, marker) {
        (Some(name), Some(source), _) => sheet.section("CI", &[name, ", recognized by ", source]),
        (Some(name), None, _) => sheet.section("CI", &[name]),
        (None, _, Some(marker)) => {
            sheet.section("CI", &["unknown (", marker, " is set); using the git checkout only"]);
        }
        (None, _, None) => sheet.section("CI", &["none; using the git checkout only"]),
    }
    json.begin("ci");
    json.text("provider", provider.as_deref());
    json.text("name", name.as_deref());
    json.text("recognized_by", source);
    // The variable that marks a job of a CI that is not known.
    json.text("unknown_ci_marker", marker);

    let fields = context.fields();
    let mut missing = Vec::new();
    for (label, setting) in SHOWN {
        match fields.iter().find(|field| field.setting == setting).and_then(|field| field.value.as_ref()) {
            Some(fact) => sheet.sourced(label, &fact.value, &fact.source),
            None => missing.push(label),
        }
    }
    // Outside of CIs, most of them cannot be known.
    if !missing.is_empty() && (shown_name.is_some() || marker.is_some()) {
        sheet.fact("not known", &[&missing.join(", ")]);
    }
    // By the name of the setting that overrides the fact.
    json.begin("facts");
    for field in fields.iter().filter(|field| !field.setting.starts_with("provider")) {
        match &field.value {
            Some(fact) => {
                json.begin(field.setting);
                json.text("value", Some(&fact.value));
                json.text("from", Some(&fact.source));
                json.end();
            }
            None => json.null(field.setting),
        }
    }
    json.end();
    json.end();
}
