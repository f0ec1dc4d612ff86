//! The ids that events will carry, and what counts as one build.

use serde::Serialize;

use crate::ci::Context;
use crate::ids::{Ids, Scope};
use crate::report::FactSheet;
use crate::settings::Settings;

#[derive(Serialize)]
pub(super) struct IdReport {
    scope: &'static str,
    /// The flag, variable or key that sets the scope.
    scope_set_by: Option<String>,
    app_slug: String,
    /// Like the two that follow, `None` before a command begins the build.
    build_slug: Option<String>,
    run_slug: Option<String>,
    job_slug: Option<String>,
    application_id: String,
    workspace_id: String,
}

impl IdReport {
    pub(super) fn new(context: &Context, settings: &Settings) -> Self {
        let scope = settings.general.scope;
        let ids = Ids::new(context, scope, &settings.ids);
        let has_run = context.identity.run.is_some();
        Self {
            scope: match scope {
                Scope::Job => "job",
                Scope::Run => "run",
            },
            scope_set_by: settings.raw().written("scope").map(|(_, origin)| origin),
            app_slug: ids.app_slug,
            build_slug: Some(ids.build_slug).filter(|_| has_run || settings.ids.build_slug.is_some()),
            run_slug: Some(ids.run_slug).filter(|_| has_run),
            job_slug: Some(ids.job_slug).filter(|_| has_run),
            application_id: ids.application_id,
            workspace_id: ids.workspace_id,
        }
    }

    pub(super) fn show(&self, sheet: &mut FactSheet) {
        let build = match self.scope {
            "run" => "the whole run is one build",
            _ => "each job is one build",
        };
        let from =
            self.scope_set_by.as_ref().map_or("the default".to_owned(), |from| format!("set by {from}"));
        sheet.section("Ids", &format!("{build} (scope = {}, {from})", self.scope));
        let unknown = "not known before `run` or `triggered` begins a build";
        for (label, id) in [
            ("app_slug", self.app_slug.as_str()),
            ("build_slug", self.build_slug.as_deref().unwrap_or(unknown)),
            ("application_id", &self.application_id),
            ("workspace_id", &self.workspace_id),
        ] {
            sheet.fact(label, id);
        }
    }
}
