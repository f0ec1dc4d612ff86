//! The ids that events will carry, and what counts as one build.

use super::Findings;
use crate::ci::Context;
use crate::ids::{Ids, Scope};
use crate::settings::Settings;

/// Describes the ids.
pub(super) fn describe(context: &Context, settings: &Settings, findings: &mut Findings) {
    let Findings { sheet, json, .. } = findings;
    let (scope, build) = match settings.general.scope {
        Scope::Job => ("job", "each job is one build (scope = job, "),
        Scope::Run => ("run", "the whole run is one build (scope = run, "),
    };
    let set_by = settings.raw().written("scope").map(|(_, origin)| origin);
    let [from, origin] = set_by.as_ref().map_or(["the default", ""], |origin| ["set by ", origin]);
    sheet.section("Ids", &[build, from, origin, ")"]);
    json.begin("ids");
    json.text("scope", Some(scope));
    // The flag, variable or key.
    json.text("scope_set_by", set_by.as_deref());

    let ids = Ids::new(context, settings.general.scope, &settings.ids);
    // Without a run, null until a command begins the build.
    let has_run = context.identity.run.is_some();
    let build_slug = Some(&*ids.build_slug).filter(|_| has_run || settings.ids.build_slug.is_some());
    let unknown = "not known before `run` or `triggered` begins a build";
    for (key, id, is_shown) in [
        ("app_slug", Some(&*ids.app_slug), true),
        ("build_slug", build_slug, true),
        ("run_slug", Some(&*ids.run_slug).filter(|_| has_run), false),
        ("job_slug", Some(&*ids.job_slug).filter(|_| has_run), false),
        ("application_id", Some(&*ids.application_id), true),
        ("workspace_id", Some(&*ids.workspace_id), true),
    ] {
        json.text(key, id);
        if is_shown {
            sheet.fact(key, &[id.unwrap_or(unknown)]);
        }
    }
    json.end();
}
